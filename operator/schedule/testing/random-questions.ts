import fc from 'fast-check';
import { FIELD_RANGES, type FieldRange } from '../field.ts';
import type { Question } from './robfig-referee.ts';

/**
 * Zones whose clocks change by whole hours and not around midnight, or not at all. In the others
 * robfig/cron loses runs or shifts them by a day, and we do not (docs/plans/cronjob.md).
 */
const ZONES = [
  'UTC',
  'Europe/Madrid',
  'Europe/London',
  'Europe/Athens',
  'America/New_York',
  'America/Los_Angeles',
  'America/Halifax',
  'America/Phoenix',
  'Asia/Tokyo',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Sydney',
  'Pacific/Auckland',
];

/** Nights on which clocks of those zones change; half of the questions are asked around one. */
const CHANGES = [
  '2026-03-08',
  '2026-03-29',
  '2026-04-05',
  '2026-09-27',
  '2026-10-25',
  '2026-11-01',
];

const DAY_S = 86_400;

function field(range: FieldRange): fc.Arbitrary<string> {
  const value = fc.integer({ min: range.min, max: range.max });
  const step = fc.integer({ min: 1, max: 24 });
  const span = fc.tuple(value, value).map(([one, other]) => {
    return `${Math.min(one, other)}-${Math.max(one, other)}`;
  });
  const names = range.names ?? [];
  const part = fc.oneof(
    { arbitrary: value.map(String), weight: 40 },
    { arbitrary: span, weight: 20 },
    {
      arbitrary: fc
        .tuple(fc.oneof(span, value.map(String), fc.constant('*')), step)
        .map((each) => each.join('/')),
      weight: 20,
    },
    ...(names.length === 0
      ? []
      : [{ arbitrary: fc.constantFrom(...names).map((name) => name.toUpperCase()), weight: 10 }]),
    // Out of range, or nonsense: both must refuse.
    {
      arbitrary: fc.constantFrom(String(range.max + 1), '7', 'x', '3-1', '*/0', '-1'),
      weight: 1,
    },
  );
  const list = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));
  return fc.oneof(
    { arbitrary: fc.constantFrom('*', '*', '?'), weight: 3 },
    { arbitrary: list, weight: 4 },
  );
}

const patterns = fc.tuple(...FIELD_RANGES.map(field)).map((fields) => fields.join(' '));
/** In the night, when clocks change. */
const nightly = fc
  .tuple(field(FIELD_RANGES[0]), fc.constantFrom('*', '0-4', '1,2,3', '2', '1', '3', '*/2'))
  .map(([minute, hour]) => `${minute} ${hour} * * *`);
const macros = fc.constantFrom('@yearly', '@monthly', '@weekly', '@daily', '@midnight', '@hourly');
const intervals = fc
  .record({ hours: fc.nat(30), minutes: fc.nat(59), seconds: fc.integer({ min: 1, max: 59 }) })
  .map(({ hours, minutes, seconds }) => `@every ${hours}h${minutes}m${seconds}s`);

const anywhere = fc.integer({
  min: Date.parse('2024-01-01') / 1000,
  max: Date.parse('2027-12-31') / 1000,
});
const aroundChange = fc
  .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -DAY_S, max: 2 * DAY_S }))
  .map(([day, offset]) => Date.parse(day) / 1000 + offset);

const questions: fc.Arbitrary<Question> = fc.record({
  schedule: fc.oneof(
    { arbitrary: patterns, weight: 6 },
    { arbitrary: nightly, weight: 4 },
    { arbitrary: macros, weight: 1 },
    { arbitrary: intervals, weight: 1 },
  ),
  timeZone: fc.constantFrom(...ZONES),
  after: fc.oneof(anywhere, aroundChange).map((seconds) => new Date(seconds * 1000)),
  count: fc.integer({ min: 1, max: 6 }),
});

/** So many questions, the same for the same seed. */
export function randomQuestions(count: number, seed: number): readonly Question[] {
  return fc.sample(questions, { numRuns: count, seed });
}
