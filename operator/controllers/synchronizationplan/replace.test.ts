import { describe, expect, test } from '@jest/globals';
import { LABELS } from '../../../api/labels.ts';
import { runNowName } from '../../../api/names.ts';
import type { SynchronizationPlanStatus } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import { KubeApiError } from '../../kube/errors.ts';
import { EVENTS, JOBS, PODS } from '../../kube/resources.ts';
import { NAMESPACE } from './testing/builders.ts';
import { Simulation } from './testing/simulation.ts';

const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

/** A plan for every minute whose first run goes on, with a Job and a pod, when the second is due. */
async function running(spec: object = {}): Promise<Simulation> {
  const simulation = new Simulation({ spec: { concurrencyPolicy: 'Replace', ...spec } });
  await simulation.clock.advance(MINUTE_MS);
  await simulation.settle();
  for (const type of [JOBS, PODS]) {
    simulation.kube.put(type, {
      metadata: {
        namespace: NAMESPACE,
        name: 'worker',
        labels: { [LABELS.synchronizationUid]: simulation.children[0]!.metadata.uid },
      },
      spec: type === PODS ? { terminationGracePeriodSeconds: 40 } : {},
      status: type === PODS ? { phase: 'Running' } : {},
    });
  }
  await simulation.clock.advance(MINUTE_MS);
  return simulation;
}

function workerEnds({ kube }: Simulation): void {
  for (const type of [JOBS, PODS]) kube.remove(type, { namespace: NAMESPACE, name: 'worker' });
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
      `Synchronization ${simulation.childName(1)} was told to stop 100 s ago, and pod/worker, job/worker is still there. The next one starts all the same: the fence lets only one of them write.`,
    );
  });

  test('waits for a Job whose pod has not come yet', async () => {
    const simulation = await running();
    simulation.kube.remove(PODS, { namespace: NAMESPACE, name: 'worker' });

    await simulation.settle();

    expect(namesOf(simulation)).toEqual([]);
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
