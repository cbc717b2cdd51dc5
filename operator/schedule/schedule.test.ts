import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Schedule } from './schedule.ts';
import { ScheduleParser } from './schedule-parser.ts';

const MINUTE_MS = 60_000;
const owner = { namespace: 'default', name: 'plan' };
const parser = new ScheduleParser();

function scheduleOf(schedule: string, timeZone = 'UTC'): Schedule {
  const parsed = parser.parse({ schedule, timeZone, owner });
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.schedule;
}

/** Moments at which clocks change, of all the ways they do. */
const CHANGES = [
  { zone: 'Europe/Madrid', at: '2026-03-29T01:00:00Z' },
  { zone: 'Europe/Madrid', at: '2026-10-25T01:00:00Z' },
  { zone: 'America/New_York', at: '2026-03-08T07:00:00Z' },
  { zone: 'America/New_York', at: '2026-11-01T06:00:00Z' },
  { zone: 'Asia/Beirut', at: '2024-03-30T22:00:00Z' },
  { zone: 'America/Havana', at: '2026-11-01T05:00:00Z' },
  { zone: 'Australia/Lord_Howe', at: '2026-04-04T15:00:00Z' },
  { zone: 'Australia/Lord_Howe', at: '2026-10-03T15:30:00Z' },
  { zone: 'Africa/Casablanca', at: '2026-02-15T02:00:00Z' },
  { zone: 'Atlantic/Azores', at: '2026-10-25T01:00:00Z' },
  { zone: 'Antarctica/Troll', at: '2026-03-29T01:00:00Z' },
  { zone: 'Asia/Kathmandu', at: '2026-01-01T00:00:00Z' },
];

const shapes = { '*': '*', '*/7': '*/7', '0': '0', '5-20/5': '5-20/5', '0,30': '0,30' };
const patterns = fc
  .tuple(
    fc.constantFrom(...Object.values(shapes), '59', '*/15'),
    fc.constantFrom('*', '0', '1', '2', '0-3', '*/2', '23', '1,2,23'),
    fc.constantFrom('*', '*', '25-31', '*/3', '1'),
    fc.constantFrom('*'),
    fc.constantFrom('*', '*', '0', '6,0', '*/2', '1-5'),
  )
  .map((fields) => fields.join(' '));

/** What a clock on a wall shows at a moment. */
interface Shown {
  readonly time: number;
  readonly minute: number;
  readonly hour: number;
  readonly date: number;
  readonly month: number;
  readonly weekday: number;
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const shownAround = new Map<string, readonly Shown[]>();

/** Asked of Node minute by minute, which is slow and shares nothing with what is tested. */
function lookAtTheClock({ zone, at }: (typeof CHANGES)[number]): readonly Shown[] {
  const key = `${zone} ${at}`;
  const known = shownAround.get(key);
  if (known !== undefined) return known;
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    minute: 'numeric',
    hour: 'numeric',
    day: 'numeric',
    month: 'numeric',
    weekday: 'short',
    hourCycle: 'h23',
  });
  const shown = Array.from({ length: 66 * 60 }, (_, index) => {
    const time = Date.parse(at) + (index - 31 * 60) * MINUTE_MS;
    const parts = new Map(clock.formatToParts(time).map((part) => [part.type, part.value]));
    return {
      time,
      minute: Number(parts.get('minute')),
      hour: Number(parts.get('hour')),
      date: Number(parts.get('day')),
      month: Number(parts.get('month')),
      weekday: WEEKDAYS.indexOf(parts.get('weekday') ?? ''),
    };
  });
  shownAround.set(key, shown);
  return shown;
}

function isDue(pattern: string, shown: Shown): boolean {
  const [minute, hour, date, month, weekday] = pattern.split(' ') as [
    string,
    string,
    string,
    string,
    string,
  ];
  const [byDate, byDay] = [fits(date, shown.date, 1), fits(weekday, shown.weekday, 0)];
  const dayFits = date === '*' || weekday === '*' ? byDate && byDay : byDate || byDay;
  const timeFits = fits(minute, shown.minute, 0) && fits(hour, shown.hour, 0);
  return timeFits && dayFits && fits(month, shown.month, 1);
}

function fits(field: string, value: number, lowest: number): boolean {
  return field.split(',').some((part) => {
    const [span = '', step = '1'] = part.split('/');
    const [low, high = low] = span === '*' ? [lowest, 60] : span.split('-').map(Number);
    return (
      low !== undefined &&
      value >= low &&
      value <= (high ?? 0) &&
      (value - low) % Number(step) === 0
    );
  });
}

