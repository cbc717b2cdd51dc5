/** The pure conformance vectors of CronJob v2 (utils_test.go); H is an hour, times count from it. */
import { describe, expect, test } from '@jest/globals';
import { parseGoDuration } from '../../api/duration.ts';
import { ScheduleParser } from './schedule-parser.ts';
import {
  dueSlot,
  missedSlots,
  mostRecentScheduleTime,
  nextScheduleTimeDuration,
  nextSlot,
  SLOT_PADDING_MS,
  TOO_MANY_MISSED,
  type SlotState,
} from './slots.ts';

const H = Date.parse('2016-05-19T10:00:00Z');

/** `+1h30m`, `-10m`, `0`: that long after or before H. */
function at(offset: string): Date {
  const durationMs = parseGoDuration(offset.replace(/^[+-]/, ''));
  return new Date(
    H + (offset.startsWith('-') ? -1 : 1) * (offset === '0' ? 0 : (durationMs ?? NaN)),
  );
}

interface Given {
  readonly schedule: string;
  readonly created: string;
  readonly last?: string;
  readonly deadline?: number;
}

function stateOf({ schedule, created, last, deadline }: Given): SlotState {
  const owner = { namespace: 'default', name: 'plan' };
  const parsed = new ScheduleParser().parse({ schedule, owner });
  if (!parsed.ok) throw new Error(parsed.problem);
  return {
    schedule: parsed.schedule,
    creationTime: at(created),
    lastScheduleTime: last === undefined ? undefined : at(last),
    startingDeadlineSeconds: deadline,
  };
}

function howMany(missed: number): 'none' | 'few' | 'many' {
  if (missed === 0) return 'none';
  return missed > TOO_MANY_MISSED ? 'many' : 'few';
}

describe('MostRecentScheduleTime', () => {
  const hourly = '0 * * * *';
  const fourHourly = '30 6-16/4 * * 1-5';
  const rows: (Given & {
    name: string;
    now: string;
    slot?: string;
    missed: string;
    earliest: string;
  })[] = [
    {
      name: 'now before next schedule',
      schedule: hourly,
      created: '0',
      now: '+30s',
      missed: 'none',
      earliest: '0',
    },
    {
      name: 'now just after next schedule',
      schedule: hourly,
      created: '0',
      now: '+61m',
      slot: '+60m',
      missed: 'few',
      earliest: '0',
    },
    {
      name: 'missed 5 schedules',
      schedule: hourly,
      created: '+10s',
      now: '+301m',
      slot: '+300m',
      missed: 'few',
      earliest: '+10s',
    },
    {
      name: 'complex schedule',
      schedule: fourHourly,
      created: '0',
      last: '+30m',
      now: '+24h31m',
      slot: '+24h30m',
      missed: 'few',
      earliest: '+30m',
    },
    {
      name: 'complex schedule, longer difference between executions',
      schedule: fourHourly,
      created: '0',
      last: '+30m',
      now: '+96h31m',
      slot: '+96h30m',
      missed: 'few',
      earliest: '+30m',
    },
    {
      name: 'complex schedule, shorter difference between executions',
      schedule: fourHourly,
      created: '0',
      now: '+24h31m',
      slot: '+24h30m',
      missed: 'few',
      earliest: '0',
    },
    {
      name: '@every schedule',
      schedule: '@every 1h',
      created: '-59m',
      last: '+1m',
      now: '+168h',
      slot: '+167h1m',
      missed: 'many',
      earliest: '+1m',
    },
    {
      name: 'every five minutes, one minute later',
      schedule: '*/5 * * * *',
      created: '0',
      last: '+30m',
      now: '+31m',
      missed: 'none',
      earliest: '+30m',
    },
    {
      name: 'deadline moves the earliest time',
      schedule: '*/5 * * * *',
      created: '0',
      last: '+30m',
      deadline: 60,
      now: '+32m',
      missed: 'none',
      earliest: '+31m',
    },
    // Differs: CronJob's estimate overshoots here and finds nothing (Thursday 10:30 to Friday 16:30).
    {
      name: 'another complex schedule: irregular, and exact all the same',
      schedule: '30 10,11,12 * * 1-5',
      created: '0',
      last: '+30m',
      now: '+30h30m',
      slot: '+26h30m',
      missed: 'few',
      earliest: '+30m',
    },
  ];
  test.each(rows)('$name', (row) => {
    const found = mostRecentScheduleTime(stateOf(row), at(row.now));
    expect({ ...found, missed: howMany(found.missed) }).toEqual({
      earliest: at(row.earliest),
      mostRecent: row.slot === undefined ? undefined : at(row.slot),
      missed: row.missed,
    });
  });

  test('rogue cronjob: a date that never comes has no next slot', () => {
    const state = stateOf({ schedule: '59 23 31 2 *', created: '+10s' });
    expect(mostRecentScheduleTime(state, at('+1h')).mostRecent).toBeUndefined();
    expect(nextSlot(state, at('+1h'))).toBeUndefined();
  });
});

