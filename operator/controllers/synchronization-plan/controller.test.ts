import { describe, expect, test } from '@jest/globals';
import { runNowName } from '../../../api/names.ts';
import { KubeApiError } from '../../kube/errors.ts';
import { controllerReference, parseKubeObject } from '../../kube/objects.ts';
import {
  EVENTS,
  JOBS,
  PODS,
  SYNCHRONIZATION_PLANS,
  SYNCHRONIZATIONS,
} from '../../kube/resources.ts';
import { planOfChild } from './controller.ts';
import { NAMESPACE, PLAN } from './testing/builders.ts';
import { KEY, Simulation } from './testing/simulation.ts';

const MINUTE_MS = 60_000;

function statusOf(simulation: Simulation): Record<string, unknown> {
  return simulation.plan.status as Record<string, unknown>;
}

const GET_PLAN = `GET synchronizationplans/${PLAN}`;
/** The calls of a start. */
const START = ['POST synchronizations', 'POST events', `PUT synchronizationplans/${PLAN}/status`];

/** What a process asks of the API server in one look. */
async function callsOf(simulation: Simulation): Promise<readonly string[]> {
  const before = simulation.kube.calls.length;
  await simulation.reconcile();
  return simulation.kube.calls.slice(before).map(({ method, path }) => {
    return `${method} ${path.replace(/^.*\/(events|synchronization\w*)/, '$1')}`;
  });
}

/** The API server answers so to the creation of Synchronizations, or of the one that is named. */
function refuseCreates(simulation: Simulation, error: Error, name?: string): void {
  simulation.refuse = ({ method, path, body }) => {
    const isCreate = method === 'POST' && path.endsWith('/synchronizations');
    const isMeant = name === undefined || JSON.stringify(body ?? {}).includes(`"name":"${name}"`);
    return isCreate && isMeant ? error : undefined;
  };
}

describe('a plan for every minute', () => {
  test('makes one Synchronization a minute, named by slot, and trims the history', async () => {
    const simulation = new Simulation({ spec: { successfulSynchronizationsHistoryLimit: 2 } });
    for (let minute = 1; minute <= 5; minute++) {
      await simulation.clock.advance(MINUTE_MS);
      await simulation.settle();
      expect(statusOf(simulation)['active']).toMatchObject([
        { name: simulation.childName(minute) },
      ]);
      simulation.endChildren();
      await simulation.settle();
    }

    expect([...simulation.made.keys()]).toEqual(
      [1, 2, 3, 4, 5].map((minute) => simulation.childName(minute)),
    );
    expect(simulation.children.map((child) => child.metadata.name)).toEqual(
      [4, 5].map((minute) => simulation.childName(minute)),
    );
    expect(statusOf(simulation)).toMatchObject({
      lastScheduleTime: '2026-03-28T00:05:00Z',
      lastSuccessfulTime: '2026-03-28T00:05:00Z',
      lastSnapshotTime: '2026-03-28T00:05:00Z',
      nextScheduleTime: '2026-03-28T00:06:00Z',
    });
  });

  test('writes nothing when there is nothing to say', async () => {
    const simulation = new Simulation();
    await simulation.settle();
    const writes = simulation.kube.writes.length;

    await simulation.clock.advance(MINUTE_MS - 1);
    await simulation.reconcile();

    expect(simulation.kube.writes).toHaveLength(writes);
  });

  test('takes three calls to the server and one event for a start', async () => {
    const simulation = new Simulation();
    await simulation.settle();
    await simulation.clock.advance(MINUTE_MS);

    expect(await callsOf(simulation)).toEqual([GET_PLAN, ...START]);
  });

  describe('does not ask for the plan before a start', () => {
    test('where the watch shows what the process itself wrote last', async () => {
      const simulation = new Simulation({ isOneProcess: true });
      await simulation.settle();
      await simulation.clock.advance(MINUTE_MS);

      expect(await callsOf(simulation)).toEqual(START);
    });

    test('but does where somebody else has changed it', async () => {
      const simulation = new Simulation({ isOneProcess: true });
      await simulation.settle();
      const { plan } = simulation;
      const metadata = { ...plan.metadata, labels: { team: 'a' } };
      simulation.kube.put(SYNCHRONIZATION_PLANS, { ...plan, metadata });
      await simulation.clock.advance(MINUTE_MS);

      expect(await callsOf(simulation)).toEqual([GET_PLAN, ...START]);
    });

    test('but does where another process may have led meanwhile', async () => {
      const simulation = new Simulation({ isOneProcess: true });
      await simulation.settle();
      simulation.term = {};
      await simulation.clock.advance(MINUTE_MS);

      expect(await callsOf(simulation)).toEqual([GET_PLAN, ...START]);
    });

    test('but does where the watch is behind', async () => {
      const simulation = new Simulation({ isOneProcess: true });
      await simulation.settle();
      const before = simulation.plan;
      await simulation.clock.advance(MINUTE_MS);
      await simulation.settle();
      simulation.cachedPlan = before;

      expect(await callsOf(simulation)).toEqual([GET_PLAN]);
    });
  });
});

