/**
 * CronJob v2's conformance vectors that are about what the API server and the watches say; those
 * of the decision alone are in cronjob-vectors.test.ts. A plan for every minute, and the names of
 * the vectors.
 */
import { describe, expect, test } from '@jest/globals';
import type { SynchronizationPlanStatus } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import { FakeClock } from '../../../testing/fake-clock.ts';
import { eventually } from '../../../testing/eventually.ts';
import { KubeApiError } from '../../kube/errors.ts';
import { EVENTS, SYNCHRONIZATION_PLANS, SYNCHRONIZATIONS } from '../../kube/resources.ts';
import { FakeKube } from '../../kube/testing/fake-kube.ts';
import { InformerSet } from '../../runtime/informer.ts';
import { createOperatorMetrics } from '../../runtime/metrics.ts';
import { RecordingLogger } from '../../runtime/testing/recording-logger.ts';
import { synchronizationPlanControllers } from './build.ts';
import { NAMESPACE, SPEC } from './testing/builders.ts';
import { KEY, Simulation } from './testing/simulation.ts';

const MINUTE_MS = 60_000;
const WAIT = { timeoutMs: 60_000 };

function statusOf({ plan }: Simulation): SynchronizationPlanStatus {
  return plan.status as SynchronizationPlanStatus;
}

function warningsOf({ kube }: Simulation): readonly unknown[] {
  return kube
    .objects(EVENTS)
    .filter((event) => event['type'] === 'Warning')
    .map((event) => event['reason']);
}

function answer(code: number, reason: string, message: string): KubeApiError {
  return new KubeApiError({ code, reason, message, request: 'of the test' });
}

describe('TestControllerV2SyncCronJob', () => {
  test('ran, is time, create answers AlreadyExists: no error, and the status is written', async () => {
    const simulation = new Simulation({ seesNoChildren: true });
    await simulation.clock.advance(MINUTE_MS);
    await simulation.reconcile({ call: 1, side: 'after' });
    expect(statusOf(simulation).active).toBeUndefined();

    expect((await simulation.reconcile()).error).toBeUndefined();

    expect(statusOf(simulation)).toMatchObject({
      lastScheduleTime: '2026-03-28T00:01:00Z',
      active: [{ name: simulation.childName(1), scheduledTime: '2026-03-28T00:01:00Z' }],
    });
    expect(simulation.eventReasons).toEqual(['SuccessfulCreate']);
    expect([...simulation.made.values()].map((uids) => uids.size)).toEqual([1]);
  });

  test('active, is time, replace, GET fails: one warning, and what is active stays', async () => {
    const spec = { concurrencyPolicy: 'Replace' };
    const simulation = new Simulation({ spec, seesNoChildren: true });
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    await simulation.clock.advance(MINUTE_MS);
    const no = answer(400, 'BadRequest', 'request is invalid');
    simulation.refuse = ({ method, path }) =>
      method === 'GET' && path.includes('/synchronizations/') ? no : undefined;

    expect((await simulation.reconcile()).error).toBe(no);

    expect(warningsOf(simulation)).toEqual(['FailedGet']);
    expect(statusOf(simulation).active).toMatchObject([{ name: simulation.childName(1) }]);
    expect(simulation.children.map(({ metadata }) => metadata.name)).toEqual([
      simulation.childName(1),
    ]);
    simulation.refuse = undefined;
    await simulation.settle();
    expect([...simulation.made.keys()]).toEqual(
      [1, 2].map((minute) => simulation.childName(minute)),
    );
  });

  test('active, the lister lacks the Job, GET finds it: nothing is started, active 1', async () => {
    const simulation = new Simulation({ seesNoChildren: true });
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    await simulation.clock.advance(MINUTE_MS);

    await simulation.settle();

    expect(statusOf(simulation).active).toMatchObject([{ name: simulation.childName(1) }]);
    expect([...simulation.made.keys()]).toEqual([simulation.childName(1)]);
  });

  test('differs: namespace terminating: no create, and no error that would be retried', async () => {
    const simulation = new Simulation();
    await simulation.clock.advance(MINUTE_MS);
    simulation.kube.terminateNamespace(NAMESPACE);

    const { error } = await simulation.reconcile();

    expect(error).toBeUndefined();
    expect(simulation.children).toEqual([]);
    // Nobody is left to read it, and the plan will be gone in a moment.
    expect(JSON.stringify(statusOf(simulation))).not.toContain('CreateRefused');
  });
});

