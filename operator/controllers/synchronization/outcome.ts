import type { ReasonOf } from '../../../api/reasons.ts';
import {
  resultFromWorker,
  type SynchronizationResult,
} from '../../../api/v1alpha1/synchronization-status.ts';
import { exitCodeOf, type ExitName } from '../../../api/worker-contract.ts';
import type { Job, JobFinish } from '../../kube/job.ts';
import type { Pod } from '../../kube/pod.ts';
import { endedAttempts, type Attempt } from './attempt.ts';

export type SynchronizationReason = ReasonOf<'Synchronization'>;

/** How a Synchronization ended. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly reason: SynchronizationReason;
  readonly message: string;
  readonly result: SynchronizationResult | undefined;
}

type EndedJob = Job & { readonly finished: JobFinish };

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
  AuthenticationFailed: 'AuthenticationFailed',
  GuardRefused: 'GuardRefused',
  DestinationModified: 'DestinationModified',
  AnotherWriter: 'AnotherWriter',
  Incomplete: 'Incomplete',
};

/**
 * Works out how a Job that has ended ended, from the Job and what is left of its pods.
 *
 * @param expectsVerification whether the run was to read back what it wrote
 */
export function outcomeOf(
  job: EndedJob,
  pods: readonly Pod[],
  expectsVerification: boolean,
): Outcome {
  const attempts = endedAttempts(pods);
  if (job.finished.outcome === 'Complete') return successOf(attempts, expectsVerification);
  // The Job counts no attempt that Kubernetes took away, so such a one did not make it fail.
  const last = attempts.findLast((attempt) => !attempt.disrupted) ?? attempts.at(-1);
  return failureOf(job, last, attempts.length);
}

function successOf(attempts: readonly Attempt[], expectsVerification: boolean): Outcome {
  const report = attempts.findLast((attempt) => attempt.exit === 'Success')?.report;
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

function failureOf({ finished }: EndedJob, last: Attempt | undefined, count: number): Outcome {
  const exit = last?.exit ?? exitInMessage(finished);
  const report = last?.report;
  const result = report?.ok === true ? resultFromWorker(report.result) : undefined;
  return { succeeded: false, result, ...failureReason(finished, { exit, last, count }) };
}

function failureReason(
  finished: JobFinish,
  { exit, last, count }: { exit: ExitName | undefined; last: Attempt | undefined; count: number },
): Pick<Outcome, 'reason' | 'message'> {
  if (finished.reason === 'DeadlineExceeded' || exit === 'DeadlineExceeded') {
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

function podsGone({ reason, message }: JobFinish): string {
  const words = [reason, message].filter((part) => part !== '').join(': ');
  return `The Job failed (${words}) and none of its pods is left to tell more: find out who deleted them, and create a new Synchronization.`;
}

/** Where the pod is gone, the Job's own message still names the exit code that ended it. */
function exitInMessage({ reason, message }: JobFinish): ExitName | undefined {
  if (reason !== 'PodFailurePolicy') return undefined;
  const code = /\bexit code (\d+)\b/.exec(message)?.[1];
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