describe('a name that is taken', () => {
  test('by something else: it is left alone and told of, and the next slot runs', async () => {
    const simulation = new Simulation();
    const foreign = { metadata: { namespace: NAMESPACE, name: simulation.childName(1) } };
    simulation.kube.put(SYNCHRONIZATIONS, foreign);
    await simulation.clock.advance(MINUTE_MS);

    // Tried again each time, told once.
    await simulation.reconcile();
    await simulation.reconcile();

    expect(statusOf(simulation)['active']).toBeUndefined();
    expect(simulation.eventReasons).toEqual(['FailedCreate']);
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    expect(statusOf(simulation)['active']).toMatchObject([{ name: simulation.childName(2) }]);
    expect(simulation.children.map((child) => child.metadata.name)).toContain(
      simulation.childName(1),
    );
  });

  test('by a child whose slot was another of the same minute: both are settled', async () => {
    const simulation = new Simulation({ spec: { schedule: '@every 30s' } });
    for (let half = 0; half < 4; half++) {
      await simulation.clock.advance(MINUTE_MS / 2);
      await simulation.settle();
      simulation.endChildren();
      await simulation.settle();
    }

    expect(simulation.made.size).toBe(3);
    expect(statusOf(simulation)['lastScheduleTime']).toBe('2026-03-28T00:02:00Z');
  });
});

describe('a watch that is behind', () => {
  test('of plans does not run a slot again whose child is gone', async () => {
    const simulation = new Simulation();
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    const newest = simulation.plan;
    simulation.removeChild(simulation.childName(1));
    // The cache shows a plan that has never run: only what the server says may start anything.
    const stale = { ...newest, status: { observedGeneration: -1 } };
    simulation.cachedPlan = stale;

    await simulation.reconcile();

    expect(simulation.children).toEqual([]);
  });

  test('of plans does not tell twice of what was told a moment ago', async () => {
    const simulation = new Simulation();
    await simulation.settle();
    const before = simulation.plan;
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    const writes = simulation.kube.writes.length;
    simulation.cachedPlan = before;

    await simulation.reconcile();

    expect(simulation.kube.writes).toHaveLength(writes);
  });

  test('does not take another object of that name for the child', async () => {
    const simulation = new Simulation({ seesNoChildren: true });
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    simulation.removeChild(simulation.childName(1));
    const foreign = { metadata: { namespace: NAMESPACE, name: simulation.childName(1) } };
    simulation.kube.put(SYNCHRONIZATIONS, foreign);

    await simulation.settle();

    expect(statusOf(simulation)['active']).toBeUndefined();
  });

  test('lets a child that is really gone go', async () => {
    const simulation = new Simulation();
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    simulation.removeChild(simulation.childName(1));

    await simulation.settle();

    expect(statusOf(simulation)['active']).toBeUndefined();
    expect(simulation.eventReasons).toContain('MissingJob');
  });
});

