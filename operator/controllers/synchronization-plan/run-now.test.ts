import { describe, expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { runNowHash, runNowName } from '../../../api/names.ts';
import type { SynchronizationPlanStatus } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import { KubeApiError } from '../../kube/errors.ts';
import { EVENTS } from '../../kube/resources.ts';
import { factsOf } from './facts.ts';
import type { RunNow } from './run-now.ts';
import { PLAN, PLAN_UID, snapshot, type ChildInput } from './testing/builders.ts';
import { Simulation } from './testing/simulation.ts';

const MINUTE_MS = 60_000;
const OTHER_UID = 'cccccccc-0000-4000-8000-000000000000';

interface Row {
  readonly name: string;
  readonly token?: string;
  readonly notedUid?: string;
  readonly status?: Partial<SynchronizationPlanStatus>;
  readonly children?: readonly ChildInput[];
  readonly is: RunNow['is'];
  readonly needsNote: boolean;
}

const HONOURED = { lastRunNowToken: 'please' };
const MADE: ChildInput = { name: runNowName(PLAN, 'please') };

describe('the run-now annotation', () => {
  test.each<Row>([
    { name: 'that is not there', is: 'Nothing', needsNote: false },
    { name: 'that is empty', token: '', is: 'Nothing', needsNote: false },
    {
      name: 'that is gone, and its note is of another plan',
      notedUid: OTHER_UID,
      is: 'Nothing',
      needsNote: true,
    },
    {
      name: 'that is gone, and its note is of this plan',
      notedUid: PLAN_UID,
      is: 'Nothing',
      needsNote: false,
    },
    { name: 'with a fresh token', token: 'please', is: 'Asked', needsNote: true },
    {
      name: 'with a token that was noted',
      token: 'please',
      notedUid: PLAN_UID,
      is: 'Asked',
      needsNote: false,
    },
    {
      name: 'that came with another plan',
      token: 'please',
      notedUid: OTHER_UID,
      is: 'Foreign',
      needsNote: false,
    },
    {
      name: 'that came with another plan, and was told of',
      token: 'please',
      notedUid: OTHER_UID,
      status: HONOURED,
      is: 'Nothing',
      needsNote: true,
    },
    {
      name: 'that was answered',
      token: 'please',
      notedUid: PLAN_UID,
      status: HONOURED,
      is: 'Nothing',
      needsNote: false,
    },
    {
      name: 'that was answered, and whose note somebody removed',
      token: 'please',
      status: HONOURED,
      is: 'Nothing',
      needsNote: true,
    },
    {
      name: 'that was answered by a child that the status does not know of',
      token: 'please',
      notedUid: PLAN_UID,
      children: [MADE],
      is: 'Nothing',
      needsNote: false,
    },
    {
      name: 'that a child of a plan of the same name was made for, which is gone',
      token: 'please',
      notedUid: PLAN_UID,
      children: [{ ...MADE, ownerUid: OTHER_UID }],
      is: 'Asked',
      needsNote: false,
    },
    {
      name: 'with a token of long ago',
      token: 'please',
      notedUid: PLAN_UID,
      status: {
        lastRunNowToken: 'later',
        runNowTokens: [runNowHash('later'), runNowHash('please')],
      },
      is: 'Used',
      needsNote: false,
    },
  ])(
    '$name: $is, to be noted: $needsNote',
    ({ token, notedUid, status, children, ...expected }) => {
      const annotations = {
        ...(token === undefined ? {} : { [ANNOTATIONS.runNow]: token }),
        ...(notedUid === undefined ? {} : { [ANNOTATIONS.runNowUid]: notedUid }),
      };
      const given = snapshot(
        { metadata: { annotations }, ...(status === undefined ? {} : { status }) },
        children,
      );

      const { is, needsNote } = factsOf(given).runNow;

      expect({ is, needsNote }).toEqual({ is: expected.is, needsNote: expected.needsNote });
    },
  );
});

test('a token that came with another plan is remembered like one that had its run', () => {
  const annotations = { [ANNOTATIONS.runNow]: 'please', [ANNOTATIONS.runNowUid]: OTHER_UID };
  const status = { lastRunNowToken: 'earlier' };

  expect(factsOf(snapshot({ metadata: { annotations }, status }))).toMatchObject({
    lastRunNowToken: 'please',
    runNowTokens: ['please', 'earlier'].map(runNowHash),
  });
});

function statusOf({ plan }: Simulation): SynchronizationPlanStatus {
  return plan.status as SynchronizationPlanStatus;
}

function notedUid({ plan }: Simulation): string | undefined {
  return plan.metadata.annotations[ANNOTATIONS.runNowUid];
}

function namesOf({ children }: Simulation): readonly string[] {
  return children.map(({ metadata }) => metadata.name);
}

function readyOf(simulation: Simulation): string {
  const conditions = statusOf(simulation).conditions ?? [];
  return conditions.find(({ type }) => type === 'Ready')?.message ?? '';
}

const ONE = runNowName(PLAN, 'one');
const TWO = runNowName(PLAN, 'two');
const SUSPENDED = { spec: { suspend: true } };

describe('a token of run-now', () => {
  test('is noted with the UID of its plan before its run is created', async () => {
    const simulation = new Simulation(SUSPENDED);
    simulation.askToRunNow('one');
    const uidsAtCreation: (string | undefined)[] = [];
    simulation.refuse = ({ method, path }) => {
      if (method === 'POST' && path.endsWith('/synchronizations')) {
        uidsAtCreation.push(notedUid(simulation));
      }
      return undefined;
    };

    await simulation.settle();

    expect(uidsAtCreation).toEqual([simulation.plan.metadata.uid]);
  });

  test('that the plan was created with is honoured', async () => {
    const simulation = new Simulation();
    simulation.askToRunNow('one');

    await simulation.settle();

    expect(namesOf(simulation)).toEqual([ONE]);
  });

  test('is noted while it waits, or a backup taken meanwhile would bring it back as a fresh one', async () => {
    const simulation = new Simulation();
    await simulation.clock.advance(MINUTE_MS);
    await simulation.settle();
    simulation.askToRunNow('one');

    await simulation.settle();

    expect(namesOf(simulation)).toEqual([simulation.childName(1)]);
    expect(notedUid(simulation)).toBe(simulation.plan.metadata.uid);
  });

  test.each([true, false])(
    'that a backup brings back starts nothing and is told of once (suspended: %s)',
    async (suspend) => {
      const simulation = new Simulation({ spec: { suspend } });
      simulation.askToRunNow('one');
      await simulation.settle();
      const before = simulation.plan.metadata.uid;

      simulation.restorePlan();
      await simulation.settle();

      expect(namesOf(simulation)).toEqual([]);
      expect(statusOf(simulation).lastRunNowToken).toBe('one');
      expect(notedUid(simulation)).toBe(simulation.plan.metadata.uid);
      const told = simulation.kube
        .objects(EVENTS)
        .filter(({ reason }) => reason === 'RunNowIgnored');
      expect(told).toMatchObject([{ type: 'Warning', count: 1 }]);
      expect(told[0]?.['message']).toBe(
        `The run-now annotation starts nothing: it came here with another plan (UID ${before}), from a backup or a copy of its YAML. To run now, give another token.`,
      );

      simulation.askToRunNow('two');
      await simulation.settle();
      expect(namesOf(simulation)).toEqual([TWO]);
    },
  );

  test('can be given after a restore that brought none back', async () => {
    const simulation = new Simulation(SUSPENDED);
    simulation.askToRunNow('one');
    await simulation.settle();
    simulation.restorePlan();
    simulation.replaceAnnotations({ [ANNOTATIONS.runNowUid]: OTHER_UID });
    await simulation.settle();

    simulation.askToRunNow('two');
    await simulation.settle();

    expect(namesOf(simulation)).toEqual([TWO]);
  });

  test('whose note somebody removes is noted again, and starts nothing again', async () => {
    const simulation = new Simulation(SUSPENDED);
    simulation.askToRunNow('one');
    await simulation.settle();
    simulation.removeChild(ONE);

    simulation.replaceAnnotations({ [ANNOTATIONS.runNow]: 'one' });
    await simulation.settle();

    expect(namesOf(simulation)).toEqual([]);
    expect(notedUid(simulation)).toBe(simulation.plan.metadata.uid);
  });

  test('starts nothing when it is given again after another, and says so', async () => {
    const simulation = new Simulation(SUSPENDED);
    for (const token of ['one', 'two']) {
      simulation.askToRunNow(token);
      await simulation.settle();
      simulation.endChildren();
      await simulation.settle();
    }
    simulation.removeChild(ONE);

    simulation.askToRunNow('one');
    await simulation.settle();

    expect(namesOf(simulation)).toEqual([TWO]);
    expect(readyOf(simulation)).toContain(
      'The run-now annotation starts nothing: its token has had its run before; give another one.',
    );
  });

  test('is remembered as its child tells it, even if the status never did', async () => {
    const simulation = new Simulation(SUSPENDED);
    simulation.askToRunNow('one');
    // The note, the child, and then nothing more.
    const { calls } = await new Simulation(SUSPENDED).reconcile();
    await simulation.reconcile({ call: calls + 2, side: 'before' });
    expect(namesOf(simulation)).toEqual([ONE]);
    simulation.endChildren();
    simulation.askToRunNow('two');
    await simulation.settle();
    simulation.endChildren();
    await simulation.settle();
    simulation.removeChild(ONE);

    simulation.askToRunNow('one');
    await simulation.settle();

    expect(namesOf(simulation)).toEqual([TWO]);
  });

  test('is forgotten after fifty others', async () => {
    const simulation = new Simulation({
      spec: { suspend: true, successfulSynchronizationsHistoryLimit: 0 },
    });
    for (let run = 0; run < 52; run++) {
      simulation.askToRunNow(`token ${run}`);
      await simulation.settle();
      simulation.endChildren();
      await simulation.settle();
    }

    expect(statusOf(simulation).runNowTokens).toEqual(
      Array.from({ length: 50 }, (_, index) => runNowHash(`token ${51 - index}`)),
    );
  });
});

test('a note that the server refuses keeps the run by hand back, tells why, and lets the schedule go on', async () => {
  const simulation = new Simulation();
  const no = { code: 403, reason: 'Forbidden', message: 'no patches here', request: '' };
  simulation.refuse = ({ method, path }) =>
    method === 'PATCH' && path.includes('/synchronizationplans/')
      ? new KubeApiError(no)
      : undefined;
  simulation.askToRunNow('one');

  expect(await simulation.reconcile()).toMatchObject({ requeueAfterMs: 10_000 });
  await simulation.reconcile();

  expect(namesOf(simulation)).toEqual([]);
  expect(readyOf(simulation)).toContain(
    'The run-now annotation has started nothing yet. The API server refused to let the UID of this plan be noted at it (annotation automation.astronetes.io/run-now-uid), without which a backup could bring the run-now annotation back: no patches here. It is tried again every 10 s.',
  );
  expect(simulation.kube.objects(EVENTS)).toMatchObject([{ reason: 'FailedUpdate', count: 1 }]);
  await simulation.clock.advance(MINUTE_MS);
  await simulation.reconcile();
  expect(namesOf(simulation)).toEqual([simulation.childName(1)]);
  simulation.endChildren();
  simulation.refuse = undefined;
  await simulation.settle();
  expect(namesOf(simulation)).toContain(ONE);
});

test('whichever call the operator dies at, a token runs once, and one from a backup never', async () => {
  const live = async (fate?: { life: number; call: number; side: 'before' | 'after' }) => {
    const simulation = new Simulation(SUSPENDED);
    const calls: number[] = [];
    for (let life = 0; life < 2; life++) {
      if (life === 0) simulation.askToRunNow('one');
      else simulation.restorePlan();
      const first = await simulation.reconcile(fate?.life === life ? fate : undefined);
      const before = simulation.kube.calls.length - first.calls;
      await simulation.settle();
      calls.push(simulation.kube.calls.length - before);
    }
    return { simulation, calls };
  };
  const { calls } = await live();
  for (const [life, count] of calls.entries()) {
    for (let call = 0; call < count; call++) {
      for (const side of ['before', 'after'] as const) {
        const { simulation } = await live({ life, call, side });
        const told = { life, call, side, runs: simulation.made.get(ONE)?.size ?? 0 };
        expect(told).toEqual({ life, call, side, runs: 1 });
        expect({ ...told, made: simulation.made.size }).toEqual({ ...told, made: 1 });
        expect(notedUid(simulation)).toBe(simulation.plan.metadata.uid);
      }
    }
  }
});
