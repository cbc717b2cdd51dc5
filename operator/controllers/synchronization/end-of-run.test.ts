import { describe, expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../../api/worker-contract.ts';
import { decide } from './decide.ts';
import type { Decision, FinishDecision, FollowDecision } from './decision.ts';
import { eventsFor } from './events.ts';
import type { Snapshot } from './snapshot.ts';
import type { ReportedDecision } from './status.ts';
import {
  endedPod,
  jobEnd,
  jobObject,
  lingeringPod,
  pod,
  recordedStatus,
  report,
  SETTINGS,
  started,
} from './testing/builders.ts';

const SUCCESS = { report: report() };
const REFUSAL = { report: report({ outcome: 'GuardRefused', guard: 'EmptySource' }) };
const UNAVAILABLE = { report: report({ outcome: 'SourceUnavailable', message: 'No answer.' }) };
const DISRUPTED = { conditions: [{ type: 'DisruptionTarget', status: 'True' }] };
const DELETED = { metadata: { deletionTimestamp: '2026-03-28T00:09:59Z' } };

function decideAt(minor: number, snapshot: Snapshot): Decision {
  return decide(snapshot, { ...SETTINGS, serverVersion: { major: 1, minor } });
}

function eventsOf(snapshot: Snapshot): readonly string[] {
  const decision = decide(snapshot, SETTINGS) as ReportedDecision;
  return eventsFor(decision, snapshot).map(({ type, reason, note }) => `${type} ${reason} ${note}`);
}

describe('a worker that has ended in a pod that another container keeps running', () => {
  test.each([
    { name: 'a success', exit: 'Success', input: SUCCESS, reason: 'Verified' },
    { name: 'a refusal', exit: 'GuardRefused', input: REFUSAL, reason: 'GuardRefused' },
    { name: 'the deadline', exit: 'DeadlineExceeded', input: {}, reason: 'DeadlineExceeded' },
  ] as const)('ends the run with $name, and names the container', ({ exit, input, reason }) => {
    const { code } = EXIT_CODES[exit];
    const snapshot = started({ pods: [lingeringPod(code, { ...input, secondsAgo: 30 })] });

    const decision = decide(snapshot, SETTINGS) as FinishDecision;

    expect(decision).toMatchObject({
      action: 'Finish',
      reason,
      completionTime: '2026-03-28T00:09:30.000Z',
      count: { attempts: 1 },
    });
    expect(decision.message).toContain(
      'Its pod copy-pod-1 was kept running by container mesh-proxy, so the Job was deleted.',
    );
    expect(eventsOf(snapshot)).toContainEqual(
      expect.stringMatching(
        /^Warning ContainerStillRunning .*container mesh-proxy\. The Job was deleted\. Keep such/,
      ),
    );
  });

  test('gives the container half a minute to notice, and looks again just then', () => {
    const snapshot = started({ pods: [lingeringPod(0, { ...SUCCESS, secondsAgo: 18 })] });

    expect(decide(snapshot, SETTINGS)).toMatchObject({
      action: 'Follow',
      reason: 'WorkerPending',
      message:
        'The worker has ended, and its pod copy-pod-1 is kept running by container mesh-proxy: that is given time to end.',
      requeueAfterMs: 12_000,
    });
    expect(eventsOf(snapshot)).toEqual([]);
  });

  test.each([
    { secondsAgo: 59, action: 'Follow' },
    { secondsAgo: 60, action: 'Finish' },
  ])(
    'leaves a native sidecar to the kubelet for the pod’s grace period as well: $secondsAgo s',
    ({ secondsAgo, action }) => {
      const sidecars = { agent: { running: {} } };
      const pods = [lingeringPod(0, { ...SUCCESS, secondsAgo, sidecars })];

      expect(decide(started({ pods }), SETTINGS)).toMatchObject({ action });
    },
  );

  test('names all of them, and one that cannot even start', () => {
    const others = { proxy: { running: {} }, agent: { waiting: { reason: 'ImagePullBackOff' } } };
    const pods = [lingeringPod(0, { ...SUCCESS, secondsAgo: 30, others })];

    expect(decide(started({ pods }), SETTINGS)).toMatchObject({
      action: 'Finish',
      message: expect.stringContaining('by containers proxy and agent,') as unknown,
    });
  });

  test('is none where only the kubelet has not said yet that the pod is over', () => {
    const pods = [lingeringPod(0, { ...SUCCESS, secondsAgo: 300, others: {} })];

    expect(decide(started({ pods }), SETTINGS)).toMatchObject({ action: 'Follow' });
  });

  test('is forgotten when the Job has noticed by itself', () => {
    const job = jobObject({ status: jobEnd('Complete') });
    const pods = [endedPod(0, SUCCESS)];

    expect(decide(started({ job, pods }), SETTINGS)).toMatchObject({
      action: 'Finish',
      reason: 'Verified',
      lingering: undefined,
    });
  });
});

describe('a worker that has failed in such a pod and may be tried again', () => {
  const failed = lingeringPod(40, { ...UNAVAILABLE, secondsAgo: 30 });

  test('has its pod deleted, so that the Job counts it and starts the next one', () => {
    const snapshot = started({ pods: [failed] });
    const decision = decide(snapshot, SETTINGS) as FollowDecision;

    expect(decision).toMatchObject({ action: 'Follow', inTheWay: { pod: failed } });
    expect(decision.message).toContain('the pod is deleted, for the next attempt to start');
    expect(decision.message).toContain('No answer.');
    expect(eventsOf(snapshot)).toEqual([
      'Warning AttemptFailed No answer.',
      expect.stringContaining('Warning ContainerStillRunning '),
    ]);
  });

  test('is waited for once its pod is being deleted', () => {
    const going = lingeringPod(40, { ...UNAVAILABLE, ...DELETED, secondsAgo: 30 });

    expect(decide(started({ pods: [going] }), SETTINGS)).toMatchObject({
      action: 'Follow',
      inTheWay: undefined,
    });
  });

  test.each([
    { name: 'a crash', exitCode: 137, input: {}, reason: 'RetriesExhausted' },
    {
      name: 'a source that does not answer',
      exitCode: 40,
      input: UNAVAILABLE,
      reason: 'SourceUnavailable',
    },
  ])('ends the run when that was its last attempt: $name', ({ exitCode, input, reason }) => {
    const job = jobObject({ status: { failed: 3 } });
    const pods = [lingeringPod(exitCode, { ...input, secondsAgo: 30 })];

    expect(decide(started({ job, pods }), SETTINGS)).toMatchObject({
      action: 'Finish',
      succeeded: false,
      reason,
    });
    expect(
      decide(started({ job: jobObject({ status: { failed: 2 } }), pods }), SETTINGS),
    ).toMatchObject({ action: 'Follow' });
  });

  test('is counted by us where a Job does not count a pod that was deleted (Kubernetes 1.24)', () => {
    const status = (attempts: number) => recordedStatus({ attempts, pods: ['copy-pod-1'] });

    expect(decideAt(24, started({ status: status(3), pods: [failed] })).action).toBe('Follow');
    expect(decideAt(24, started({ status: status(4), pods: [failed] })).action).toBe('Finish');
    expect(decideAt(25, started({ status: status(4), pods: [failed] })).action).toBe('Follow');
  });

  test('is not deleted while another worker is at work', () => {
    const working = pod({ name: 'two', phase: 'Running', state: { running: {} } });

    expect(decide(started({ pods: [failed, working] }), SETTINGS)).toMatchObject({
      action: 'Follow',
      reason: 'Running',
      inTheWay: undefined,
    });
  });
});

describe('a run whose worker has ended it, and whose Job would repeat it', () => {
  test.each([
    {
      name: 'a success in a pod that failed by another container',
      pods: [endedPod(0, { ...SUCCESS, phase: 'Failed' })],
      reason: 'Verified',
    },
    {
      name: 'a success in a pod that is drained while another container runs',
      pods: [lingeringPod(0, { ...SUCCESS, ...DISRUPTED, ...DELETED, secondsAgo: 1 })],
      reason: 'Verified',
    },
    {
      name: 'a refusal in a pod that Kubernetes took away',
      pods: [endedPod(51, { ...REFUSAL, ...DISRUPTED })],
      reason: 'GuardRefused',
    },
    {
      name: 'a success before a pod that never begins',
      pods: [endedPod(0, { ...SUCCESS, phase: 'Failed' }), pod({ name: 'two' })],
      reason: 'Verified',
    },
  ])('is over: $name', ({ pods, reason }) => {
    expect(decide(started({ pods }), SETTINGS)).toMatchObject({ action: 'Finish', reason });
  });

  test.each([
    { name: 'a success in a pod that succeeded', pods: [endedPod(0, SUCCESS)] },
    { name: 'a refusal, which its Job ends by', pods: [endedPod(51, REFUSAL)] },
    {
      name: 'a success that is repeated already',
      pods: [
        endedPod(0, { ...SUCCESS, phase: 'Failed' }),
        pod({ name: 'two', phase: 'Running', state: { running: {} } }),
      ],
    },
  ])('is left to the Job otherwise: $name', ({ pods }) => {
    expect(decide(started({ pods }), SETTINGS)).toMatchObject({ action: 'Follow' });
  });
});

describe('a Job that is being deleted and that a finalizer keeps', () => {
  const job = jobObject({ metadata: { deletionTimestamp: '2026-03-28T00:09:00Z' } });

  test.each([
    { name: 'while its worker runs', pods: [pod({ phase: 'Running', state: { running: {} } })] },
    { name: 'while its pod is there', pods: [pod()] },
  ])('is followed $name', ({ pods }) => {
    expect(decide(started({ job, pods }), SETTINGS)).toMatchObject({ action: 'Follow' });
  });

  test.each([
    { name: 'its last attempt', pods: [endedPod(40, UNAVAILABLE)], reason: 'SourceUnavailable' },
    { name: 'nothing, where nothing is left', pods: [], reason: 'WorkerLost' },
  ])('starts no other attempt: the run ends with $name', ({ pods, reason }) => {
    expect(decide(started({ job, pods }), SETTINGS)).toMatchObject({ action: 'Finish', reason });
  });
});

describe('the Job of a run that is over', () => {
  const over = recordedStatus({ completionTime: '2026-03-28T00:05:00Z' });

  test('is deleted if it goes on, since it would start another worker or wait for ever', () => {
    expect(decide(started({ status: over }), SETTINGS)).toEqual({ action: 'EndJob' });
  });

  test.each([
    { name: 'has ended', job: jobObject({ status: jobEnd('Failed', 'DeadlineExceeded') }) },
    { name: 'is being deleted', job: jobObject({ metadata: { deletionTimestamp: 'now' } }) },
    { name: 'is somebody else’s', job: jobObject({ ownerUid: 'somebody-else' }) },
  ])('is left alone if it $name', ({ job }) => {
    expect(decide(started({ status: over, job }), SETTINGS)).toEqual({ action: 'Nothing' });
  });
});