describe('a child whose owner reference, labels and annotations somebody removes', () => {
  /** A run of minute 1 that goes on and that nobody controls any more. */
  async function released(spec: object = {}): Promise<Simulation> {
    const simulation = new Simulation({ spec });
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    const child = simulation.children[0]!;
    const metadata = { ...child.metadata, labels: {}, annotations: {}, ownerReferences: [] };
    simulation.kube.put(SYNCHRONIZATIONS, { ...child, metadata });
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    return simulation;
  }

  test('still goes on: it is not told of as missing, and no other starts beside it', async () => {
    const simulation = await released();

    expect(statusOf(simulation)['active']).toMatchObject([{ name: simulation.childName(1) }]);
    expect(simulation.eventReasons).not.toContain('MissingJob');
    expect([...simulation.made.keys()]).toEqual([simulation.childName(1)]);
  });

  test('is followed to its end, counts, and is not deleted with the history', async () => {
    const simulation = await released({ successfulSynchronizationsHistoryLimit: 0 });
    simulation.endChildren();

    await simulation.settle();

    expect([...simulation.made.keys()]).toEqual(
      [1, 2].map((minute) => simulation.childName(minute)),
    );
    expect(simulation.children.map(({ metadata }) => metadata.name)).toContain(
      simulation.childName(1),
    );
    expect(simulation.eventReasons).toContain('SawCompletedJob');
    expect(statusOf(simulation)).toMatchObject({
      lastSuccessfulTime: '2026-03-28T00:02:00Z',
      lastSnapshotTime: '2026-03-28T00:02:00Z',
    });
  });

  test('still wakes its plan, by its name', async () => {
    const simulation = await released();

    expect(simulation.children.map(planOfChild)).toEqual([[KEY]]);
  });
});

test('what nobody controls and no plan made wakes none', () => {
  const simulation = new Simulation();
  const other = { metadata: { namespace: NAMESPACE, name: 'by-hand' } };
  expect(planOfChild(simulation.kube.put(SYNCHRONIZATIONS, other))).toEqual([]);
});

