import { describe, expect, test } from '@jest/globals';
import { KubeApiError } from '../../kube/errors.ts';
import { EVENTS } from '../../kube/resources.ts';
import { decide } from './decide.ts';
import { eventsFor } from './events.ts';
import type { Snapshot } from './snapshot.ts';
import { statusFor, type ReportedDecision } from './status.ts';
import {
  JOB_NAME,
  jobObject,
  pod,
  SETTINGS,
  started,
  type SnapshotInput,
} from './testing/builders.ts';
import { Simulation } from './testing/simulation.ts';

/** The events of looks one after the other, each with the status that the one before left. */
function eventsOf(...looks: readonly Partial<SnapshotInput>[]) {
  let status: object = started().status;
  return looks.flatMap((look) => {
    const snapshot: Snapshot = started({ ...look, status: { ...status } });
    const decision = decide(snapshot, SETTINGS) as ReportedDecision;
    status = statusFor(decision, snapshot);
    return eventsFor(decision, snapshot);
  });
}

function refusedPod(name: string, rest: string): Partial<SnapshotInput> {
  const message = `Error creating: pods "${JOB_NAME}-${name}" is forbidden: ${rest}`;
  return { complaint: { reason: 'FailedCreate', message } };
}

describe('what keeps a worker from starting', () => {
  test('is told once although each try has a pod’s name of its own', () => {
    const limit = 'minimum memory usage per Container is 1Gi, but request is 256Mi';
    const events = eventsOf(...['x7k2p', 'b0b0b', 'zzzzz'].map((name) => refusedPod(name, limit)));

    expect(events).toEqual([
      {
        type: 'Warning',
        reason: 'WorkerPending',
        note: `The Job ${JOB_NAME} cannot create its pod: Error creating: pods "${JOB_NAME}-…" is forbidden: ${limit}`,
        cause: 'no pod can be created',
      },
    ]);
  });

  test.each<{ name: string; looks: readonly Partial<SnapshotInput>[] }>([
    {
      name: 'a quota, however much of it is used',
      looks: [1, 2].map((used) => refusedPod('x7k2p', `exceeded quota, used: pods=${used}`)),
    },
    {
      name: 'a node, whatever the others lack',
      looks: ['0/1 nodes', '0/2 nodes'].map((message) => ({
        pods: [pod({ conditions: [{ type: 'PodScheduled', status: 'False', message }] })],
      })),
    },
    {
      name: 'an image, whether it is pulled or waited for',
      looks: ['ErrImagePull', 'ImagePullBackOff', 'ErrImagePull'].map((reason) => ({
        pods: [pod({ state: { waiting: { reason, message: `no: ${reason}` } } })],
      })),
    },
  ])('is one event, whose count grows, while it is the same cause: $name', ({ looks }) => {
    const events = eventsOf(...looks);

    expect(events).toHaveLength(looks.length);
    expect(new Set(events.map(({ cause }) => cause)).size).toBe(1);
  });

  test('is another event when it is another cause', () => {
    const unscheduled = { type: 'PodScheduled', status: 'False', message: '0/1 nodes' };
    const waiting = { reason: 'CreateContainerConfigError', message: 'runs as root' };
    const events = eventsOf(
      refusedPod('x7k2p', 'exceeded quota'),
      { pods: [pod({ conditions: [unscheduled] })] },
      { pods: [pod({ state: { waiting } })] },
      { job: jobObject({ spec: { suspend: true } }) },
    );

    expect(new Set(events.map(({ cause }) => cause)).size).toBe(4);
  });

  test.each([
    {
      name: 'an init container that goes on',
      input: { initContainerStatuses: [{ name: 'mesh-init', state: { running: {} } }] },
      says: 'its init container mesh-init, which is none of ours, has not ended',
    },
    {
      name: 'an init container without an image',
      input: {
        initContainerStatuses: [
          { name: 'mesh-init', state: { waiting: { reason: 'ErrImagePull', message: 'none' } } },
        ],
      },
      says: 'because its container mesh-init, which is none of ours, cannot (ErrImagePull): none',
    },
  ])('is named: $name', ({ input, says }) => {
    const state = { waiting: { reason: 'PodInitializing' } };
    const pods = [pod({ createdAt: '2026-03-28T00:01:02Z', state, ...input })];

    expect(decide(started({ pods }), SETTINGS)).toMatchObject({
      action: 'Follow',
      reason: 'WorkerPending',
      obstructed: true,
      message: expect.stringContaining(says) as unknown,
    });
  });

  test('is one event, too, where the Job itself is refused in ever new words', async () => {
    const simulation = new Simulation();
    const { kube } = simulation;
    const request = kube.request.bind(kube);
    let used = 0;
    kube.request = (call) => {
      if (call.method !== 'POST' || !call.path.endsWith('/jobs')) return request(call);
      const message = `exceeded quota, used: jobs=${used++}`;
      return Promise.reject(
        new KubeApiError({ code: 403, reason: 'Forbidden', message, request: 'POST jobs' }),
      );
    };

    await simulation.settle(4);

    expect(kube.objects(EVENTS)).toMatchObject([{ reason: 'Pending', count: 4 }]);
  });
});

test('a worker is known by its name, wherever its container stands in the pod', () => {
  const given = pod({ phase: 'Running', others: { proxy: { running: {} } } });
  const waiting = pod({ state: { waiting: { reason: 'PodInitializing' } } });
  const containers = [...given.containers, ...waiting.containers];
  expect(decide(started({ pods: [{ ...given, containers }] }), SETTINGS)).toMatchObject({
    action: 'Follow',
    reason: 'WorkerPending',
  });
});