describe('a pattern around a change of clocks', () => {
  test('next, latest and count agree with looking at the clock every minute', () => {
    fc.assert(
      fc.property(
        patterns,
        fc.constantFrom(...CHANGES),
        fc.integer({ min: -30 * 60, max: 5 * 60 }),
        (pattern, change, offsetMinutes) => {
          const fromMs = Date.parse(change.at) + offsetMinutes * MINUTE_MS;
          const toMs = fromMs + 29 * 60 * MINUTE_MS;
          const schedule = scheduleOf(pattern, change.zone);
          const expected = lookAtTheClock(change)
            .filter((shown) => shown.time > fromMs && shown.time <= toMs && isDue(pattern, shown))
            .map((shown) => shown.time);
          const [from, to] = [new Date(fromMs), new Date(toMs)];

          expect(listSlots(schedule, from, to)).toEqual(expected);
          expect(schedule.count(from, to)).toBe(expected.length);
          expect(schedule.latest(from, to)?.getTime()).toBe(expected.at(-1));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('counting is the same as stepping, over months', () => {
    fc.assert(
      fc.property(patterns, fc.constantFrom(...CHANGES), (pattern, { zone, at }) => {
        const schedule = scheduleOf(pattern.replace(/^\S+/, '17'), zone);
        const from = new Date(Date.parse(at) - 40 * 86_400_000);
        const to = new Date(Date.parse(at) + 40 * 86_400_000);
        expect(schedule.count(from, to)).toBe(listSlots(schedule, from, to).length);
      }),
      { numRuns: 30 },
    );
  });
});

function listSlots(schedule: Schedule, from: Date, to: Date): number[] {
  const found: number[] = [];
  for (
    let slot = schedule.nextAfter(from);
    slot !== undefined && slot <= to;
    slot = schedule.nextAfter(slot)
  ) {
    found.push(slot.getTime());
  }
  return found;
}

describe('edges', () => {
  test('a slot is due at its very millisecond, and its successor comes after it', () => {
    const schedule = scheduleOf('0 * * * *');
    const slot = new Date('2026-01-01T10:00:00.000Z');
    const justBefore = new Date('2026-01-01T09:59:59.999Z');
    const anchor = new Date('2026-01-01T09:00:00Z');
    expect(schedule.nextAfter(justBefore)).toEqual(slot);
    expect(schedule.nextAfter(slot)).toEqual(new Date('2026-01-01T11:00:00Z'));
    expect(schedule.latest(anchor, slot)).toEqual(slot);
    expect(schedule.latest(anchor, justBefore)).toBeUndefined();
    expect(schedule.count(anchor, slot)).toBe(1);
    expect(schedule.count(anchor, justBefore)).toBe(0);
    expect(schedule.count(slot, anchor)).toBe(0);
  });

  test('the last slot before a moment may be one of the hour that was shown before it', () => {
    // At three clocks go back to two: 02:30 is shown at 00:30 and at 01:30 UTC, and it is 02:05 again.
    const schedule = scheduleOf('30 * * * *', 'Europe/Madrid');
    const anchor = new Date('2026-10-24T00:00:00Z');
    const latest = schedule.latest(anchor, new Date('2026-10-25T01:05:00Z'));
    expect(latest).toEqual(new Date('2026-10-25T00:30:00Z'));
  });

  test('a slot before the anchor is not counted, even if asked for', () => {
    const [earlier, anchor, through] = ['08:00', '10:00', '12:00'].map(
      (time) => new Date(`2026-01-01T${time}:00Z`),
    );
    expect(scheduleOf('0 * * * *').count(anchor!, through!, earlier)).toBe(2);
    expect(scheduleOf('@every 1h').count(anchor!, through!, earlier)).toBe(2);
  });

  test('a date that never comes does, if a weekday is chosen besides', () => {
    const next = scheduleOf('0 0 30 2 1').nextAfter(new Date('2026-01-01T00:00:00Z'));
    expect(next).toEqual(new Date('2026-02-02T00:00:00Z'));
  });

  test('years of minutes are counted without stepping through them', () => {
    const [from, to] = [new Date('2021-01-01T00:00:00Z'), new Date('2026-01-01T00:00:00Z')];
    expect(scheduleOf('* * * * *').count(from, to)).toBe(
      (to.getTime() - from.getTime()) / MINUTE_MS,
    );
    expect(scheduleOf('0 2 * * *', 'Europe/Madrid').count(from, to)).toBe(5 * 365 + 1);
  });

  test('times are written as the clocks of the zone show them', () => {
    const instant = new Date('2026-03-28T09:00:00Z');
    const zoneOf = (name: string) => scheduleOf('0 * * * *', name).timeZone;
    expect(zoneOf('Europe/Madrid').rfc3339(instant)).toBe('2026-03-28T10:00:00+01:00');
    expect(zoneOf('America/St_Johns').rfc3339(instant)).toBe('2026-03-28T06:30:00-02:30');
    expect(zoneOf('UTC').rfc3339(instant)).toBe('2026-03-28T09:00:00Z');
    expect(zoneOf('Europe/London').rfc3339(instant)).toBe('2026-03-28T09:00:00Z');
  });
});
