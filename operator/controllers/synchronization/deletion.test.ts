import { describe, expect, test } from '@jest/globals';
import { findCondition } from '../../../api/conditions.ts';
import { ANNOTATIONS } from '../../../api/labels.ts';
import type { SynchronizationStatus } from '../../../api/v1alpha1/synchronization-status.ts';
import { keyOf } from '../../kube/objects.ts';
import { JOBS, SYNCHRONIZATIONS } from '../../kube/resources.ts';
import { decide } from './decide.ts';
import {
  endedPod,
  jobEnd,
  jobObject,
  pod,
  recordedStatus,
  report,
  SETTINGS,
  snapshot,
  SPEC,
  started,
  synchronizationObject,
  UID,
} from './testing/builders.ts';
import { JUST_MADE_A_JOB, Simulation } from './testing/simulation.ts';

const GOING = { deletionTimestamp: '2026-03-28T00:09:00Z', finalizers: ['somebody.example/keep'] };
const HELD = { annotations: { [ANNOTATIONS.held]: 'true' }, spec: { suspend: true } };

/** Somebody deletes it, and a finalizer keeps it. */
function deleteWithFinalizer({ kube, synchronization }: Simulation): void {
  const object = synchronization!;
  kube.put(SYNCHRONIZATIONS, { ...object, metadata: { ...object.metadata, ...GOING } });
}

function outcomeOf({ synchronization }: Simulation): string | undefined {
  const { conditions } = synchronization?.status as SynchronizationStatus;
  const succeeded = findCondition(conditions, 'Succeeded');
  return `${succeeded?.status}/${succeeded?.reason}`;
}

describe('a Synchronization that is being deleted and that somebody’s finalizer keeps', () => {
  test.each([
    {
      name: 'nothing was begun',
      given: snapshot({ object: synchronizationObject({ metadata: GOING }) }),
    },
    {
      name: 'it waited for a Database',
      given: snapshot({ object: synchronizationObject({ metadata: GOING }), source: null }),
    },
    {
      name: 'its Job was made and not recorded',
      given: snapshot({
        object: synchronizationObject({
          metadata: { ...GOING, annotations: { [ANNOTATIONS.startedUid]: UID } },
        }),
        job: jobObject(HELD),
      }),
    },
    {
      name: 'its Job was recorded and not let go',
      given: started({ metadata: GOING, job: jobObject(HELD) }),
    },
  ])('starts nothing, and is over: $name', ({ given }) => {
    expect(decide(given, SETTINGS)).toMatchObject({
      action: 'Finish',
      succeeded: false,
      reason: 'Deleted',
      message: 'This object was deleted before its worker was started: nothing was copied.',
    });
  });

  test.each([
    { name: 'runs', input: { pods: [pod({ phase: 'Running', state: { running: {} } })] } },
    { name: 'is tried again', input: { pods: [endedPod(40)] } },
  ])('is followed while its worker $name', ({ input }) => {
    expect(decide(started({ metadata: GOING, ...input }), SETTINGS)).toMatchObject({
      action: 'Follow',
    });
  });

  test('ends as its worker ends', () => {
    const job = jobObject({ status: jobEnd('Complete') });
    const given = started({ metadata: GOING, job, pods: [endedPod(0, { report: report() })] });

    expect(decide(given, SETTINGS)).toMatchObject({ action: 'Finish', reason: 'Verified' });
  });

  test('is over when its Job goes first', () => {
    const status = recordedStatus({ attempts: 1 });
    const given = snapshot({ object: synchronizationObject({ metadata: GOING, status }) });

    expect(decide(given, SETTINGS)).toMatchObject({
      action: 'Finish',
      reason: 'Deleted',
      message: expect.stringContaining('its Job went before it reported') as unknown,
    });
  });

  test('is neither deleted again nor judged once it has ended', () => {
    const status = recordedStatus({ completionTime: '2026-03-28T00:05:00Z' });
    const spec = { ...SPEC, ttlSecondsAfterFinished: 0 };
    const job = jobObject({ status: jobEnd('Complete') });
    const metadata = { ...GOING, generation: 2 };

    expect(decide(started({ metadata, status, spec, job }), SETTINGS)).toEqual({
      action: 'Nothing',
    });
  });

  test('tells its outcome although it was deleted while its worker ran', async () => {
    const simulation = new Simulation();
    await simulation.settle(1);
    deleteWithFinalizer(simulation);

    await simulation.settle();

    expect(outcomeOf(simulation)).toBe('True/Verified');
    expect(simulation.workers.started).toHaveLength(1);
  });

  test('leaves no Job behind that was never let go', async () => {
    const simulation = new Simulation();
    await simulation.reconcile(JUST_MADE_A_JOB);
    expect(simulation.jobs).toHaveLength(1);
    deleteWithFinalizer(simulation);

    await simulation.settle();

    expect(outcomeOf(simulation)).toBe('False/Deleted');
    expect(simulation.jobs).toEqual([]);
    expect(simulation.workers.started).toEqual([]);
  });

  test('tells that its Job was deleted with it', async () => {
    const simulation = new Simulation();
    await simulation.settle(1);
    await simulation.reconcile();
    deleteWithFinalizer(simulation);
    simulation.kube.remove(JOBS, keyOf(simulation.jobs[0]!));

    await simulation.settle();

    expect(outcomeOf(simulation)).toBe('False/Deleted');
  });
});
