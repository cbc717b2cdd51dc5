import { describe, expect, test } from '@jest/globals';
import { parseJob } from './job.ts';
import { parseKubeObject } from './objects.ts';
import { parsePod } from './pod.ts';

const metadata = {
  name: 'a',
  namespace: 'ns',
  uid: 'u',
  resourceVersion: '1',
  ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'owner', controller: true }],
};
const job = (spec: object, status?: object) =>
  parseJob(parseKubeObject({ apiVersion: 'batch/v1', kind: 'Job', metadata, spec, status }));
const pod = (status?: object) =>
  parsePod(parseKubeObject({ apiVersion: 'v1', kind: 'Pod', metadata, spec: {}, status }));

describe('a Job', () => {
  test('that nobody has looked at has begun nothing', () => {
    expect(job({})).toMatchObject({
      controllerUid: 'owner',
      backoffLimit: 6,
      suspended: false,
      active: 0,
      succeeded: 0,
      failed: 0,
      conditions: [],
      finished: undefined,
    });
  });

  test('runs until its Complete or Failed condition is True', () => {
    const failing = { type: 'FailureTarget', status: 'True', reason: 'PodFailurePolicy' };
    const notYet = { type: 'Failed', status: 'False' };
    expect(job({}, { active: 1, conditions: [failing, notYet] }).finished).toBeUndefined();
    const failed = {
      type: 'Failed',
      status: 'True',
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    expect(job({ suspend: true }, { failed: 1, conditions: [failing, failed] })).toMatchObject({
      suspended: true,
      failed: 1,
      finished: {
        outcome: 'Failed',
        reason: 'DeadlineExceeded',
        message: 'Job was active longer than specified deadline',
        time: '2026-01-01T00:00:00Z',
      },
    });
    const complete = { conditions: [{ type: 'Complete', status: 'True' }] };
    expect(job({}, complete).finished).toEqual({ outcome: 'Complete', reason: '', message: '' });
  });
});

describe('a Pod', () => {
  test('without a status is unknown', () => {
    expect(pod()).toMatchObject({ phase: 'Unknown', containers: [], conditions: [], nodeName: '' });
    expect(pod({ phase: 'Dreaming' }).phase).toBe('Unknown');
  });

  test('tells native sidecars from init containers that end before the others begin', () => {
    const spec = {
      terminationGracePeriodSeconds: 90,
      initContainers: [{ name: 'setup' }, { name: 'proxy', restartPolicy: 'Always' }],
    };
    const running = { running: {} };
    const status = {
      initContainerStatuses: [
        { name: 'setup', state: { terminated: { exitCode: 0 } } },
        { name: 'proxy', state: running },
      ],
    };
    const parsed = parsePod(
      parseKubeObject({ apiVersion: 'v1', kind: 'Pod', metadata, spec, status }),
    );

    expect(parsed).toMatchObject({
      terminationGraceSeconds: 90,
      initContainers: [
        { name: 'setup', isSidecar: false, terminated: { exitCode: 0 } },
        { name: 'proxy', isSidecar: true, ...running },
      ],
    });
    expect(pod()).toMatchObject({ terminationGraceSeconds: 30, initContainers: [] });
  });

  test('tells why a container waits, since when it runs, and how it ended', () => {
    const containers = [
      { name: 'w', state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } },
      { name: 'r', restartCount: 2, state: { running: { startedAt: '2026-01-01T00:00:00Z' } } },
      {
        name: 't',
        state: {
          terminated: { exitCode: 137, signal: 9, reason: 'OOMKilled', message: '{"version":1}' },
        },
      },
      { name: 'new' },
    ];
    expect(pod({ phase: 'Pending', containerStatuses: containers }).containers).toEqual([
      {
        name: 'w',
        restartCount: 0,
        waiting: { reason: 'ImagePullBackOff', message: 'no such image' },
      },
      { name: 'r', restartCount: 2, running: { startedAt: '2026-01-01T00:00:00Z' } },
      {
        name: 't',
        restartCount: 0,
        terminated: { exitCode: 137, signal: 9, reason: 'OOMKilled', message: '{"version":1}' },
      },
      { name: 'new', restartCount: 0 },
    ]);
  });
});