describe('a server that refuses', () => {
  test.each([
    { code: 403, reason: 'Forbidden', message: 'exceeded quota: small, used: 3, limited: 3' },
    {
      code: 403,
      reason: 'Forbidden',
      message: 'admission webhook "policy" denied the request: no',
    },
    { code: 422, reason: 'Invalid', message: 'spec.config: must not be so' },
    { code: 500, reason: 'InternalError', message: 'failed calling webhook "policy": no answer.' },
  ])('a create, saying "$message": condition and one event, then it starts', async (answer) => {
    const spec = { successfulSynchronizationsHistoryLimit: 1 };
    const simulation = new Simulation({ spec });
    for (const minute of [1, 2]) {
      await simulation.clock.advance(MINUTE_MS);
      await simulation.settle();
      simulation.endChildren();
      if (minute === 1) await simulation.settle();
    }
    await simulation.clock.advance(MINUTE_MS);
    refuseCreates(simulation, new KubeApiError({ ...answer, request: 'POST synchronizations' }));

    // Tried again each time, told once.
    expect((await simulation.reconcile()).error).toBeUndefined();
    expect(await simulation.reconcile()).toMatchObject({ requeueAfterMs: 10_000 });

    const message = `The API server refused to create Synchronization ${simulation.childName(3)}: ${answer.message.replace(/\.$/, '')}. It is tried again every 10 s.`;
    const expected = { reason: 'CreateRefused', message };
    expect(statusOf(simulation)['conditions']).toEqual([
      expect.objectContaining({ type: 'Ready', status: 'False', ...expected }),
      expect.objectContaining({ type: 'Stalled', status: 'True', ...expected }),
    ]);
    // The run stays due, and the history was trimmed before, which may be what the quota needs.
    expect(statusOf(simulation)['nextScheduleTime']).toBe('2026-03-28T00:03:00Z');
    expect(simulation.children.map((child) => child.metadata.name)).toEqual([
      simulation.childName(2),
    ]);
    expect(simulation.eventReasons.filter((reason) => reason === 'FailedCreate')).toHaveLength(1);
    simulation.refuse = undefined;
    await simulation.settle();
    expect(statusOf(simulation)).toMatchObject({
      active: [{ name: simulation.childName(3) }],
      conditions: [{ type: 'Ready', status: 'True', reason: 'Scheduled' }],
    });
  });

  test('in other words each time: that is one event', async () => {
    const simulation = new Simulation();
    for (const minute of [1, 2, 3]) {
      const message = `exceeded quota: small, used: ${minute}, limited: 1`;
      const answer = { code: 403, reason: 'Forbidden', message, request: '' };
      refuseCreates(simulation, new KubeApiError(answer));
      await simulation.clock.advance(MINUTE_MS);
      await simulation.reconcile();
    }

    const failures = simulation.kube
      .objects(EVENTS)
      .filter(({ reason }) => reason === 'FailedCreate');
    expect(failures).toMatchObject([
      { count: 3, message: expect.stringContaining('used: 3, limited: 1') as unknown },
    ]);
  });

  test('a create that it may accept a moment later: the reconcile fails, and is tried again', async () => {
    const simulation = new Simulation();
    await simulation.clock.advance(MINUTE_MS);
    const answer = { code: 503, reason: 'ServiceUnavailable', message: 'try again' };
    const busy = new KubeApiError({ ...answer, request: 'POST synchronizations' });
    refuseCreates(simulation, busy);

    const { error } = await simulation.reconcile();

    expect(error).toBe(busy);
    expect(simulation.eventReasons).toEqual(['FailedCreate']);
    simulation.refuse = undefined;
    await simulation.settle();
    expect(statusOf(simulation)['active']).toMatchObject([{ name: simulation.childName(1) }]);
  });

  test('a run by hand: it is told, the schedule goes on, and the run starts later', async () => {
    const simulation = new Simulation({ spec: { schedule: '*/2 * * * *' } });
    simulation.askToRunNow('now');
    const byHand = runNowName(PLAN, 'now');
    const answer = { code: 403, reason: 'Forbidden', message: 'exceeded quota' };
    refuseCreates(
      simulation,
      new KubeApiError({ ...answer, request: 'POST synchronizations' }),
      byHand,
    );
    await simulation.reconcile();
    await simulation.reconcile();

    expect(statusOf(simulation)['conditions']).toMatchObject([
      {
        ...{ type: 'Ready', status: 'True', reason: 'Scheduled' },
        message: `Runs next at 2026-03-28T00:02:00Z. The run-now annotation has started nothing yet. The API server refused to create Synchronization ${byHand}: exceeded quota. It is tried again every 10 s.`,
      },
    ]);
    expect(simulation.eventReasons).toEqual(['FailedCreate']);
    await simulation.clock.advance(2 * MINUTE_MS);
    await simulation.reconcile();
    expect([...simulation.made.keys()]).toEqual([simulation.childName(2)]);
    simulation.endChildren();
    simulation.refuse = undefined;
    await simulation.settle();
    expect([...simulation.made.keys()]).toEqual([simulation.childName(2), byHand]);
  });

  test('a delete: it is told, and the next run starts all the same', async () => {
    const simulation = new Simulation({ spec: { successfulSynchronizationsHistoryLimit: 0 } });
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    simulation.endChildren();
    await simulation.clock.advance(MINUTE_MS);
    simulation.refuse = ({ method }) => (method === 'DELETE' ? new Error('no') : undefined);

    await simulation.reconcile();

    expect(simulation.eventReasons).toContain('FailedDelete');
    expect(statusOf(simulation)['active']).toMatchObject([{ name: simulation.childName(2) }]);
  });
});

test('a plan that is gone is nothing to do', async () => {
  const simulation = new Simulation();
  simulation.kube.remove(SYNCHRONIZATION_PLANS, KEY);
  simulation.cachedPlan = null;
  expect(await simulation.reconcile()).toMatchObject({ calls: 0, died: false });
});

test('run now: one run for each token, echoed, beside the schedule', async () => {
  const simulation = new Simulation({ spec: { suspend: true } });
  for (const token of ['one', 'two']) {
    simulation.askToRunNow(token);
    await simulation.settle();
    simulation.endChildren();
    await simulation.settle();
    expect(statusOf(simulation)).toMatchObject({ lastRunNowToken: token });
  }
  expect([...simulation.made.keys()]).toEqual(
    ['one', 'two'].map((token) => runNowName(PLAN, token)),
  );
  expect(simulation.children[0]?.metadata.ownerReferences).toEqual([
    controllerReference(simulation.plan),
  ]);
});

