import { describe, expect, test } from '@jest/globals';
import { findCondition } from '../../../api/conditions.ts';
import { ANNOTATIONS, LABELS } from '../../../api/labels.ts';
import type { SynchronizationStatus } from '../../../api/v1alpha1/synchronization-status.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { JOBS, PODS, SYNCHRONIZATIONS, type ResourceType } from '../../kube/resources.ts';
import { decide } from './decide.ts';
import { waitForCapacity } from './concurrency-limit.ts';
import { isHeldBack, isMarkGone, restoredFrom } from './marks.ts';
import { parseJob } from '../../kube/job.ts';
import {
  jobEnd,
  jobObject,
  NAME,
  NAMESPACE,
  recordedStatus,
  SETTINGS,
  snapshot,
  SPEC,
  started,
  synchronizationObject,
  UID,
} from './testing/builders.ts';
import { JUST_MADE_A_JOB, KEY, Simulation } from './testing/simulation.ts';

/** What a tool leaves of all objects of a kind: no annotations and no labels of ours. */
function strip({ kube }: Simulation, type: ResourceType): void {
  for (const object of kube.objects(type)) {
    const { annotations, labels, ...metadata } = object.metadata;
    const others = Object.entries(labels).filter(([key]) => !key.includes('astronetes.io'));
    const bare = { ...metadata, labels: Object.fromEntries(others), annotations: null };
    kube.put(type, { ...object, metadata: bare });
    expect(annotations).toBeDefined();
  }
}

function markOf({ synchronization }: Simulation): string | undefined {
  return synchronization?.metadata.annotations[ANNOTATIONS.startedUid];
}

function succeeded({ synchronization }: Simulation) {
  const { conditions } = synchronization?.status as SynchronizationStatus;
  return findCondition(conditions, 'Succeeded');
}

describe('the note of the start (started-uid)', () => {
  test.each([
    {
      name: 'before the Job is there',
      live: (simulation: Simulation) =>
        simulation.reconcile({ ...JUST_MADE_A_JOB, side: 'before' }),
    },
    {
      name: 'before the Job is recorded',
      live: (simulation: Simulation) => simulation.reconcile(JUST_MADE_A_JOB),
    },
    {
      name: 'while the worker runs',
      live: (simulation: Simulation) => simulation.settle(1),
    },
    { name: 'after the end', live: (simulation: Simulation) => simulation.settle() },
  ])('comes back when somebody removes it: $name', async ({ live }) => {
    const simulation = new Simulation();
    await live(simulation);
    expect(markOf(simulation)).toBeDefined();
    strip(simulation, SYNCHRONIZATIONS);

    await simulation.settle();

    expect(markOf(simulation)).toBe(simulation.synchronization?.metadata.uid);
    expect(succeeded(simulation)?.reason).toBe('Verified');
    expect(simulation.workers.started).toHaveLength(1);
  });

  test.each([
    { name: 'a run', given: started({ metadata: { annotations: {} } }) },
    {
      name: 'one that has ended',
      given: started({
        metadata: { annotations: {} },
        status: recordedStatus({ completionTime: '2026-03-28T00:05:00Z' }),
        job: jobObject({ status: jobEnd('Complete') }),
      }),
    },
    {
      name: 'a run with the note of another object',
      given: started({ metadata: { annotations: { [ANNOTATIONS.startedUid]: 'another' } } }),
    },
  ])('is set again on $name', ({ given }) => {
    expect(decide(given, SETTINGS)).toEqual({ action: 'MarkAgain' });
  });

  test('removed, gives no place to another run: the status says that this one runs', () => {
    const rival = synchronizationObject({
      metadata: { name: 'rival', uid: 'another-uid', creationTimestamp: '2026-03-28T00:00:01Z' },
    });
    const place = { destination: 'zookeeper-destination', limit: 1 };
    const running = synchronizationObject({ status: recordedStatus() });
    const over = synchronizationObject({
      status: recordedStatus({ completionTime: '2026-03-28T00:05:00Z' }),
    });

    expect(waitForCapacity(rival, [running], place)).toBeDefined();
    expect(waitForCapacity(rival, [over], place)).toBeUndefined();
  });

  test.each<{ name: string; copy: KubeObject }>([
    {
      name: 'the annotation alone, as backup tools leave it',
      copy: synchronizationObject({
        metadata: { annotations: { [ANNOTATIONS.startedUid]: 'the-uid-before' } },
      }),
    },
    {
      name: 'the status alone',
      copy: synchronizationObject({ status: recordedStatus({ jobName: `${NAME}-0f0f0f0f` }) }),
    },
    {
      name: 'both',
      copy: synchronizationObject({
        metadata: { annotations: { [ANNOTATIONS.startedUid]: 'the-uid-before' } },
        status: recordedStatus({ jobName: `${NAME}-0f0f0f0f` }),
      }),
    },
  ])('on a copy of the object keeps that from running again: $name', ({ copy }) => {
    expect(decide(snapshot({ object: copy }), SETTINGS)).toMatchObject({
      action: 'Finish',
      reason: 'RestoredObject',
    });
  });
});