describe('NextScheduleTime', () => {
  const schedule = '0 * * * ?';
  test.each([
    { name: 'nothing known, nothing due', created: '-10m', now: '-7m', slot: undefined },
    { name: 'nothing known, one due', created: '-10m', now: '+2s', slot: '0' },
    { name: 'run before, nothing due', created: '-10m', last: '0', now: '+2m', slot: undefined },
    { name: 'run before, one due', created: '-10m', last: '0', now: '+65m', slot: '+60m' },
    { name: 'two due: the newest', created: '-2h', last: '-1h', now: '+65m', slot: '+60m' },
    {
      name: 'ten days later, no deadline',
      created: '-2h',
      last: '-1h',
      now: '+241h',
      slot: '+241h',
    },
    {
      name: 'ten days later, deadline of two hours',
      created: '-2h',
      last: '-1h',
      deadline: 7200,
      now: '+241h',
      slot: '+241h',
    },
  ])('$name', ({ slot, now, ...given }) => {
    const due = dueSlot(stateOf({ schedule, ...given }), at(now));
    expect(due).toEqual(slot === undefined ? undefined : { time: at(slot), isLate: false });
  });

  test('a date that never comes is never due, and nothing comes next', () => {
    const state = stateOf({ schedule: '59 23 31 2 *', created: '-10m' });
    expect(dueSlot(state, at('+241h'))).toBeUndefined();
    expect(nextScheduleTimeDuration(state, at('+241h'))).toBeUndefined();
  });
});

describe('NextScheduleTimeDuration', () => {
  test.each([
    {
      name: 'complex schedule skipping weekend',
      schedule: '30 6-16/4 * * 1-5',
      last: '+30m',
      now: '+24h31m',
      expected: '3h59m',
    },
    {
      name: 'another complex schedule skipping weekend',
      schedule: '30 10,11,12 * * 1-5',
      last: '+30m',
      now: '+30h30m',
      expected: '66h',
    },
    {
      name: 'once a week cronjob, missed two runs',
      schedule: '0 12 * * 4',
      last: '+2h',
      now: '+457h30m',
      expected: '48h30m',
    },
    {
      name: 'no previous run of a monthly cronjob',
      schedule: '0 12 * * 5',
      now: '+6h',
      expected: '20h',
    },
  ])('$name', ({ expected, now, ...given }) => {
    const state = stateOf({ created: '0', ...given });
    const expectedMs = (parseGoDuration(expected) ?? NaN) + SLOT_PADDING_MS;
    expect(nextScheduleTimeDuration(state, at(now))).toBe(expectedMs);
  });
});

test('a slot is looked at a tenth of a second late, as by CronJob: clocks are a little off', () => {
  const state = stateOf({ schedule: '0 * * * *', created: '0' });
  expect(nextScheduleTimeDuration(state, at('+59m59s'))).toBe(1100);
});

describe('UpdateCronJob: how long until the slot of an edited schedule', () => {
  test.each([
    { name: 'hourly becomes every minute', schedule: '*/1 * * * *', expected: '1s' },
    { name: '@every 1m becomes 3m', schedule: '@every 3m', expected: '2m1s' },
    { name: '@every 3m becomes 1m', schedule: '@every 1m', expected: '1s' },
  ])('$name', ({ schedule, expected }) => {
    const state = stateOf({ schedule, created: '-2h', last: '-1m' });
    const expectedMs = (parseGoDuration(expected) ?? NaN) + SLOT_PADDING_MS;
    expect(nextScheduleTimeDuration(state, at('-1s'))).toBe(expectedMs);
  });
});

