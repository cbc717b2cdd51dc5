import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MISS_REASONS } from '../../api/v1alpha1/synchronization-plan-status.ts';
import {
  emptyLedger,
  MAX_COUNTED_MS,
  MAX_NAMED_MISSES,
  settle,
  type Miss,
  type MissSpan,
  type SlotGrid,
} from './miss-ledger.ts';
import { ScheduleParser } from './schedule-parser.ts';
import type { Schedule } from './schedule.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const parser = new ScheduleParser();

function scheduleOf(schedule: string, timeZone = 'UTC'): Schedule {
  const parsed = parser.parse({ schedule, timeZone, owner: { namespace: 'shop', name: 'plan' } });
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.schedule;
}

/** Every slot after `after` through `through`, one `next` at a time. */
function stepThrough(schedule: Schedule, after: Date, through: Date): readonly Date[] {
  const slots: Date[] = [];
  let slot = schedule.nextAfter(after);
  while (slot !== undefined && slot <= through) {
    slots.push(slot);
    slot = schedule.nextAfter(slot);
  }
  return slots;
}

const texts = fc.constantFrom(
  '*/7 * * * *',
  '0 * * * *',
  '30 10,11,12 * * 1-5',
  '59 23 31 * *',
  '0 0 29 2 *',
  '*/30 0-3 * 3,10 0',
  '15 1,2 25-31 * 0',
  'H 2 * * *',
  '@every 90m',
  '@every 7h13m',
);
const zones = fc.constantFrom(
  'UTC',
  'Europe/Madrid',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Beirut',
);
const moments = fc
  .integer({ min: Date.parse('2024-01-01') / 1000, max: Date.parse('2027-12-31') / 1000 })
  .map((seconds) => new Date(seconds * 1000));

test('what is counted in closed form is what stepping through every slot finds', () => {
  const spans = fc.array(
    fc.record({
      reason: fc.constantFrom(...MISS_REASONS),
      minutes: fc.integer({ min: 0, max: 15 * 1440 }),
    }),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(
      fc.record({ text: texts, zone: zones, start: moments, spans, ran: fc.array(fc.nat(200)) }),
      ({ text, zone, start, spans: given, ran }) => {
        const schedule = scheduleOf(text, zone);
        let throughMs = start.getTime();
        const stretches = given.map(({ reason, minutes }): MissSpan => {
          throughMs += minutes * 60_000;
          return { reason, through: new Date(throughMs) };
        });
        const all = stepThrough(schedule, start, new Date(throughMs));
        const runs = all.filter((_, index) => ran.includes(index));
        const missed = all
          .filter((slot) => !runs.includes(slot))
          .map((time): Miss => {
            const span = stretches.find(({ through }) => time <= through);
            return { time, reason: span?.reason ?? 'Down' };
          });

        const ledger = settle(emptyLedger(start), stretches, { schedule, anchor: start, runs });

        const byReason = Object.fromEntries(
          MISS_REASONS.map((reason) => [
            reason,
            missed.filter((miss) => miss.reason === reason).length,
          ]).filter(([, count]) => count !== 0),
        ) as unknown;
        expect(ledger).toEqual({
          evaluatedThrough: new Date(throughMs),
          byReason,
          lowerBound: false,
          last: [...missed].reverse().slice(0, MAX_NAMED_MISSES),
        });
      },
    ),
    { numRuns: 150 },
  );
});

test('settling a stretch in pieces finds what settling it at once finds', () => {
  fc.assert(
    fc.property(
      fc.record({
        text: texts,
        zone: zones,
        start: moments,
        cuts: fc.array(fc.integer({ min: 0, max: 60 * 1440 }), { minLength: 1, maxLength: 6 }),
      }),
      ({ text, zone, start, cuts }) => {
        const grid: SlotGrid = { schedule: scheduleOf(text, zone), anchor: start, runs: [] };
        const ends = [...cuts]
          .sort((one, other) => one - other)
          .map((minutes) => new Date(start.getTime() + minutes * 60_000));
        const pieces = ends.map((through): MissSpan => ({ reason: 'Down', through }));

        const inPieces = pieces.reduce(
          (ledger, piece) => settle(ledger, [piece], grid),
          emptyLedger(start),
        );

        expect(inPieces).toEqual(settle(emptyLedger(start), pieces.slice(-1), grid));
      },
    ),
    { numRuns: 100 },
  );
});

describe('a stretch longer than a year', () => {
  const through = new Date('2026-03-01T00:00:30Z');
  const grid: SlotGrid = {
    schedule: scheduleOf('* * * * *'),
    anchor: new Date('2020-01-01'),
    runs: [],
  };

  test('is counted a year back, and marked as a lower bound', () => {
    const ledger = settle(emptyLedger(grid.anchor), [{ reason: 'Down', through }], grid);

    expect(ledger.byReason).toEqual({ Down: MAX_COUNTED_MS / 60_000 });
    expect(ledger.lowerBound).toBe(true);
  });

  test('stays marked whatever is settled after it', () => {
    const ledger = settle(emptyLedger(grid.anchor), [{ reason: 'Down', through }], grid);
    const later = new Date(through.getTime() + 60_000);

    expect(settle(ledger, [{ reason: 'Down', through: later }], grid).lowerBound).toBe(true);
  });

  test('is exact if nothing was due longer ago', () => {
    const schedule = scheduleOf('0 0 1 2 *');
    const start = new Date('2025-02-01T00:00:00Z');

    const ledger = settle(emptyLedger(start), [{ reason: 'Down', through }], {
      schedule,
      anchor: start,
      runs: [],
    });

    expect(ledger).toMatchObject({ byReason: { Down: 1 }, lowerBound: false });
  });
});

test('what ends before the ledger does is not counted again', () => {
  const grid: SlotGrid = { schedule: scheduleOf('0 * * * *'), anchor: new Date(0), runs: [] };
  const ledger = emptyLedger(new Date('2026-01-02T00:00:00Z'));

  const later = settle(ledger, [{ reason: 'Down', through: new Date('2026-01-01') }], grid);

  expect(later).toBe(ledger);
});

test('a run that was no slot of this schedule takes nothing from the count', () => {
  const start = new Date('2026-01-01T00:00:00Z');
  const runs = [new Date('2026-01-01T00:30:00Z')];
  const grid: SlotGrid = { schedule: scheduleOf('0 * * * *'), anchor: start, runs };

  const ledger = settle(
    emptyLedger(start),
    [{ reason: 'Down', through: new Date(start.getTime() + DAY_MS) }],
    grid,
  );

  expect(ledger.byReason).toEqual({ Down: 24 });
});
