import { describe, expect, test } from '@jest/globals';
import { EXIT_CODES, type ExitName } from '../../../api/worker-contract.ts';
import { parseJob, type JobFinish } from '../../kube/job.ts';
import type { Pod } from '../../kube/pod.ts';
import { endedAttempts } from '../../workers/attempt.ts';
import { outcomeOf as outcomeOfRun, type Outcome } from './outcome.ts';
import { endedPod, jobEnd, jobObject, pod, report } from './testing/builders.ts';

function ended(...end: Parameters<typeof jobEnd>): JobFinish {
  return parseJob(jobObject({ status: jobEnd(...end) })).finished!;
}

/** Of a Job whose pods are all there. */
function outcomeOf(
  finished: JobFinish | undefined,
  pods: readonly Pod[],
  expectsVerification: boolean,
): Outcome {
  const attempts = endedAttempts(pods);
  return outcomeOfRun({ finished, attempts, count: pods.length, expectsVerification });
}

describe('a Job that is complete', () => {
  test.each([
    { name: 'verified', report: report(), reason: 'Verified', succeeded: true },
    {
      name: 'a dry run',
      report: report({ dryRun: true, verified: false }),
      reason: 'DryRun',
      succeeded: true,
    },
    {
      name: 'a dry run that claims to be verified',
      report: report({ dryRun: true, verified: true }),
      reason: 'DryRun',
      succeeded: true,
    },
    {
      name: 'not verified although it was to be',
      report: report({ verified: false }),
      reason: 'Incomplete',
      succeeded: false,
    },
    {
      name: 'not verified, as it was to be',
      report: report({ verified: false }),
      expectsVerification: false,
      reason: 'NotVerified',
      succeeded: true,
    },
    {
      name: 'a report of a failure',
      report: report({ outcome: 'Incomplete' }),
      reason: 'Incomplete',
      succeeded: false,
    },
    { name: 'no report', report: '', reason: 'Incomplete', succeeded: false },
    {
      name: 'a report cut off',
      report: report().slice(0, 50),
      reason: 'Incomplete',
      succeeded: false,
    },
    {
      name: 'somebody else’s words',
      report: '{"version":2}',
      reason: 'Incomplete',
      succeeded: false,
    },
  ])('$name: $reason', ({ report: text, expectsVerification = true, reason, succeeded }) => {
    const outcome = outcomeOf(
      ended('Complete'),
      [endedPod(0, { report: text })],
      expectsVerification,
    );

    expect(outcome).toMatchObject({ reason, succeeded });
  });

  test.each([true, false])(
    'of a dry run has a result that says so, and is verified only by the word of the worker: %s',
    (verified) => {
      const pods = [endedPod(0, { report: report({ dryRun: true, verified }) })];

      expect(outcomeOf(ended('Complete'), pods, true).result).toMatchObject({
        dryRun: true,
        verified,
      });
    },
  );

  test('takes the report of the attempt that succeeded', () => {
    const pods = [
      endedPod(42, { name: 'one', report: report({ outcome: 'SessionLost' }) }),
      endedPod(0, { name: 'two', report: report({ bytesWritten: 77 }) }),
    ];

    expect(outcomeOf(ended('Complete'), pods, true).result?.bytesWritten).toBe(77);
  });

  test('is a success by its exit code, and counts as unverified, when the pod is gone', () => {
    expect(outcomeOf(ended('Complete'), [], true)).toMatchObject({
      succeeded: true,
      reason: 'NotVerified',
      result: undefined,
      message: expect.stringContaining('its report is lost') as unknown,
    });
  });
});

