import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runNowName, slotName } from '../../../api/names.ts';
import type {
  PlanMisses,
  SynchronizationPlanStatus,
} from '../../../api/v1alpha1/synchronization-plan-status.ts';
import { SYNCHRONIZATION_PLANS } from '../../kube/resources.ts';
import { ScheduleParser } from '../../schedule/schedule-parser.ts';
import { decide, type Decision } from './decide.ts';
import { at, iso, PLAN, snapshot, type ChildInput, type PlanInput } from './testing/builders.ts';
import { Simulation, type Death } from './testing/simulation.ts';

const MINUTE_MS = 60_000;

/** What the status says after nine o'clock's run, looked at then. */
function ledgerAtNine(changes: Partial<PlanMisses> = {}): PlanMisses {
  return {
    evaluatedThrough: iso('09:00'),
    schedule: '0 * * * ?',
    timeZone: 'UTC',
    total: 0,
    byReason: {},
    ...changes,
  };
}

function planAtNine(changes: object = {}, reason = 'Scheduled'): PlanInput {
  const type = 'Ready';
  const lastTransitionTime = iso('09:00');
  return {
    metadata: { creationTimestamp: iso('08:30') },
    status: {
      observedGeneration: 1,
      lastScheduleTime: iso('09:00'),
      conditions: [{ type, status: 'True', reason, message: '', lastTransitionTime }],
      misses: ledgerAtNine(),
      ...changes,
    },
  };
}

/** What is written of misses at last, after everything that follows at once. */
function missesAfter(plan: PlanInput, children: readonly ChildInput[], now: Date): PlanMisses {
  const { status } = decided(plan, children, now);
  if (status.misses === undefined) throw new Error('the status has no misses');
  return status.misses;
}

function decided(plan: PlanInput, children: readonly ChildInput[], now: Date): Decision {
  const decision = decide(snapshot(plan, children), now, new ScheduleParser());
  if (decision === undefined) throw new Error('nothing was decided');
  if (decision.start?.slot === undefined) return decision;
  const slot = decision.start.slot.toISOString().slice(11, 19);
  return decided(plan, [...children, { slot }], now);
}

const ENDED: ChildInput = { slot: '09:00', state: 'Succeeded', ended: '09:05' };

describe('why a time of the schedule had no run', () => {
  test('Down: nobody looked, and the newest stands for all', () => {
    expect(missesAfter(planAtNine(), [ENDED], at('13:10'))).toEqual(
      ledgerAtNine({
        evaluatedThrough: iso('13:00'),
        total: 3,
        byReason: { Down: 3 },
        last: ['12:00', '11:00', '10:00'].map((time) => ({ time: iso(time), reason: 'Down' })),
      }),
    );
  });

  test('Overlap: the run before went on until the next was due', () => {
    const misses = missesAfter(planAtNine(), [{ slot: '09:00' }], at('11:00'));

    expect(misses).toMatchObject({ byReason: { Overlap: 1 }, evaluatedThrough: iso('10:59:59') });
    expect(misses.last).toEqual([{ time: iso('10:00'), reason: 'Overlap' }]);
  });

  test('Overlap while a run went on, Down since: the one at its end could have been started', () => {
    const long: ChildInput = { slot: '09:00', state: 'Failed', ended: '11:20' };

    const misses = missesAfter(planAtNine(), [long], at('14:10'));

    expect(misses.last).toEqual([
      { time: iso('13:00'), reason: 'Down' },
      { time: iso('12:00'), reason: 'Down' },
      { time: iso('11:00'), reason: 'Down' },
      { time: iso('10:00'), reason: 'Overlap' },
    ]);
  });

  test('Overlap, too, if its end was only seen when the next had come', () => {
    const justOver: ChildInput = { slot: '09:00', state: 'Failed', ended: '10:59:55' };

    expect(missesAfter(planAtNine(), [justOver], at('12:10')).last).toEqual([
      { time: iso('11:00'), reason: 'Down' },
      { time: iso('10:00'), reason: 'Overlap' },
    ]);
  });

  test('Down until a run by hand began, Overlap from then on', () => {
    const metadata = { creationTimestamp: iso('11:30') };
    const byHand: ChildInput = { name: runNowName(PLAN, 'please'), metadata };

    expect(missesAfter(planAtNine(), [ENDED, byHand], at('13:10')).last).toEqual([
      { time: iso('12:00'), reason: 'Overlap' },
      { time: iso('11:00'), reason: 'Down' },
      { time: iso('10:00'), reason: 'Down' },
    ]);
  });

  test('not Overlap under Allow: it may start beside the other', () => {
    const plan = { ...planAtNine(), spec: { concurrencyPolicy: 'Allow' } };

    expect(missesAfter(plan, [{ slot: '09:00' }], at('11:00')).byReason).toEqual({ Down: 1 });
  });

  test('Deadline: it could have been caught up, but for startingDeadlineSeconds', () => {
    const plan = { ...planAtNine(), spec: { startingDeadlineSeconds: 60 } };

    expect(missesAfter(plan, [ENDED], at('12:02')).last).toEqual([
      { time: iso('12:00'), reason: 'Deadline' },
      { time: iso('11:00'), reason: 'Down' },
      { time: iso('10:00'), reason: 'Down' },
    ]);
  });

  test.each([
    { onResume: 'RunLatest', byReason: { Suspended: 2 }, through: '12:00' },
    { onResume: 'WaitNext', byReason: { Suspended: 3 }, through: '12:30' },
  ])('Suspended, counted when it is resumed: $onResume', ({ onResume, byReason, through }) => {
    const plan = { ...planAtNine({}, 'Suspended'), spec: { onResume } };

    expect(missesAfter(plan, [ENDED], at('12:30'))).toMatchObject({
      byReason,
      evaluatedThrough: iso(through),
    });
  });

  test('while suspended nothing is counted, and nothing written', () => {
    const plan = { ...planAtNine({}, 'Suspended'), spec: { suspend: true } };

    expect(missesAfter(plan, [ENDED], at('12:30'))).toEqual(ledgerAtNine());
  });

  test('what was missed before it was suspended keeps its reason', () => {
    const plan = { ...planAtNine(), spec: { suspend: true } };

    const misses = missesAfter(plan, [ENDED], at('12:30'));

    // The newest may yet be run by onResume.
    expect(misses).toMatchObject({ byReason: { Down: 2 }, evaluatedThrough: iso('11:59:59') });
  });
});

