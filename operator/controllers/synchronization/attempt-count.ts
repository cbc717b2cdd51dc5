import type { Job } from '../../kube/job.ts';
import type { Snapshot } from './snapshot.ts';

/** How often a worker was started, and which of its pods that counts. */
export interface AttemptCount {
  readonly attempts: number;
  /** Names of the pods that are there and are counted: what the status remembers. */
  readonly pods: readonly string[];
}

/**
 * Counts the pods of a Job. One that is gone stays counted: a Job does not count what Kubernetes took
 * away, so the status remembers which pods it has seen, and every other one is a new attempt.
 */
export function countAttempts(job: Job, { status, pods }: Snapshot): AttemptCount {
  const names = pods.map(({ metadata }) => metadata.name);
  const seen = new Set(status.pods ?? []);
  const fresh = names.filter((name) => !seen.has(name)).length;
  // Of those that nobody looked at while they were there, the Job may still know.
  const told = job.active + job.failed + job.succeeded;
  return { attempts: Math.max((status.attempts ?? 0) + fresh, told), pods: names };
}
