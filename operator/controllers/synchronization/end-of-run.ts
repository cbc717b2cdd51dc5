import type { Job } from '../../kube/job.ts';
import { isBeingDeleted } from '../../kube/objects.ts';
import { hasPodEnded, type Pod } from '../../kube/pod.ts';
import { endedAttempts, isConclusive, type Attempt } from '../../workers/attempt.ts';
import { countAttempts } from '../../workers/attempt-count.ts';
import { lingeringIn, type Lingering } from '../../workers/lingering.ts';
import { countsDeletedPods, type ServerVersion } from '../../workers/server-version.ts';
import type { Snapshot } from './snapshot.ts';
import { WORKER_CONTAINER } from '../../workers/worker-container.ts';

/** What a worker's end means that its Job does not know of. */
export type EndOfRun =
  /** Nothing, or the Job will see it. */
  | { readonly is: 'NotYet' }
  /** The run is over: the Job would wait, start another worker for nothing, or say nothing any more. */
  | {
      readonly is: 'Over';
      /** Undefined: nothing is left that tells how. */
      readonly attempt: Attempt | undefined;
      /** What goes on in its pod. */
      readonly lingering: Lingering | undefined;
    }
  /** Another attempt is due, and the Job will not start it before this pod is gone. */
  | { readonly is: 'PodInTheWay'; readonly lingering: Lingering };

const NOT_YET: EndOfRun = { is: 'NotYet' };

/**
 * Judges a Job that has not ended by the ends of its workers. A Job goes by whole pods: it waits for
 * one that a container beside the worker keeps alive, it repeats a run that has ended well when
 * such a container fails or the pod is taken away, and once it is being deleted it starts nothing.
 */
export function endOfRun(job: Job, snapshot: Snapshot, version: ServerVersion): EndOfRun {
  const { pods, now } = snapshot;
  // What was started again in vain is not cut off in the middle.
  if (pods.some(isAtWork)) return NOT_YET;
  const attempts = endedAttempts(pods);
  const conclusive = attempts.find((attempt) => isConclusive(attempt.exit));
  if (conclusive !== undefined) {
    const lingering = lingeringIn(conclusive.pod, now);
    return willJobSee(conclusive, lingering)
      ? NOT_YET
      : { is: 'Over', attempt: conclusive, lingering };
  }
  return endOfFailure(job, attempts, snapshot, version);
}

/** The same where every attempt so far may be followed by another. */
function endOfFailure(
  job: Job,
  attempts: readonly Attempt[],
  snapshot: Snapshot,
  version: ServerVersion,
): EndOfRun {
  const last = attempts.at(-1);
  const lingering = last && lingeringIn(last.pod, snapshot.now);
  if (isBeingDeleted(job) && snapshot.pods.length === attempts.length) {
    return { is: 'Over', attempt: last, lingering };
  }
  // A pod that is being deleted is on its way already.
  if (lingering?.leftMs !== 0 || isBeingDeleted(lingering.pod)) return NOT_YET;
  return areRetriesUsedUp(job, snapshot, version)
    ? { is: 'Over', attempt: last, lingering }
    : { is: 'PodInTheWay', lingering };
}

function isAtWork({ containers }: Pod): boolean {
  return containers.some(({ name, running }) => name === WORKER_CONTAINER && running !== undefined);
}

/** Whether the Job will end by this end of a worker, and need not be told. */
function willJobSee({ pod, exit, disrupted }: Attempt, lingering: Lingering | undefined): boolean {
  if (pod.phase === 'Succeeded') return true;
  // Its rules see a failure, but nothing that Kubernetes took away, and no success.
  if (hasPodEnded(pod)) return exit !== 'Success' && !disrupted;
  return !isBeingDeleted(pod) && lingering?.leftMs !== 0;
}

/** The pod in the way is not counted yet. */
function areRetriesUsedUp(job: Job, snapshot: Snapshot, version: ServerVersion): boolean {
  const before = countsDeletedPods(version)
    ? job.failed
    : countAttempts(job, snapshot).attempts - 1;
  return before >= job.backoffLimit;
}
