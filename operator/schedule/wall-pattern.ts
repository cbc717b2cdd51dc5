import { Cron } from 'croner';
import type { Field } from './field.ts';

/** The five fields of a schedule, read. */
export interface PatternFields {
  readonly minute: Field;
  readonly hour: Field;
  readonly dayOfMonth: Field;
  readonly month: Field;
  readonly dayOfWeek: Field;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MINUTES_PER_DAY = 1440;

/** Of each month, January first; February in a leap year. */
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Times of a wall clock that match five fields, knowing nothing of time zones: what the clock
 * shows is counted in milliseconds as if it were UTC ("wall milliseconds").
 *
 * croner finds the times, on fields written out as plain lists, of which it and CronJob have the
 * same understanding.
 */
export class WallPattern {
  readonly #cron: Cron;
  readonly #fields: PatternFields;
  readonly #isPossible: boolean;
  /** At minute m of a day: how many times of that day lie at or before m. */
  readonly #countThrough: Uint16Array;

  constructor(fields: PatternFields) {
    this.#fields = fields;
    // `utcOffset: 0`, so that nothing is converted: what goes in and out are wall milliseconds.
    this.#cron = new Cron(canonicalPattern(fields), { utcOffset: 0, mode: '5-part', paused: true });
    this.#isPossible = isPossible(fields);
    this.#countThrough = countThroughDay(fields);
  }

  /** The first time after `wallMs`; undefined if the date never comes (30 February). */
  next(wallMs: number): number | undefined {
    if (!this.#isPossible) return undefined;
    return this.#cron.nextRun(new Date(wallMs))?.getTime();
  }

  /** The last time at or before `wallMs`; undefined if the date never comes. */
  previous(wallMs: number): number | undefined {
    if (!this.#isPossible) return undefined;
    // croner looks strictly before, and at whole seconds.
    return this.#cron.previousRuns(1, new Date(wallMs + 1))[0]?.getTime();
  }

  /** How many times lie after `fromMs` and at or before `toMs`. */
  count(fromMs: number, toMs: number): number {
    if (toMs <= fromMs || !this.#isPossible) return 0;
    const firstDay = Math.floor(fromMs / DAY_MS);
    const lastDay = Math.floor(toMs / DAY_MS);
    let total = this.#countUntil(toMs) - this.#countUntil(fromMs);
    const perDay = this.#countThrough[MINUTES_PER_DAY - 1] ?? 0;
    for (let day = firstDay; day < lastDay; day++) {
      if (this.#matchesDay(new Date(day * DAY_MS))) total += perDay;
    }
    return total;
  }

  /** How many times the day of `wallMs` has from its midnight through that moment. */
  #countUntil(wallMs: number): number {
    const midnight = Math.floor(wallMs / DAY_MS) * DAY_MS;
    if (!this.#matchesDay(new Date(midnight))) return 0;
    return this.#countThrough[Math.floor((wallMs - midnight) / MINUTE_MS)] ?? 0;
  }

  /** Both day fields choose: either will do. Else the one that does decides. */
  #matchesDay(midnight: Date): boolean {
    const { month, dayOfMonth, dayOfWeek } = this.#fields;
    if (!month.values.includes(midnight.getUTCMonth() + 1)) return false;
    const byDate = dayOfMonth.values.includes(midnight.getUTCDate());
    const byWeekday = dayOfWeek.values.includes(midnight.getUTCDay());
    return dayOfMonth.isStar || dayOfWeek.isStar ? byDate && byWeekday : byDate || byWeekday;
  }
}

/** The fields as plain lists: the same text for all ways to write the same times. */
export function canonicalPattern(fields: PatternFields): string {
  const { minute, hour, dayOfMonth, month, dayOfWeek } = fields;
  return [minute, hour, dayOfMonth, month, dayOfWeek]
    .map((field) => (field.isStar ? '*' : field.values.join(',')))
    .join(' ');
}

/** croner looks for 30 February through four centuries, for 10 ms: better not to ask. */
function isPossible({ dayOfMonth, month, dayOfWeek }: PatternFields): boolean {
  if (!dayOfWeek.isStar) return true;
  const firstDate = dayOfMonth.values[0] ?? 1;
  return month.values.some((each) => firstDate <= (LONGEST_MONTHS[each - 1] ?? 0));
}

function countThroughDay({ minute, hour }: PatternFields): Uint16Array {
  const counts = new Uint16Array(MINUTES_PER_DAY);
  const [minutes, hours] = [new Set(minute.values), new Set(hour.values)];
  let count = 0;
  for (let minuteOfDay = 0; minuteOfDay < MINUTES_PER_DAY; minuteOfDay++) {
    if (hours.has(Math.floor(minuteOfDay / 60)) && minutes.has(minuteOfDay % 60)) count++;
    counts[minuteOfDay] = count;
  }
  return counts;
}
