import { describe, expect, test } from '@jest/globals';
import { findCondition } from '../../../api/conditions.ts';
import { LABELS } from '../../../api/labels.ts';
import { jobName, runNowName } from '../../../api/names.ts';
import type { SynchronizationPlanStatus } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import { KubeApiError } from '../../kube/errors.ts';
import { controllerReference, keyOf, type KubeObject, type ObjectKey } from '../../kube/objects.ts';
import { EVENTS, JOBS, PODS, SYNCHRONIZATIONS, type ResourceType } from '../../kube/resources.ts';
import { NAMESPACE } from './testing/builders.ts';
import { Simulation } from './testing/simulation.ts';

const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

/** A plan for every minute whose first run goes on, with a Job and a pod, when the second is due. */
async function running(spec: object = {}): Promise<Simulation> {
  const simulation = new Simulation({ spec: { concurrencyPolicy: 'Replace', ...spec } });
  await simulation.clock.advance(MINUTE_MS);
  await simulation.settle();
  const { metadata } = simulation.children[0]!;
  const labels = { [LABELS.synchronizationUid]: metadata.uid };
  // Without its owner: here, nothing goes before the test says so.
  const job = simulation.kube.put(JOBS, {
    metadata: { namespace: NAMESPACE, name: jobName(metadata), labels },
    spec: {},
    status: {},
  });
  simulation.kube.put(PODS, {
    metadata: { ...POD, labels, ownerReferences: [controllerReference(job)] },
    spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 40 },
    status: { phase: 'Running' },
  });
  await simulation.clock.advance(MINUTE_MS);
  return simulation;
}

const POD: ObjectKey = { namespace: NAMESPACE, name: 'worker' };

/** Changes something of an object as somebody with `kubectl` would. */
function change(simulation: Simulation, type: ResourceType, key: ObjectKey, by: object): void {
  const object = simulation.kube.object(type, key)!;
  const { metadata, ...rest } = by as { metadata?: object };
  simulation.kube.put(type, {
    ...object,
    ...rest,
    metadata: { ...object.metadata, ...metadata },
  });
}

function jobOf({ kube }: Simulation): KubeObject {
  return kube.objects(JOBS)[0]!;
}

/** The Job is gone, and its pod with it. */
function workerEnds(simulation: Simulation): void {
  simulation.kube.remove(JOBS, keyOf(jobOf(simulation)));
}

function statusOf({ plan }: Simulation): SynchronizationPlanStatus {
  return plan.status as SynchronizationPlanStatus;
}

function namesOf({ children }: Simulation): readonly string[] {
  return children.map(({ metadata }) => metadata.name);
}