test('deleting a plan takes its running Synchronization along, with Job and pod, and makes no other', async () => {
  const simulation = new Simulation();
  await simulation.clock.advance(MINUTE_MS);
  await simulation.settle();
  const { kube } = simulation;
  const at = { namespace: NAMESPACE, name: 'worker' };
  // As the synchronization controller and the Job controller make them.
  kube.put(JOBS, {
    metadata: { ...at, ownerReferences: [controllerReference(simulation.children[0]!)] },
  });
  kube.put(PODS, {
    metadata: { ...at, ownerReferences: [controllerReference(kube.object(JOBS, at)!)] },
  });
  const seen = simulation.plan;

  kube.remove(SYNCHRONIZATION_PLANS, KEY);
  // The watch still shows it, and the next slot is due.
  simulation.cachedPlan = seen;
  await simulation.clock.advance(MINUTE_MS);
  await simulation.reconcile();

  expect([SYNCHRONIZATIONS, JOBS, PODS].map((type) => kube.objects(type))).toEqual([[], [], []]);
});

describe('what makes the controller look at a plan', () => {
  const child = (name: string, ownerReferences: readonly object[]) =>
    parseKubeObject({
      apiVersion: 'automation.astronetes.io/v1alpha1',
      kind: 'Synchronization',
      metadata: { name, namespace: NAMESPACE, uid: 'u', resourceVersion: '1', ownerReferences },
    });
  const owner = (kind: string) => ({
    ...{ apiVersion: 'automation.astronetes.io/v1alpha1', kind, name: 'its-owner', uid: 'p' },
    controller: true,
  });
  const named = `${PLAN}-24394140`;

  test('is the owner of a Synchronization, whatever its name', () => {
    expect(planOfChild(child('any', [owner('SynchronizationPlan')]))).toEqual([
      { namespace: NAMESPACE, name: 'its-owner' },
    ]);
  });

  test('is its name where it has no owner any more, and nothing where it has another one', () => {
    expect(planOfChild(child(named, []))).toEqual([{ namespace: NAMESPACE, name: PLAN }]);
    expect(planOfChild(child(named, [owner('Deployment')]))).toEqual([]);
  });
});

test('a plan that is gone, and that only the watch still shows, is left alone', async () => {
  const simulation = new Simulation();
  await simulation.settle();
  simulation.cachedPlan = simulation.plan;
  simulation.kube.remove(SYNCHRONIZATION_PLANS, KEY);
  await simulation.clock.advance(MINUTE_MS);
  const { error } = await simulation.reconcile();
  expect(error).toBeUndefined();
  expect(simulation.children).toEqual([]);
});

test('a look that leads to no end is given up, and tried again later', async () => {
  const simulation = new Simulation();
  await simulation.settle();
  simulation.askToRunNow('please');
  const { kube } = simulation;
  const request = kube.request.bind(kube);
  // A server that says yes to the note of the UID, and does not keep it.
  let notes = 0;
  kube.request = (call) => {
    if (call.method !== 'PATCH') return request(call);
    notes += 1;
    return notes > 20 ? Promise.reject(new Error('enough')) : Promise.resolve(simulation.plan);
  };
  const { error } = await simulation.reconcile();
  expect(error).toEqual(new Error('no end after 8 steps'));
});

describe('before more than a status is written', () => {
  test('the plan is asked for: a cache may be behind', async () => {
    const simulation = new Simulation({ spec: { successfulSynchronizationsHistoryLimit: 0 } });
    await simulation.settle();
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    simulation.endChildren();
    expect((await callsOf(simulation))[0]).toBe(GET_PLAN);
    simulation.askToRunNow('please');
    expect((await callsOf(simulation))[0]).toBe(GET_PLAN);
  });

  test('the plan is asked for before a deletion that was refused is tried again', async () => {
    const simulation = new Simulation({ spec: { successfulSynchronizationsHistoryLimit: 0 } });
    await simulation.settle();
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    simulation.endChildren();
    const refused = new KubeApiError({ code: 403, reason: 'x', message: 'no', request: 'DELETE' });
    simulation.refuse = ({ method }) => (method === 'DELETE' ? refused : undefined);
    for (let look = 0; look < 2; look += 1) await simulation.reconcile();
    expect(simulation.children).toHaveLength(1);
    simulation.refuse = undefined;
    const calls = await callsOf(simulation);
    expect(calls[0]).toBe(GET_PLAN);
    expect(calls).toContainEqual(expect.stringMatching(/^DELETE synchronizations/));
  });

  test('and it is not where only the status changes', async () => {
    const simulation = new Simulation();
    expect(await callsOf(simulation)).toEqual([`PUT synchronizationplans/${PLAN}/status`]);
  });
});