describe('what is said of the end, word for word', () => {
  const said = (finished: JobFinish | undefined, pods: readonly Pod[], verifies = true) =>
    outcomeOf(finished, pods, verifies).message;
  const failing = (exit: ExitName, message: string) =>
    endedPod(EXIT_CODES[exit].code, { report: report({ outcome: exit, message }) });

  test.each([
    {
      name: 'a success that nothing vouches for',
      pods: [endedPod(0)],
      says: 'The worker ended with exit code 0, but nothing vouches for the copy. It left no report.',
    },
    {
      name: 'a success that reports none',
      pods: [endedPod(0, { report: report({ outcome: 'Incomplete', message: 'Not all.' }) })],
      says: 'The worker ended with exit code 0, but reported Incomplete: Not all.',
    },
    {
      name: 'a copy that was to be verified',
      pods: [endedPod(0, { report: report({ verified: false, message: 'Copied.' }) })],
      says: 'The worker was to verify the copy and reported that it did not: Copied.',
    },
  ])('$name', ({ pods, says }) => {
    expect(said(ended('Complete'), pods)).toBe(says);
  });

  test.each([
    {
      name: 'nothing left, and a word for it',
      finished: ended('Failed', 'BackoffLimitExceeded', 'Too many.'),
      why: ' (BackoffLimitExceeded: Too many.)',
    },
    { name: 'nothing left but a word', finished: ended('Failed', 'Odd'), why: ' (Odd)' },
    { name: 'nothing left at all', finished: ended('Failed'), why: '' },
    { name: 'nothing that the Job says', finished: undefined, why: '' },
  ])('$name', ({ finished, why }) => {
    expect(said(finished, [])).toBe(
      `The Job failed${why} and none of its pods is left to tell more: find out who deleted them, and create a new Synchronization.`,
    );
  });

  test.each([
    { message: 'with exit code 52 matching', says: 'The worker ended with DestinationModified;' },
    { message: 'with exit code 99 matching', says: 'The Job failed (PodFailurePolicy: ' },
    { message: 'for no reason', says: 'The Job failed (PodFailurePolicy: ' },
  ])('an exit code that only the Job tells: $message', ({ message, says }) => {
    expect(said(ended('Failed', 'PodFailurePolicy', message), [])).toContain(says);
  });

  test('how many attempts there were, where there was more than one', () => {
    const pods = [failing('SourceUnavailable', 'No answer.')];
    const backoff = ended('Failed', 'BackoffLimitExceeded');
    expect(said(backoff, pods)).toBe('No answer.');
    expect(said(backoff, [...pods, ...pods])).toBe('No answer. That was attempt 2, the last.');
  });

  test('what an attempt said before the deadline, unless that was the deadline', () => {
    const over = 'The run took longer than spec.activeDeadlineSeconds allows.';
    const deadline = ended('Failed', 'DeadlineExceeded');
    expect(said(deadline, [])).toBe(over);
    expect(said(deadline, [failing('DeadlineExceeded', 'Late.')])).toBe(over);
    expect(said(deadline, [failing('SourceUnavailable', 'No answer.')])).toBe(
      `${over} The last attempt: No answer.`,
    );
  });
});