describe('a run that is due under Replace while another goes on', () => {
  test('stops that one, starts once its worker is gone, and leaves nothing behind', async () => {
    const simulation = await running();

    await simulation.settle();

    expect(namesOf(simulation)).toEqual([]);
    const replacing = simulation.kube.objects(EVENTS).find(({ reason }) => reason === 'Replacing');
    expect(replacing?.['message']).toContain(`replaces ${simulation.childName(1)} (`);
    expect(findCondition(statusOf(simulation).conditions, 'Ready')?.message).toContain(
      `starts once the worker of ${simulation.childName(1)} is gone`,
    );
    expect(statusOf(simulation)).toMatchObject({
      replacing: [{ name: simulation.childName(1), since: '2026-03-28T00:02:00Z' }],
      nextScheduleTime: '2026-03-28T00:02:00Z',
    });
    await simulation.clock.advance(5 * SECOND_MS);
    await simulation.settle();
    expect(namesOf(simulation)).toEqual([]);

    workerEnds(simulation);
    await simulation.settle();

    expect(namesOf(simulation)).toEqual([simulation.childName(2)]);
    expect(statusOf(simulation).replacing).toBeUndefined();
    expect(statusOf(simulation).misses?.total).toBe(0);
    expect(simulation.eventReasons).toEqual(
      expect.arrayContaining(['Replacing', 'SuccessfulDelete', 'SuccessfulCreate']),
    );
    expect(simulation.eventReasons).not.toContain('MissingJob');
  });

  test('looks again every second while it waits', async () => {
    const simulation = await running();

    expect((await simulation.reconcile()).requeueAfterMs).toBe(SECOND_MS);
  });

  test('waits no longer than the grace period and a minute, and says so', async () => {
    const simulation = await running({ startingDeadlineSeconds: 20 });
    await simulation.settle();

    await simulation.clock.advance(99 * SECOND_MS);
    await simulation.settle();
    expect(namesOf(simulation)).toEqual([]);
    await simulation.clock.advance(SECOND_MS);
    await simulation.settle();

    expect(namesOf(simulation)).toEqual([simulation.childName(3)]);
    expect(statusOf(simulation).replacing).toBeUndefined();
    const told = simulation.kube
      .objects(EVENTS)
      .find((event) => event['reason'] === 'ReplacedStillRunning');
    expect(told?.['type']).toBe('Warning');
    expect(told?.['message']).toBe(
      `Synchronization ${simulation.childName(1)} was told to stop 100 s ago, and pod/worker, job/${jobOf(simulation).metadata.name} is still there. The next one starts all the same: the fence lets only one of them write.`,
    );
  });

  test('waits for a Job whose pod has not come yet', async () => {
    const simulation = await running();
    simulation.kube.remove(PODS, { namespace: NAMESPACE, name: 'worker' });

    await simulation.settle();

    expect(namesOf(simulation)).toEqual([]);
  });

  test.each([
    {
      name: 'whose labels somebody removed',
      type: PODS,
      by: { metadata: { labels: {} } },
    },
    {
      name: 'that somebody took from its Job',
      type: PODS,
      by: { metadata: { ownerReferences: [] } },
    },
  ])('waits for a pod $name', async ({ type, by }) => {
    const simulation = await running();
    change(simulation, type, POD, by);
    // Kept from being collected, as one that is still ending.
    change(simulation, PODS, POD, { metadata: { finalizers: ['batch.kubernetes.io/tracking'] } });
    workerEnds(simulation);

    await simulation.settle();
    expect(namesOf(simulation)).toEqual([]);
    change(simulation, PODS, POD, { status: { phase: 'Failed' } });
    await simulation.settle();

    expect(namesOf(simulation)).toEqual([simulation.childName(2)]);
  });

  test('waits for a Job whose labels somebody removed', async () => {
    const simulation = await running();
    simulation.kube.remove(PODS, POD);
    change(simulation, JOBS, keyOf(jobOf(simulation)), { metadata: { labels: {} } });

    await simulation.settle();

    expect(namesOf(simulation)).toEqual([]);
  });

  test('does not wait for a Job that has ended', async () => {
    const simulation = await running();
    const status = { conditions: [{ type: 'Failed', status: 'True' }] };
    change(simulation, JOBS, keyOf(jobOf(simulation)), { status });
    change(simulation, PODS, POD, { status: { phase: 'Failed' } });

    await simulation.settle();

    expect(namesOf(simulation)).toEqual([simulation.childName(2)]);
  });

  test('does not wait for the workers of others', async () => {
    const simulation = await running();
    const { metadata } = jobOf(simulation);
    change(simulation, JOBS, keyOf(jobOf(simulation)), {
      metadata: { ownerReferences: [controllerReference(simulation.plan)] },
    });
    const others = { labels: { 'job-name': `${metadata.name}-2` }, ownerReferences: [] };
    change(simulation, PODS, POD, { metadata: others });

    await simulation.settle();

    expect(namesOf(simulation)).toEqual([simulation.childName(2)]);
  });

  test('waits for one that a finalizer keeps to end, deletes it once, and then waits no longer', async () => {
    const simulation = await running();
    const kept = { namespace: NAMESPACE, name: simulation.childName(1) };
    const finalizers = ['somebody.example/keep'];
    change(simulation, SYNCHRONIZATIONS, kept, { metadata: { finalizers } });
    await simulation.settle();
    await simulation.clock.advance(SECOND_MS);
    await simulation.settle();
    expect(namesOf(simulation)).toEqual([simulation.childName(1)]);
    const deletions = simulation.kube.calls.filter(({ method }) => method === 'DELETE');
    expect(deletions).toHaveLength(1);

    simulation.endChildren();
    workerEnds(simulation);
    await simulation.settle();

    expect(namesOf(simulation)).toEqual([simulation.childName(1), simulation.childName(2)]);
    expect(statusOf(simulation).replacing).toBeUndefined();
    // Its copy counts, although it was told to stop.
    expect(statusOf(simulation).lastSnapshotTime).toBe('2026-03-28T00:02:01Z');
  });

  test('waits no longer than that either for one that a finalizer keeps and that does not end', async () => {
    const simulation = await running();
    const kept = { namespace: NAMESPACE, name: simulation.childName(1) };
    const finalizers = ['somebody.example/keep'];
    change(simulation, SYNCHRONIZATIONS, kept, { metadata: { finalizers } });
    workerEnds(simulation);
    await simulation.settle();
    expect(namesOf(simulation)).toEqual([kept.name]);

    // Without a pod it is given what pods have by default, and the minute.
    await simulation.clock.advance(89 * SECOND_MS);
    await simulation.settle();
    expect(namesOf(simulation)).toEqual([kept.name]);
    await simulation.clock.advance(SECOND_MS);
    await simulation.settle();

    expect(namesOf(simulation)).toEqual([kept.name, simulation.childName(3)]);
    const told = simulation.kube
      .objects(EVENTS)
      .find((event) => event['reason'] === 'ReplacedStillRunning');
    expect(told?.['message']).toContain(`told to stop 90 s ago, and it is still there.`);
  });

  test('tries again to delete what the server would not delete', async () => {
    const simulation = await running();
    const no = new KubeApiError({ code: 403, reason: 'Forbidden', message: 'no', request: '' });
    simulation.refuse = ({ method }) => (method === 'DELETE' ? no : undefined);
    await simulation.reconcile();
    expect(namesOf(simulation)).toEqual([simulation.childName(1)]);

    simulation.refuse = undefined;
    workerEnds(simulation);
    await simulation.settle();

    expect(namesOf(simulation)).toEqual([simulation.childName(2)]);
  });

  test('waits no longer either for what the server will not delete', async () => {
    const simulation = await running();
    const no = new KubeApiError({ code: 403, reason: 'Forbidden', message: 'no', request: '' });
    simulation.refuse = ({ method }) => (method === 'DELETE' ? no : undefined);
    await simulation.reconcile();
    await simulation.clock.advance(100 * SECOND_MS);

    await simulation.reconcile();

    expect(namesOf(simulation)).toEqual([simulation.childName(1), simulation.childName(3)]);
  });

  test('is not dropped by the deadline once others were stopped for it', async () => {
    const simulation = await running({ startingDeadlineSeconds: 10 });
    await simulation.settle();
    await simulation.clock.advance(25 * SECOND_MS);
    workerEnds(simulation);

    await simulation.settle();

    expect(namesOf(simulation)).toEqual([simulation.childName(2)]);
  });
});