describe('an edit of the schedule', () => {
  test('settles what was due by the old one, which is counted', () => {
    const plan = { ...planAtNine(), spec: { schedule: '30 * * * *' } };

    expect(missesAfter(plan, [{ slot: '09:00' }], at('11:40'))).toEqual(
      ledgerAtNine({
        evaluatedThrough: iso('11:40'),
        schedule: '30 * * * *',
        total: 2,
        byReason: { Overlap: 2 },
        last: ['11:00', '10:00'].map((time) => ({ time: iso(time), reason: 'Overlap' })),
      }),
    );
  });

  test('of the time zone is one, too', () => {
    const plan = { ...planAtNine(), spec: { timeZone: 'Asia/Kolkata' } };

    const misses = missesAfter(plan, [ENDED], at('10:30'));

    expect(misses).toMatchObject({
      timeZone: 'Asia/Kolkata',
      byReason: { Down: 1 },
      evaluatedThrough: iso('10:30'),
    });
  });

  test('that writes UTC out is none', () => {
    const plan = { ...planAtNine(), spec: { timeZone: 'UTC' } };

    expect(missesAfter(plan, [ENDED], at('09:30'))).toEqual(ledgerAtNine());
  });
});

test('a plan that is refused promises nothing: counted until then, and again once mended', () => {
  const broken = { ...planAtNine(), spec: { schedule: 'no' } };
  const { status } = decided(broken, [ENDED], at('10:30'));
  expect(status.misses).toMatchObject({ byReason: { Down: 1 }, evaluatedThrough: iso('10:30') });
  expect(status.misses?.schedule).toBeUndefined();

  const still = decided({ ...broken, status }, [ENDED], at('12:30'));
  expect(still.status.misses).toEqual(status.misses);

  const mended = { ...planAtNine(), status: still.status };
  expect(missesAfter(mended, [ENDED], at('13:30'))).toEqual({
    ...status.misses,
    evaluatedThrough: iso('13:30'),
    schedule: '0 * * * ?',
    timeZone: 'UTC',
  });
});

test('a status without a ledger begins one now, never in the future', () => {
  const plan = planAtNine({ misses: undefined, nextScheduleTime: iso('11:00') });

  expect(missesAfter(plan, [ENDED], at('10:30')).evaluatedThrough).toBe(iso('10:30'));
});

test('a clock set back counts nothing twice', () => {
  const ahead = missesAfter(planAtNine(), [ENDED], at('13:10'));
  const plan = planAtNine({ misses: ahead, lastScheduleTime: iso('13:00') });

  expect(missesAfter(plan, [ENDED], at('10:10'))).toEqual(ahead);
});