describe('what stands on the Job', () => {
  test('held, removed before it is let go: it starts all the same', async () => {
    const simulation = new Simulation();
    await simulation.reconcile(JUST_MADE_A_JOB);
    expect(simulation.jobs).toHaveLength(1);
    strip(simulation, JOBS);

    await simulation.settle();

    expect(succeeded(simulation)?.reason).toBe('Verified');
    expect(simulation.workers.started).toHaveLength(1);
  });

  test('held, removed: a Job that somebody else suspends later is not taken for it', () => {
    const job = jobObject({ spec: { suspend: true } });

    expect(decide(started({ job, status: recordedStatus() }), SETTINGS)).toEqual({
      action: 'ReleaseJob',
    });
    expect(
      decide(started({ job, status: recordedStatus({ attempts: 0 }) }), SETTINGS),
    ).toMatchObject({
      action: 'Follow',
      message: expect.stringContaining('suspended by somebody else') as unknown,
    });
  });

  test('spec-hash, removed: a spec that was never edited has not changed, any other counts as changed', () => {
    const job = jobObject({ annotations: { [ANNOTATIONS.specHash]: '' } });

    expect(decide(started({ job }), SETTINGS)).toMatchObject({ specChanged: false });
    expect(
      decide(
        started({
          job,
          metadata: { generation: 2, annotations: { [ANNOTATIONS.startedUid]: UID } },
        }),
        SETTINGS,
      ),
    ).toMatchObject({ specChanged: true });
  });

  test('labels and names, removed from Job and pods: they only wake us, and we look anyway', async () => {
    const simulation = new Simulation();
    await simulation.settle(1);
    strip(simulation, JOBS);
    strip(simulation, PODS);

    await simulation.settle();

    expect(succeeded(simulation)?.reason).toBe('Verified');
  });

  test('copied to a Job of somebody else make it none of ours', () => {
    const labels = { [LABELS.synchronizationUid]: UID };
    const job = jobObject({ ownerUid: 'somebody-else', metadata: { labels } });

    expect(decide(started({ job }), SETTINGS)).toMatchObject({ reason: 'WorkerLost' });
  });
});

test('an object that is made of the YAML of one that has run does not run', async () => {
  const simulation = new Simulation();
  await simulation.settle();
  const { annotations } = simulation.synchronization!.metadata;
  const name = 'made-of-its-yaml';
  simulation.kube.put(SYNCHRONIZATIONS, {
    metadata: { namespace: NAMESPACE, name, annotations },
    spec: SPEC,
    status: { observedGeneration: -1 },
  });

  await simulation.settle(2, { ...KEY, name });

  const copy = simulation.kube.object(SYNCHRONIZATIONS, { ...KEY, name });
  const { conditions } = copy?.status as SynchronizationStatus;
  expect(findCondition(conditions, 'Succeeded')?.reason).toBe('RestoredObject');
  expect(simulation.workers.started).toHaveLength(1);
});

describe('what is read from the marks', () => {
  test('names what ran before: the UID of the note, or the Job of the status', () => {
    const noted = { annotations: { [ANNOTATIONS.startedUid]: 'before' } };
    const jobName = `${NAME}-0f0f0f0f`;
    const of = (input: Parameters<typeof synchronizationObject>[0]) =>
      restoredFrom(snapshot({ object: synchronizationObject(input) }));
    expect(of({ metadata: noted })).toBe('UID before');
    expect(of({ status: recordedStatus({ jobName }) })).toBe(`Job ${jobName}`);
    expect(of({ status: recordedStatus() })).toBeUndefined();
    expect(of({})).toBeUndefined();
  });

  test('a Job that is marked is held, whatever was counted before', () => {
    const given = started({ status: recordedStatus({ attempts: 1 }) });
    const job = (annotations: Record<string, string>) => parseJob(jobObject({ annotations }));
    expect(isHeldBack(job({ [ANNOTATIONS.held]: 'true' }), given)).toBe(true);
    expect(isHeldBack(job({}), given)).toBe(false);
  });

  test('the note of a start is missed only where there was one, and the object stays', () => {
    const deletionTimestamp = '2026-03-28T00:09:00Z';
    const bare = { annotations: {} };
    expect(isMarkGone(started({ metadata: bare }))).toBe(true);
    expect(isMarkGone(started({ metadata: { ...bare, deletionTimestamp } }))).toBe(false);
    expect(isMarkGone(started())).toBe(false);
    expect(isMarkGone(snapshot())).toBe(false);
  });
});