test('whichever call the operator dies at, what was stopped is waited for and the slot runs once', async () => {
  const { calls } = await (await running()).reconcile();
  for (let call = 0; call < calls; call++) {
    for (const side of ['before', 'after'] as const) {
      const simulation = await running();
      await simulation.reconcile({ call, side });
      await simulation.settle();
      expect({ call, side, names: namesOf(simulation) }).toEqual({ call, side, names: [] });
      workerEnds(simulation);
      await simulation.settle();
      expect({ call, side, names: namesOf(simulation) }).toEqual({
        call,
        side,
        names: [simulation.childName(2)],
      });
    }
  }
});

test('a run by hand does not begin while what was stopped is still there', async () => {
  const simulation = await running();
  await simulation.settle();
  simulation.askToRunNow('please');

  await simulation.settle();
  expect(namesOf(simulation)).toEqual([]);
  workerEnds(simulation);
  await simulation.settle();

  expect(namesOf(simulation)).toEqual([simulation.childName(2)]);
  // It was not begun and stopped at once, either: its turn is still to come.
  simulation.endChildren();
  await simulation.settle();
  expect(namesOf(simulation)).toContain(runNowName(simulation.plan.metadata.name, 'please'));
});

test('a run by hand stops nothing under Replace: it waits for what goes on', async () => {
  const simulation = new Simulation({ spec: { concurrencyPolicy: 'Replace' } });
  await simulation.clock.advance(MINUTE_MS);
  await simulation.settle();
  simulation.askToRunNow('please');

  await simulation.settle();

  expect(namesOf(simulation)).toEqual([simulation.childName(1)]);
  simulation.endChildren();
  await simulation.settle();
  expect(namesOf(simulation)).toEqual([
    simulation.childName(1),
    runNowName(simulation.plan.metadata.name, 'please'),
  ]);
});
