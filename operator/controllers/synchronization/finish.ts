import { wholeSeconds } from '../../../api/conditions.ts';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { specHash } from '../../../api/spec-hash.ts';
import type { Job, JobFinish } from '../../kube/job.ts';
import { isBeingDeleted } from '../../kube/objects.ts';
import { endedAttempts } from '../../workers/attempt.ts';
import { countAttempts } from '../../workers/attempt-count.ts';
import type { FinishDecision } from './decision.ts';
import type { EndOfRun } from './end-of-run.ts';
import { failedAttempts } from './failed-attempts.ts';
import { describeContainers, type Lingering } from '../../workers/lingering.ts';
import {
  attemptOfOutcome,
  outcomeOf,
  type EndedRun,
  type SynchronizationReason,
} from './outcome.ts';
import { ownJob, type Snapshot } from './snapshot.ts';

/** Ends a run by its Job, which has ended, and what is left of its pods. */
export function finish(job: Job, finished: JobFinish, snapshot: Snapshot): FinishDecision {
  const { pods, now } = snapshot;
  const count = countAttempts(job, snapshot);
  return {
    ...ended({ finished, attempts: endedAttempts(pods), count: count.attempts }, snapshot),
    completionTime: job.completionTime ?? finished.time ?? wholeSeconds(now),
    count,
  };
}

/** Ends a run by what its worker said; the Job, which does not know of it, is ended after that. */
export function finishWithoutJob(
  job: Job,
  { attempt, lingering }: Extract<EndOfRun, { is: 'Over' }>,
  snapshot: Snapshot,
): FinishDecision {
  if (attempt === undefined) return jobLost(job.metadata.name, snapshot);
  const count = countAttempts(job, snapshot);
  const run = { finished: undefined, attempts: [attempt], count: count.attempts };
  const decision = ended(run, snapshot);
  return {
    ...decision,
    message:
      lingering === undefined ? decision.message : withLingering(decision.message, lingering),
    completionTime: attempt.endTime ?? wholeSeconds(snapshot.now),
    count,
    lingering,
  };
}

function withLingering(message: string, lingering: Lingering): string {
  const { name } = lingering.pod.metadata;
  return `${message} Its pod ${name} was kept running by ${describeContainers(lingering)}, so the Job was deleted.`;
}

function ended(
  run: Omit<EndedRun, 'expectsVerification'>,
  snapshot: Snapshot,
): Omit<FinishDecision, 'completionTime' | 'count'> {
  const { spec, now } = snapshot;
  const expectsVerification = spec.ok ? spec.value.config.verify : true;
  return {
    action: 'Finish',
    ...outcomeOf({ ...run, expectsVerification }),
    failures: failedAttempts(snapshot, run.count, attemptOfOutcome(run)),
    lingering: undefined,
    specChanged: hasSpecChanged(snapshot),
    ...ttlOf(snapshot, wholeSeconds(now)),
  };
}

/** Ends a run whose Job is gone. */
export function jobLost(jobName: string, snapshot: Snapshot): FinishDecision {
  if (isBeingDeleted(snapshot.object)) return deleted(snapshot);
  const message = `The Job ${jobName} disappeared before it reported a result. It is not made again: create a new Synchronization.`;
  return refuse(snapshot, 'WorkerLost', message);
}

/** Nothing new begins for an object that is being deleted; what runs goes on to its end. */
export function deleted(snapshot: Snapshot): FinishDecision {
  const { attempts } = snapshot.status;
  const message =
    attempts === undefined
      ? 'This object was deleted before its worker was started: nothing was copied.'
      : 'This object was deleted, and its Job went before it reported a result: what was written is whole as far as it went.';
  return refuse(snapshot, 'Deleted', message);
}

/** Ends a Synchronization that no Job will report on. */
export function refuse(
  snapshot: Snapshot,
  reason: SynchronizationReason,
  message: string,
): FinishDecision {
  const completionTime = wholeSeconds(snapshot.now);
  return {
    action: 'Finish',
    succeeded: false,
    reason,
    message,
    result: undefined,
    completionTime,
    count: undefined,
    failures: undefined,
    lingering: undefined,
    specChanged: false,
    ...ttlOf(snapshot, completionTime),
  };
}

/** Milliseconds until the object is to be deleted; empty if it stays. */
export function ttlOf(
  { spec, now }: Snapshot,
  completionTime: string,
): { requeueAfterMs?: number } {
  const seconds = spec.ok ? spec.value.ttlSecondsAfterFinished : undefined;
  const endMs = Date.parse(completionTime);
  if (seconds === undefined || Number.isNaN(endMs)) return {};
  return { requeueAfterMs: Math.max(0, endMs + seconds * 1000 - now.getTime()) };
}

/**
 * Whether the spec still says what the run was made from. Without a Job to compare with, a spec
 * that was ever edited counts as changed.
 */
export function hasSpecChanged(snapshot: Snapshot): boolean {
  if (snapshot.object.metadata.generation <= 1) return false;
  const hash = ownJob(snapshot)?.metadata.annotations[ANNOTATIONS.specHash];
  return !snapshot.spec.ok || specHash(snapshot.spec.value) !== hash;
}