describe('@every', () => {
  test.each([
    { name: 'not time', created: '-1m', now: '0', due: undefined, wait: '59m' },
    {
      name: 'time',
      created: '-61m',
      now: '-1m',
      due: { time: at('-1m'), isLate: false },
      wait: '1h',
    },
    // Differs: CronJob's anchor slides with the deadline, so that this plan would never run.
    {
      name: 'past the deadline',
      created: '-61m',
      deadline: 10,
      now: '-49s',
      due: { time: at('-1m'), isLate: true },
      wait: '59m49s',
    },
    {
      name: 'within the deadline',
      created: '-61m',
      deadline: 1_000_000,
      now: '-51s',
      due: { time: at('-1m'), isLate: false },
      wait: '59m51s',
    },
    {
      name: 'deadline of ten seconds, on time',
      created: '-61m',
      deadline: 10,
      now: '-55s',
      due: { time: at('-1m'), isLate: false },
      wait: '59m55s',
    },
    { name: 'ran, not time', created: '-61m', last: '-1m', now: '0', due: undefined, wait: '59m' },
    {
      name: 'ran, time',
      created: '-61m',
      last: '-1m',
      now: '+1h',
      due: { time: at('+59m'), isLate: false },
      wait: '59m',
    },
    {
      name: 'a week missed',
      created: '-61m',
      last: '+1m',
      now: '+168h',
      due: { time: at('+167h1m'), isLate: false },
      wait: '1m',
    },
    {
      name: 'a week missed, past the deadline',
      created: '-61m',
      last: '+1m',
      deadline: 10,
      now: '+168h1m11s',
      due: { time: at('+168h1m'), isLate: true },
      wait: '59m49s',
    },
  ])('$name', ({ due, wait, now, ...given }) => {
    const state = stateOf({ schedule: '@every 1h', ...given });
    expect(dueSlot(state, at(now))).toEqual(due);
    expect(nextScheduleTimeDuration(state, at(now))).toBe(
      (parseGoDuration(wait) ?? NaN) + SLOT_PADDING_MS,
    );
  });
});

describe('the deadline', () => {
  test.each([
    { now: '+10s', isLate: false },
    { now: '+11s', isLate: true },
  ])('of ten seconds, $now after the slot: late $isLate', ({ now, isLate }) => {
    const state = stateOf({ schedule: '0 * * * *', created: '-1m', deadline: 10 });
    expect(dueSlot(state, at(now))).toEqual({ time: at('0'), isLate });
  });
});

describe('what is settled', () => {
  test('is not due any more, and not missed', () => {
    const state = stateOf({ schedule: '0 * * * *', created: '-1m' });
    expect(dueSlot({ ...state, notBefore: at('+1s') }, at('+30m'))).toBeUndefined();
    expect(missedSlots({ ...state, notBefore: at('+1s') }, at('+30m'))).toBe(0);
    expect(dueSlot({ ...state, notBefore: at('0') }, at('+30m'))?.time).toEqual(at('0'));
  });
});

describe('missed slots', () => {
  test('a week of hours is counted exactly', () => {
    expect(missedSlots(stateOf({ schedule: '0 * * * *', created: '0' }), at('+168h'))).toBe(168);
  });

  test('the deadline excludes what is older', () => {
    const state = stateOf({ schedule: '0 * * * *', created: '0', deadline: 7200 });
    expect(missedSlots(state, at('+168h'))).toBe(2);
  });

  test('an irregular schedule is counted exactly', () => {
    // Thursday 11:30 and 12:30, Friday 10:30, 11:30, 12:30.
    const state = stateOf({ schedule: '30 10,11,12 * * 1-5', created: '0', last: '+30m' });
    expect(missedSlots(state, at('+30h30m'))).toBe(5);
  });

  test('a clock set back makes nothing due and waits for the slot after the last one', () => {
    const state = stateOf({ schedule: '0 * * * *', created: '-2h', last: '0' });
    expect(dueSlot(state, at('-30m'))).toBeUndefined();
    expect(nextSlot(state, at('-30m'))).toEqual(at('+1h'));
  });
});
