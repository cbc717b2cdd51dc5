import type { Job } from '../kube/job.ts';
import type { Pod } from '../kube/pod.ts';

/** How often a worker was started, and which of its pods that counts. */
export interface AttemptCount {
  readonly attempts: number;
  /** Names of the pods that are there and are counted: what the status remembers. */
  readonly pods: readonly string[];
}

/** What is remembered of a run, and the pods that are there. */
interface SeenRun {
  readonly status: {
    readonly attempts?: number | undefined;
    readonly pods?: readonly string[] | undefined;
  };
  readonly pods: readonly Pod[];
}

/**
 * Counts the pods of a Job. One that is gone stays counted: a Job does not count what Kubernetes took
 * away, so the status remembers which pods it has seen, and every other one is a new attempt.
 */
export function countAttempts(job: Job, { status, pods }: SeenRun): AttemptCount {
  const names = pods.map(({ metadata }) => metadata.name);
  const { attempts: before = 0, pods: seen } = status;
  // An older version counted without names, and an older CRD drops them: no pod is known for a new one.
  const counted =
    seen === undefined
      ? Math.max(before, names.length)
      : before + names.filter((name) => !seen.includes(name)).length;
  // Of those that nobody looked at while they were there, the Job may still know.
  const told = job.active + job.failed + job.succeeded;
  return { attempts: Math.max(counted, told), pods: names };
}
