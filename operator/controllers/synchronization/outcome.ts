import type { ReasonOf } from '../../../api/reasons.ts';
import {
  resultFromWorker,
  type SynchronizationResult,
} from '../../../api/v1alpha1/synchronization-status.ts';
import { exitCodeOf, type ExitName } from '../../../api/worker-contract.ts';
import type { JobFinish } from '../../kube/job.ts';
import type { Attempt } from '../../workers/attempt.ts';

export type SynchronizationReason = ReasonOf<'Synchronization'>;

/** How a Synchronization ended. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly reason: SynchronizationReason;
  readonly message: string;
  readonly result: SynchronizationResult | undefined;
}

/** Reason of each end of a worker that is not a success. */
const FAILURE_REASONS: Readonly<Record<Exclude<ExitName, 'Success'>, SynchronizationReason>> = {
  BadArguments: 'InvalidSpec',
  Differences: 'Incomplete',
  SourceUnavailable: 'SourceUnavailable',
  DestinationUnavailable: 'DestinationUnavailable',
  SessionLost: 'RetriesExhausted',
  PreviousRunAlive: 'RetriesExhausted',
  Terminated: 'RetriesExhausted',
  DeadlineExceeded: 'DeadlineExceeded',
  Stuck: 'RetriesExhausted',
  TemporaryFileFailed: 'RetriesExhausted',
  AuthenticationFailed: 'AuthenticationFailed',
  GuardRefused: 'GuardRefused',
  DestinationModified: 'DestinationModified',
  AnotherWriter: 'AnotherWriter',
  Incomplete: 'Incomplete',
};

/** A run that is over. */
export interface EndedRun {
  /** The Job's own word; undefined where it has none yet, and its worker has ended the run. */
  readonly finished: JobFinish | undefined;
  /** Those that are known, oldest first. */
  readonly attempts: readonly Attempt[];
  /** How often a worker was started, those that nothing is left of among them. */
  readonly count: number;
  /** Whether the run was to read back what it wrote. */
  readonly expectsVerification: boolean;
}

/**
 * Works out how a run ended. What a worker reported counts more than what the Job made of its pod:
 * a pod fails, too, because a container beside the worker does.
 */
export function outcomeOf({ finished, attempts, count, expectsVerification }: EndedRun): Outcome {
  const last = attemptOfOutcome({ finished, attempts });
  if (last?.exit === 'Success' || finished?.outcome === 'Complete') {
    return successOf(last, expectsVerification);
  }
  return failureOf(finished, last, count);
}

/** The attempt that ended a run; undefined if nothing is left of it. */
export function attemptOfOutcome({
  finished,
  attempts,
}: Pick<EndedRun, 'finished' | 'attempts'>): Attempt | undefined {
  const success = attempts.findLast((attempt) => attempt.exit === 'Success');
  if (success !== undefined || finished?.outcome === 'Complete') return success;
  // The Job counts no attempt that Kubernetes took away, so such a one did not make it fail.
  return attempts.findLast((attempt) => !attempt.disrupted) ?? attempts.at(-1);
}

function successOf(success: Attempt | undefined, expectsVerification: boolean): Outcome {
  const report = success?.report;
  if (report === undefined) {
    // Without the report nobody knows whether it verified, nor whether it was a dry run.
    return {
      succeeded: true,
      reason: 'NotVerified',
      message:
        'The worker ended with success; its report is lost, because its pod was deleted before it could be read.',
      result: undefined,
    };
  }
  if (!report.ok) {
    return incomplete(
      `The worker ended with exit code 0, but nothing vouches for the copy. ${report.problem}`,
      undefined,
    );
  }
  const { outcome, message, dryRun, verified } = report.result;
  const result = resultFromWorker(report.result);
  if (outcome !== 'Success') {
    return incomplete(
      `The worker ended with exit code 0, but reported ${outcome}: ${message}`,
      result,
    );
  }
  if (dryRun) return { succeeded: true, reason: 'DryRun', message, result };
  if (verified) return { succeeded: true, reason: 'Verified', message, result };
  if (!expectsVerification) return { succeeded: true, reason: 'NotVerified', message, result };
  return incomplete(
    `The worker was to verify the copy and reported that it did not: ${message}`,
    result,
  );
}

function failureOf(
  finished: JobFinish | undefined,
  last: Attempt | undefined,
  count: number,
): Outcome {
  const exit = last?.exit ?? exitInMessage(finished);
  const report = last?.report;
  const result = report?.ok === true ? resultFromWorker(report.result) : undefined;
  return { succeeded: false, result, ...failureReason(finished, { exit, last, count }) };
}

function failureReason(
  finished: JobFinish | undefined,
  { exit, last, count }: { exit: ExitName | undefined; last: Attempt | undefined; count: number },
): Pick<Outcome, 'reason' | 'message'> {
  if (finished?.reason === 'DeadlineExceeded' || exit === 'DeadlineExceeded') {
    return { reason: 'DeadlineExceeded', message: deadlineMessage(exit, last) };
  }
  if (exit === undefined || exit === 'Success') {
    const message = last === undefined ? podsGone(finished) : afterAttempts(last.sentence, count);
    return { reason: 'RetriesExhausted', message };
  }
  const sentence =
    last?.sentence ?? `The worker ended with ${exit}; its report is lost with its pod.`;
  return { reason: FAILURE_REASONS[exit], message: afterAttempts(sentence, count) };
}

function podsGone(finished: JobFinish | undefined): string {
  const { reason, message } = finished ?? { reason: '', message: '' };
  const words = [reason, message].filter((part) => part !== '').join(': ');
  const why = words === '' ? '' : ` (${words})`;
  return `The Job failed${why} and none of its pods is left to tell more: find out who deleted them, and create a new Synchronization.`;
}

/**
 * Where the pod is gone, the Job's own message still names the exit code that ended it. Kubernetes
 * says it nowhere else: the condition has no field for it.
 */
function exitInMessage(finished: JobFinish | undefined): ExitName | undefined {
  if (finished?.reason !== 'PodFailurePolicy') return undefined;
  // eslint-disable-next-line no-restricted-syntax
  const code = /\bexit code (\d+)\b/.exec(finished.message)?.[1];
  return code === undefined ? undefined : (exitCodeOf(Number(code))?.name as ExitName | undefined);
}

function deadlineMessage(exit: ExitName | undefined, last: Attempt | undefined): string {
  // A worker that met the deadline itself has nothing to add; one that was cut off may have.
  const told =
    last === undefined || exit === 'DeadlineExceeded' ? '' : ` The last attempt: ${last.sentence}`;
  return `The run took longer than spec.activeDeadlineSeconds allows.${told}`;
}

function afterAttempts(sentence: string, count: number): string {
  return count > 1 ? `${sentence} That was attempt ${count}, the last.` : sentence;
}

function incomplete(message: string, result: SynchronizationResult | undefined): Outcome {
  return { succeeded: false, reason: 'Incomplete', message, result };
}
