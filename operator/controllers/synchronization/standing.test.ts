import { describe, expect, test } from '@jest/globals';
import { decide } from './decide.ts';
import type { FollowDecision } from './decision.ts';
import {
  endedPod,
  JOB_NAME,
  jobObject,
  lingeringPod,
  NOW,
  pod,
  report,
  SETTINGS,
  started,
} from './testing/builders.ts';

type Input = NonNullable<Parameters<typeof started>[0]>;

function followed(input: Input): FollowDecision {
  const decision = decide(started(input), SETTINGS);
  if (decision.action !== 'Follow') throw new Error(`it is ${decision.action}`);
  return decision;
}

/** RFC 3339, so many seconds before now. */
function ago(seconds: number): string {
  return new Date(NOW.getTime() - seconds * 1000).toISOString();
}

function jobSince(seconds: number, spec: Input['spec'] = {}) {
  return jobObject({ spec: { ...(spec as object) }, status: { startTime: ago(seconds) } });
}

const running = pod({ phase: 'Running', state: { running: {} } });
const creating = { waiting: { reason: 'ContainerCreating' } };

function stuck(reason: string, message = 'no'): Input {
  return { pods: [pod({ state: { waiting: { reason, message } } })] };
}

describe('what keeps a worker from running is told word for word', () => {
  test.each<{ name: string; input: Input; says: string; cause?: string }>([
    {
      name: 'a Job that somebody suspended',
      input: {
        job: jobObject({ spec: { suspend: true } }),
        status: { jobName: JOB_NAME, attempts: 1 },
      },
      says: `The Job ${JOB_NAME} was suspended by somebody else (its spec.suspend is true).`,
    },
    {
      name: 'no pod for long',
      input: { job: jobSince(30) },
      says: `The Job ${JOB_NAME} has no pod yet: kubectl describe job ${JOB_NAME} says why. A quota, an admission rule or a missing ServiceAccount are usual.`,
    },
    {
      name: 'no node',
      input: {
        pods: [
          pod({
            conditions: [
              { type: 'Initialized', status: 'True', message: 'all is well' },
              { type: 'PodScheduled', status: 'False', message: '0/1 nodes.' },
            ],
          }),
        ],
      },
      says: 'No node takes the pod copy-pod-1: 0/1 nodes.',
      cause: 'no node takes the pod',
    },
    {
      name: 'a container that cannot be made',
      input: stuck('CreateContainerConfigError', 'runs as root'),
      says: 'The pod copy-pod-1 cannot start (CreateContainerConfigError): runs as root',
      cause: 'worker cannot start: CreateContainerConfigError',
    },
    {
      name: 'a container of somebody else',
      input: {
        pods: [
          pod({
            initContainerStatuses: [
              {
                name: 'mesh-init',
                state: { waiting: { reason: 'ErrImagePull', message: 'gone' } },
              },
            ],
          }),
        ],
      },
      says: 'The pod copy-pod-1 cannot start, because its container mesh-init, which is none of ours, cannot (ErrImagePull): gone',
      cause: 'mesh-init cannot start: ErrImagePull',
    },
    {
      name: 'an init container that does not end',
      input: {
        pods: [
          pod({
            createdAt: ago(30),
            sidecars: { proxy: { running: {} } },
            initContainerStatuses: [
              { name: 'proxy', state: { running: {} } },
              { name: 'done', state: { terminated: { exitCode: 0 } } },
              { name: 'wait-for-it', state: { running: {} } },
            ],
          }),
        ],
      },
      says: 'The pod copy-pod-1 has not started yet: its init container wait-for-it, which is none of ours, has not ended.',
      cause: 'waits for wait-for-it',
    },
    {
      name: 'a pod that is slow',
      input: { pods: [pod({ createdAt: ago(30), state: creating })] },
      says: 'The pod copy-pod-1 has not started yet: kubectl describe pod copy-pod-1 says why. A Secret that was deleted and a slow image pull are usual.',
    },
  ])('$name', ({ input, says, cause = says }) => {
    expect(followed(input)).toMatchObject({
      ...{ reason: 'WorkerPending', obstructed: true, message: says, cause },
    });
  });

  test.each([
    ...['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox'],
    ...['FailedCreatePodContainer', 'NetworkNotReady'],
  ])('%s of a pod', (reason) => {
    const complaint = { reason, message: 'not now' };
    expect(followed({ pods: [pod({ state: creating })], complaint })).toMatchObject({
      message: `The pod copy-pod-1 cannot start (${reason}): not now`,
      cause: `the pod cannot start: ${reason}`,
    });
  });

  test.each([
    ...['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'],
    ...['ImageInspectError', 'RegistryUnavailable', 'SignatureValidationFailed'],
  ])('the image: %s', (reason) => {
    expect(followed(stuck(reason, 'not found'))).toMatchObject({
      ...{ reason: 'WorkerImagePullFailed', obstructed: true, cause: 'image' },
      message: `The worker's image cannot be pulled (${reason}): not found`,
    });
  });
});