describe('AlreadyExists', () => {
  test('owned, not active: one write, which adds the reference', async () => {
    const simulation = new Simulation({ seesNoChildren: true });
    await simulation.clock.advance(MINUTE_MS);
    await simulation.reconcile({ call: 1, side: 'after' });
    const before = simulation.kube.writes.length;

    await simulation.reconcile();

    const puts = simulation.kube.writes.slice(before).filter(({ method }) => method === 'PUT');
    expect(puts).toMatchObject([
      { body: { status: { active: [{ name: simulation.childName(1) }] } } },
    ]);
  });

  test.each([
    { who: 'nobody', ownerReferences: [] },
    {
      who: 'another plan',
      ownerReferences: [
        {
          apiVersion: 'automation.astronetes.io/v1alpha1',
          kind: 'SynchronizationPlan',
          ...{ name: 'another', uid: 'uid-of-another', controller: true },
        },
      ],
    },
  ])('differs: owned by $who: left alone as by CronJob, but told of', async (foreign) => {
    const simulation = new Simulation();
    const { ownerReferences } = foreign;
    const { metadata } = simulation.kube.put(SYNCHRONIZATIONS, {
      metadata: { namespace: NAMESPACE, name: simulation.childName(1), ownerReferences },
    });
    await simulation.clock.advance(MINUTE_MS);

    await simulation.reconcile();

    expect(statusOf(simulation).active).toBeUndefined();
    expect(simulation.children).toMatchObject([{ metadata }]);
    expect(warningsOf(simulation)).toEqual(['FailedCreate']);
  });
});

test('CleanupFinishedJobs: limit 1, two done, create fails on quota: the oldest is deleted', async () => {
  const simulation = new Simulation({ spec: { successfulSynchronizationsHistoryLimit: 1 } });
  await simulation.clock.advance(MINUTE_MS);
  await simulation.settle();
  simulation.endChildren();
  await simulation.clock.advance(MINUTE_MS);
  await simulation.settle();
  simulation.endChildren();
  await simulation.clock.advance(MINUTE_MS);
  const quota = answer(403, 'Forbidden', 'exceeded quota: small, used: 2, limited: 2');
  simulation.refuse = ({ method, path }) =>
    method === 'POST' && path.endsWith('/synchronizations') ? quota : undefined;

  await simulation.reconcile();

  expect(simulation.children.map(({ metadata }) => metadata.name)).toEqual([
    simulation.childName(2),
  ]);
});

test('UpdateCronJob: a changed template is looked at now, not when the next slot comes', async () => {
  const clock = new FakeClock(new Date('2026-03-28T00:00:10Z'));
  const kube = new FakeKube({ clock });
  const logger = new RecordingLogger();
  const metrics = createOperatorMetrics();
  const informers = new InformerSet({ api: kube, clock, logger, namespaces: [] });
  const context = { api: kube, informers, clock, logger, metrics, identity: 'pod-a' };
  const controllers = synchronizationPlanControllers(context);
  const plan = kube.put(SYNCHRONIZATION_PLANS, { metadata: { ...KEY }, spec: SPEC });
  const stop = new AbortController();
  const term = { stop: stop.signal, abort: new AbortController().signal, drainMs: 0 };
  const ended = [
    informers.run(stop.signal),
    ...controllers.map((controller) => controller.run(term)),
  ];
  const observed = (generation: number) => () => {
    const status = kube.object(SYNCHRONIZATION_PLANS, KEY)?.status as SynchronizationPlanStatus;
    return status?.observedGeneration === generation;
  };
  await eventually(observed(plan.metadata.generation), WAIT);
  const { template } = SPEC;
  const spec = { ...template.spec, config: { ...template.spec.config, rootPath: '/other' } };

  const edited = kube.put(SYNCHRONIZATION_PLANS, {
    ...plan,
    spec: { ...SPEC, template: { spec } },
  });

  // The clock stands still: nothing but the change itself can have led here.
  expect(edited.metadata.generation).toBe(plan.metadata.generation + 1);
  await eventually(observed(edited.metadata.generation), WAIT);
  stop.abort();
  await Promise.all(ended);
});
