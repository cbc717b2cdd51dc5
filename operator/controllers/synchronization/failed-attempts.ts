import { endedAttempts, type Attempt } from '../../workers/attempt.ts';
import type { Snapshot } from './snapshot.ts';

/** Attempts that failed and did not end their run. */
export interface FailedAttempts {
  /** What each says that no event has told of yet, oldest first. */
  readonly untold: readonly string[];
  /** Names of the pods that are there and whose failure is told then: what the status remembers. */
  readonly pods: readonly string[];
}

/**
 * Finds the failed attempts that an event has to tell of. Which those are, the names of pods in the
 * status say: two attempts may fail in the same words.
 *
 * @param attempts how often a worker was started
 * @param last the attempt that ended the run, of which the outcome tells; undefined: none has
 */
export function failedAttempts(
  { pods, status }: Snapshot,
  attempts: number,
  last: Attempt | undefined,
): FailedAttempts {
  const failed = endedAttempts(pods).filter(
    ({ exit, pod }) => exit !== 'Success' && pod !== last?.pod,
  );
  const nameOf = ({ pod }: Attempt): string => pod.metadata.name;
  const { failedPods: told = [] } = status;
  // An older version kept no names, and an older CRD drops them: then the count says whether there is
  // a new one. Where names can be kept, what it may have passed over is told at the next look, at
  // worst once more.
  const isUnknown = status.failedPods === undefined && status.attempts === attempts;
  const isTold = (attempt: Attempt): boolean => isUnknown || told.includes(nameOf(attempt));
  return {
    untold: failed.filter((attempt) => !isTold(attempt)).map(({ sentence }) => sentence),
    pods: isUnknown ? [] : failed.map(nameOf),
  };
}