test('years are counted one back, and marked as a lower bound', () => {
  const plan = { metadata: { creationTimestamp: '2010-01-01T00:00:00Z' } };

  const { lowerBound, total, last } = missesAfter(plan, [], at('10:10'));

  expect({ lowerBound, total, named: last?.length }).toEqual({
    lowerBound: true,
    // The newest is run.
    total: 366 * 24 - 1,
    named: 10,
  });
});

test('runs that nobody started are told of once', () => {
  const told = decided(planAtNine(), [ENDED], at('13:10'));
  expect(told.events.filter(({ reason }) => reason === 'MissedRuns')).toEqual([
    {
      type: 'Normal',
      reason: 'MissedRuns',
      cause: 'missed runs',
      note: `Missed 3 runs, the last of them due at ${iso('12:00')}: nobody started it, because the operator did not run or could not create it. status.misses counts them.`,
    },
  ]);
  const again = decided({ ...planAtNine(), status: told.status }, [{ slot: '13:00' }], at('13:11'));
  expect(again.events).toEqual([]);
});

/** One thing that happens to a plan for every minute, or to its operator. */
type Happening =
  | { readonly kind: 'works' | 'down'; readonly minutes: number }
  | { readonly kind: 'jump'; readonly minutes: number }
  | { readonly kind: 'dies'; readonly death: Death }
  | { readonly kind: 'end' | 'suspend' | 'resume' };

const happenings = fc.oneof(
  fc.record({
    kind: fc.constantFrom('works' as const, 'down' as const),
    minutes: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ kind: fc.constant('jump' as const), minutes: fc.integer({ min: -9, max: 9 }) }),
  fc.record({
    kind: fc.constant('dies' as const),
    death: fc.record({
      call: fc.nat(5),
      side: fc.constantFrom('before' as const, 'after' as const),
    }),
  }),
  fc.record({ kind: fc.constantFrom('end' as const, 'suspend' as const, 'resume' as const) }),
);

async function happen(happening: Happening, simulation: Simulation): Promise<void> {
  const { clock, kube } = simulation;
  switch (happening.kind) {
    case 'works':
      for (let minute = 0; minute < happening.minutes; minute++) {
        await clock.advance(MINUTE_MS);
        await simulation.settle();
      }
      return;
    case 'down':
      return clock.advance(happening.minutes * MINUTE_MS);
    case 'jump':
      return void clock.jumpTo(new Date(clock.now().getTime() + happening.minutes * MINUTE_MS));
    case 'dies':
      return void (await simulation.reconcile(happening.death));
    case 'end':
      return void simulation.endChildren();
    default: {
      const { plan } = simulation;
      const spec = { ...(plan.spec as object), suspend: happening.kind === 'suspend' };
      kube.put(SYNCHRONIZATION_PLANS, { ...plan, spec });
    }
  }
}

test('whatever happens, every time of the schedule was run once or stands in the ledger', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(happenings, { maxLength: 14 }),
      fc.constantFrom('RunLatest', 'WaitNext'),
      fc.constantFrom('Forbid', 'Allow'),
      fc.constantFrom(0, 3),
      async (events, onResume, concurrencyPolicy, successfulSynchronizationsHistoryLimit) => {
        const spec = { onResume, concurrencyPolicy, successfulSynchronizationsHistoryLimit };
        const simulation = new Simulation({ spec });
        const start = simulation.clock.now().getTime();
        for (const event of [...events, { kind: 'resume' } as const, { kind: 'end' } as const]) {
          await happen(event, simulation);
        }
        await simulation.settle();

        const { misses } = simulation.plan.status as SynchronizationPlanStatus;
        const throughMs = Date.parse(misses?.evaluatedThrough ?? '');
        const slots = Math.floor((throughMs - start) / MINUTE_MS);
        const names = Array.from({ length: slots }, (_, index) => simulation.childName(index + 1));
        const runs = [...simulation.made.keys()];
        expect(runs.filter((name) => !names.includes(name))).toEqual([]);
        expect([...simulation.made.values()].filter((uids) => uids.size !== 1)).toEqual([]);
        expect(runs.length + (misses?.total ?? 0)).toBe(slots);
        const named = (misses?.last ?? []).map(({ time }) => slotName(PLAN, new Date(time)));
        expect(named.filter((name) => runs.includes(name))).toEqual([]);
      },
    ),
    { numRuns: 120 },
  );
});
