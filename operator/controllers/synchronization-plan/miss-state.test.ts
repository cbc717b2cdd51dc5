import { describe, expect, test } from '@jest/globals';
import { slotName } from '../../../api/names.ts';
import { at, iso, PLAN, snapshot, type ChildInput, type PlanInput } from './testing/builders.ts';
import { condition, decideOn } from './testing/decided.ts';

const LEDGER = {
  evaluatedThrough: iso('09:00'),
  schedule: '0 * * * ?',
  timeZone: 'UTC',
  total: 0,
  byReason: {},
};
const ENDED: ChildInput = { slot: '09:00', state: 'Succeeded', ended: '09:05' };

function plan(status: object, spec: object = {}, reason = 'Scheduled'): PlanInput {
  return {
    metadata: { creationTimestamp: iso('08:30') },
    spec: { ...spec },
    status: {
      observedGeneration: 1,
      conditions: [condition('Ready', 'True', reason)],
      lastScheduleTime: iso('09:00'),
      ...status,
    },
  };
}

function missesOf(input: PlanInput, now: string, children: readonly ChildInput[] = [ENDED]) {
  return decideOn(snapshot(input, children), at(now)).status.misses;
}

describe('what was missed is judged by the schedule that was in force', () => {
  test('another time zone is another schedule: what came until now is settled by the one before', () => {
    const edited = plan({ misses: LEDGER }, { timeZone: 'Asia/Kolkata' });
    expect(missesOf(edited, '11:10:30')).toMatchObject({
      ...{ evaluatedThrough: iso('11:10:30'), timeZone: 'Asia/Kolkata', byReason: { Down: 2 } },
      last: [
        { time: iso('11:00'), reason: 'Down' },
        { time: iso('10:00'), reason: 'Down' },
      ],
    });
  });

  test('the one before is reckoned in its own time zone', () => {
    const misses = { ...LEDGER, timeZone: 'Asia/Kolkata' };
    expect(missesOf(plan({ misses }), '11:10')?.last).toEqual([
      { time: iso('10:30'), reason: 'Down' },
      { time: iso('09:30'), reason: 'Down' },
    ]);
  });

  test('one that was not edited settles nothing that may still be run', () => {
    const misses = { ...LEDGER, timeZone: 'Asia/Kolkata' };
    const same = plan({ misses }, { timeZone: 'Asia/Kolkata' });
    expect(missesOf(same, '10:10')?.evaluatedThrough).toBe(iso('09:29:59'));
  });

  test('a plan that is refused from its beginning has no count of what it missed', () => {
    const refused = { spec: { schedule: 'whenever' } };
    expect(decideOn(snapshot(refused), at('10:10')).status).not.toHaveProperty('misses');
  });

  test('that a count is only a lower bound stays known', () => {
    const misses = { ...LEDGER, lowerBound: true };
    expect(missesOf(plan({ misses }), '11:10')).toMatchObject({ lowerBound: true });
    expect(missesOf(plan({ misses: LEDGER }), '11:10')).not.toHaveProperty('lowerBound');
  });
});

describe('a plan of which nothing is counted yet', () => {
  test('begins with its last run, and before the first one with its creation', () => {
    const before = { conditions: [], lastScheduleTime: iso('10:00') };
    expect(missesOf(plan(before), '12:10', [])?.last).toEqual([
      { time: iso('11:00'), reason: 'Down' },
    ]);
    const first = { conditions: [], lastScheduleTime: undefined };
    expect(missesOf(plan(first), '11:10', [])?.last).toEqual([
      { time: iso('10:00'), reason: 'Down' },
      { time: iso('09:00'), reason: 'Down' },
    ]);
  });

  test('says while it is suspended that all is settled through its last run', () => {
    const before = { lastScheduleTime: iso('10:00') };
    const suspended = plan(before, { suspend: true }, 'Suspended');
    expect(missesOf(suspended, '12:10', [])?.evaluatedThrough).toBe(iso('10:00'));
  });
});

describe('a schedule that counts from a moment', () => {
  const every = { schedule: '@every 1h' };
  const misses = { ...LEDGER, ...every };

  test('counts from the last run', () => {
    const status = { misses: { ...misses, evaluatedThrough: iso('09:20') } };
    const ran = plan({ ...status, lastScheduleTime: iso('09:20') }, every);
    const child: ChildInput = { ...ENDED, slot: '09:20' };
    expect(missesOf(ran, '12:25', [child])?.last).toEqual([
      { time: iso('11:20'), reason: 'Down' },
      { time: iso('10:20'), reason: 'Down' },
    ]);
  });

  test('counts from the creation before the first run', () => {
    const status = { misses: { ...misses, evaluatedThrough: iso('08:30') } };
    const never = plan({ ...status, lastScheduleTime: undefined }, every);
    expect(missesOf(never, '11:35', [])?.last).toEqual([
      { time: iso('10:30'), reason: 'Down' },
      { time: iso('09:30'), reason: 'Down' },
    ]);
  });
});

test('a run of somebody else at that time is no run of this plan', () => {
  const foreign: ChildInput = { slot: '10:00', state: 'Succeeded', ownerUid: 'another-plan' };
  expect(missesOf(plan({ misses: LEDGER }), '12:10', [ENDED, foreign])?.byReason).toEqual({
    Down: 2,
  });
});

describe('onResume: WaitNext', () => {
  const wait = { onResume: 'WaitNext' };

  test('settles nothing for a plan that was not suspended: its last run is caught up', () => {
    const decision = decideOn(snapshot(plan({ misses: LEDGER }, wait), [ENDED]), at('10:10'));
    expect(decision.start?.name).toBe(slotName(PLAN, at('10:00')));
  });

  test('settles nothing while the plan is suspended: a suspended plan costs nothing', () => {
    const suspended = plan({ misses: LEDGER }, { ...wait, suspend: true }, 'Suspended');
    expect(missesOf(suspended, '13:10')?.evaluatedThrough).toBe(iso('09:00'));
  });
});
