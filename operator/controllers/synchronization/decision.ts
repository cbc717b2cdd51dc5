import type { Manifest } from '../../kube/objects.ts';
import type { AttemptCount } from '../../workers/attempt-count.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import type { Lingering } from '../../workers/lingering.ts';
import type { SynchronizationReason } from './outcome.ts';
import type { SynchronizationResult } from '../../../api/v1alpha1/synchronization-status.ts';

/**
 * What is to be done about a Synchronization: one step. After those marked (→) it is looked at
 * again at once, because the next step follows.
 *
 * The steps of a start are ordered so that a crash between any two of them neither makes a second
 * run nor loses the first: MarkStarted, CreateJob (suspended, under a name that is the same each
 * time), RecordJob, ReleaseJob. A Job that was never recorded has never run, so it may be made
 * again; one that was recorded is never made again.
 */
export type Decision =
  /** All is as it should be. */
  | { readonly action: 'Nothing'; readonly requeueAfterMs?: number }
  /** Something else must happen first. */
  | (Told & {
      readonly action: 'Wait';
      /** A person has to do something about it. */
      readonly obstructed: boolean;
      readonly requeueAfterMs: number;
    })
  /** (→) Note the UID, so that a copy restored from a backup is known as one. */
  | { readonly action: 'MarkStarted' }
  /** The same again: somebody has removed the note of a run that was started. */
  | { readonly action: 'MarkAgain' }
  /** (→) */
  | { readonly action: 'CreateJob'; readonly manifest: Manifest }
  /** (→) Note the Job's name in the status. */
  | (Told & { readonly action: 'RecordJob'; readonly jobName: string; readonly startTime: string })
  /** (→) Let the Job start its pod. */
  | { readonly action: 'ReleaseJob' }
  /** (→) Stop the Job from starting pods that cannot help (where podFailurePolicy does not exist). */
  | { readonly action: 'StopRetries' }
  /** The worker is under way. */
  | (Told & {
      readonly action: 'Follow';
      readonly count: AttemptCount;
      /** Something keeps it from running that a person may have to remove. */
      readonly obstructed: boolean;
      readonly failures: FailedAttempts;
      readonly specChanged: boolean;
      /** A pod whose worker has failed and that keeps the next attempt waiting: to be deleted. */
      readonly inTheWay: Lingering | undefined;
      readonly requeueAfterMs: number;
    })
  /** It has ended, or cannot begin at all. */
  | (Told & {
      readonly action: 'Finish';
      readonly succeeded: boolean;
      readonly result: SynchronizationResult | undefined;
      readonly completionTime: string;
      /** Undefined: no more is known than the status says. */
      readonly count: AttemptCount | undefined;
      /** Undefined: none is known of. */
      readonly failures: FailedAttempts | undefined;
      /** What went on in the pod of a worker that had ended. */
      readonly lingering: Lingering | undefined;
      readonly specChanged: boolean;
      readonly requeueAfterMs?: number;
    })
  /** (→) It has ended, and its Job has not: that would wait, or start another worker. */
  | { readonly action: 'EndJob' }
  /** It ended before; only what its spec says now is judged. */
  | {
      readonly action: 'Settle';
      readonly specChanged: boolean;
      readonly requeueAfterMs?: number;
    }
  /** Its time after the end is over. */
  | { readonly action: 'Delete' };

/** What a decision tells the user. */
interface Told {
  readonly reason: SynchronizationReason;
  readonly message: string;
  /**
   * What stays the same while the message says it in other words (a pod's name, how much of a quota
   * is used): such events are one, whose count grows. Left out: the message.
   */
  readonly cause?: string | undefined;
}

export type FollowDecision = Extract<Decision, { action: 'Follow' }>;
export type FinishDecision = Extract<Decision, { action: 'Finish' }>;