describe('a worker that is about to run', () => {
  test.each<{ name: string; input: Input; says: string }>([
    {
      name: 'a Job without a pod',
      input: { job: jobSince(29) },
      says: 'The Job has been created; its pod comes next.',
    },
    {
      name: 'a pod that is new',
      input: { pods: [pod({ createdAt: ago(29), state: creating })] },
      says: 'The pod copy-pod-1 is starting.',
    },
    {
      name: 'a pod of which nothing is known but that it waits',
      input: { pods: [pod({ state: { waiting: {} } })] },
      says: 'The pod copy-pod-1 is starting.',
    },
    {
      name: 'a pod in which only another container runs',
      input: { pods: [pod({ state: creating, others: { proxy: { running: {} } } })] },
      says: 'The pod copy-pod-1 is starting.',
    },
  ])('is in nobody’s way: $name', ({ input, says }) => {
    expect(followed(input)).toMatchObject({
      ...{ reason: 'WorkerPending', obstructed: false, message: says },
    });
  });

  test.each([
    { name: 'often in the first minute', input: { job: jobSince(59) }, ms: 5_000 },
    { name: 'no more often after it', input: { job: jobSince(60) }, ms: 20_000 },
    {
      name: 'no more often than what runs',
      input: { job: jobSince(1), pods: [running] },
      ms: 20_000,
    },
  ])('is looked at $name', ({ input, ms }) => {
    expect(followed(input).requeueAfterMs).toBe(ms);
  });
});

describe('a worker that has ended beside a container that has not', () => {
  test.each([
    { secondsAgo: 25, ms: 5_000 },
    { secondsAgo: 5, ms: 20_000 },
  ])('is looked at again once that had its time: ended $secondsAgo s ago', ({ secondsAgo, ms }) => {
    const decision = followed({ job: jobSince(600), pods: [lingeringPod(40, { secondsAgo })] });
    expect(decision.requeueAfterMs).toBe(ms);
    expect(decision.message).toContain(
      'its pod copy-pod-1 is kept running by container mesh-proxy: that is given time to end.',
    );
  });
});

test('a worker that has failed, whose pod is deleted for the next attempt, is told with what kept it', () => {
  const pods = [lingeringPod(40, { secondsAgo: 60 })];
  expect(followed({ job: jobSince(600), pods }).message).toContain(
    'The worker has failed, and its pod copy-pod-1 is kept running by container mesh-proxy: the pod is deleted, for the next attempt to start.',
  );
});

describe('how the attempt before failed', () => {
  const failed = (name: string, disrupted = false) =>
    endedPod(40, {
      name,
      report: report({ outcome: 'SourceUnavailable', message: `No answer for ${name}.` }),
      conditions: disrupted ? [{ type: 'DisruptionTarget', status: 'True' }] : [],
    });

  test.each<{ name: string; input: Input; failure: string | undefined }>([
    {
      name: 'is told while another one can follow',
      input: { job: jobSince(9, { backoffLimit: 1 }), pods: [failed('one')] },
      failure: 'No answer for one.',
    },
    {
      name: 'is left to the outcome where none can',
      input: { job: jobSince(9, { backoffLimit: 1 }), pods: [failed('one'), failed('two')] },
      failure: undefined,
    },
    {
      name: 'is told where Kubernetes took the pod away, which does not count',
      input: { job: jobSince(9, { backoffLimit: 0 }), pods: [failed('one', true)] },
      failure: 'No answer for one.',
    },
  ])('$name', ({ input, failure }) => {
    const told = failure === undefined ? '' : ` The attempt before: ${failure}`;
    expect(followed(input).message).toBe(`The worker has ended; its result is awaited.${told}`);
  });
});