describe('a Job that failed', () => {
  const reasons: Record<Exclude<ExitName, 'Success'>, string> = {
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

  test.each(Object.entries(reasons) as [Exclude<ExitName, 'Success'>, string][])(
    'by exit code %s: %s, with what the worker reported',
    (exit, reason) => {
      const text = report({ outcome: exit, message: 'What happened.', verified: false });
      const pods = [endedPod(EXIT_CODES[exit].code, { report: text })];
      const outcome = outcomeOf(ended('Failed', 'BackoffLimitExceeded'), pods, true);

      expect(outcome).toMatchObject({ succeeded: false, reason, result: { outcome: exit } });
      const says = exit === 'DeadlineExceeded' ? 'activeDeadlineSeconds' : 'What happened.';
      expect(outcome.message).toContain(says);
    },
  );

  const backoff = ended('Failed', 'BackoffLimitExceeded', 'Job has reached the limit');
  const evicted = pod({
    phase: 'Failed',
    reason: 'Evicted',
    message: 'The node was low on memory.',
  });

  test.each<{ name: string; job: JobFinish; pods: Pod[]; reason: string; says: string }>([
    {
      name: 'out of memory',
      job: backoff,
      pods: [endedPod(137, { word: 'OOMKilled' })],
      reason: 'RetriesExhausted',
      says: 'raise spec.worker.resources.limits.memory',
    },
    {
      name: 'a crash',
      job: backoff,
      pods: [endedPod(1)],
      reason: 'RetriesExhausted',
      says: 'exit code 1',
    },
    {
      name: 'a process that was killed after it had reported',
      job: backoff,
      pods: [endedPod(137, { report: report({ outcome: 'Stuck', message: 'It stood still.' }) })],
      reason: 'RetriesExhausted',
      says: 'It stood still.',
    },
    {
      name: 'a refusal whose process was killed after it had reported',
      job: backoff,
      pods: [
        endedPod(137, { report: report({ outcome: 'GuardRefused', message: 'Nothing there.' }) }),
      ],
      reason: 'GuardRefused',
      says: 'Nothing there.',
    },
    {
      name: 'an eviction before the start',
      job: backoff,
      pods: [evicted],
      reason: 'RetriesExhausted',
      says: 'Evicted: The node was low on memory.',
    },
    {
      name: 'several attempts',
      job: backoff,
      pods: [endedPod(1, { name: 'one' }), endedPod(134, { name: 'two' })],
      reason: 'RetriesExhausted',
      says: 'attempt 2',
    },
    {
      name: 'a final code whose report cannot be read',
      job: ended('Failed', 'PodFailurePolicy'),
      pods: [endedPod(51, { report: 'garbage' })],
      reason: 'GuardRefused',
      says: 'cannot be read',
    },
    {
      name: 'a final code whose pod is gone',
      job: ended(
        'Failed',
        'PodFailurePolicy',
        'Container worker for pod shop/x failed with exit code 52 matching FailJob rule at index 1',
      ),
      pods: [],
      reason: 'DestinationModified',
      says: 'its report is lost',
    },
    {
      name: 'pods that are all gone',
      job: backoff,
      pods: [],
      reason: 'RetriesExhausted',
      says: 'Job has reached the limit',
    },
    {
      name: 'the deadline of the Job, after an attempt',
      job: ended('Failed', 'DeadlineExceeded'),
      pods: [
        endedPod(40, { report: report({ outcome: 'SourceUnavailable', message: 'Silence.' }) }),
      ],
      reason: 'DeadlineExceeded',
      says: 'Silence.',
    },
  ])('$name: $reason', ({ job, pods, reason, says }) => {
    const outcome = outcomeOf(job, pods, true);

    expect(outcome).toMatchObject({ succeeded: false, reason });
    expect(outcome.message).toContain(says);
  });

  test.each([ended('Failed', 'DeadlineExceeded'), backoff, undefined])(
    'is a success all the same where a worker vouches for the copy: its pod failed by another container',
    (finished) => {
      const pods = [
        pod({
          phase: 'Failed',
          state: { terminated: { exitCode: 0, reason: 'Completed', message: report() } },
        }),
        endedPod(51, { name: 'again, in vain', report: report({ outcome: 'GuardRefused' }) }),
      ];

      expect(outcomeOf(finished, pods, true)).toMatchObject({
        succeeded: true,
        reason: 'Verified',
      });
    },
  );

  test('counts the attempts that nothing is left of, too', () => {
    const run = { finished: backoff, attempts: endedAttempts([endedPod(40)]), count: 4 };

    expect(outcomeOfRun({ ...run, expectsVerification: true }).message).toContain('attempt 4');
  });

  test('is told by the attempt that counted, not by one that Kubernetes took away later', () => {
    const pods = [
      endedPod(51, { name: 'one', report: report({ outcome: 'GuardRefused' }) }),
      endedPod(44, { name: 'two', conditions: [{ type: 'DisruptionTarget', status: 'True' }] }),
    ];

    expect(outcomeOf(backoff, pods, true).reason).toBe('GuardRefused');
  });
});

test('of a Job that is complete no attempt is told that failed', () => {
  const failed = endedPod(54, { report: report({ outcome: 'Incomplete' }) });
  expect(outcomeOf(ended('Complete'), [failed], true)).toMatchObject({
    succeeded: true,
    reason: 'NotVerified',
    result: undefined,
  });
});
