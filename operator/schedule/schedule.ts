import type { TimeZone } from './time-zone.ts';
import type { WallPattern } from './wall-pattern.ts';

/**
 * When a plan is due. All three answers are exact, also for irregular schedules and over any time.
 *
 * The `anchor` is the time that `@every` counts from: the last run, else the plan's creation.
 */
export interface Schedule {
  readonly timeZone: TimeZone;
  /** The first slot after `time`, as robfig/cron's Next; undefined: none within five years. */
  nextAfter(time: Date): Date | undefined;
  /** The last slot after `anchor` and at or before `through`. */
  latest(anchor: Date, through: Date): Date | undefined;
  /** How many slots lie after `anchor`, and after `after` if given, and at or before `through`. */
  count(anchor: Date, through: Date, after?: Date): number;
}

/** How many years after the present one a date must come true: robfig/cron gives up then. */
const HORIZON_YEARS = 5;

const SECOND_MS = 1000;

/**
 * Every instant at which the clocks of a zone show a time of the pattern: a time that is skipped
 * when clocks go forward does not come that day, and one that comes twice when they go back is due
 * twice.
 */
export class PatternSchedule implements Schedule {
  readonly timeZone: TimeZone;
  readonly #pattern: WallPattern;

  constructor(pattern: WallPattern, timeZone: TimeZone) {
    this.#pattern = pattern;
    this.timeZone = timeZone;
  }

  nextAfter(time: Date): Date | undefined {
    let span = this.timeZone.spanAt(time.getTime() + 1);
    let afterMs = time.getTime() + span.offsetMs;
    const lastYear = wallYear(afterMs + SECOND_MS) + HORIZON_YEARS;
    let searchedFromMs = afterMs;
    let wallMs = this.#pattern.next(afterMs);
    while (wallMs !== undefined && wallYear(wallMs) <= lastYear) {
      if (wallMs - span.offsetMs < span.toMs) return new Date(wallMs - span.offsetMs);
      span = this.timeZone.spanAt(span.toMs);
      afterMs = span.fromMs - 1 + span.offsetMs;
      // Still the next one, unless clocks jumped over it or back before where the search began.
      if (afterMs >= searchedFromMs && afterMs < wallMs) continue;
      searchedFromMs = afterMs;
      wallMs = this.#pattern.next(afterMs);
    }
    return undefined;
  }

  latest(anchor: Date, through: Date): Date | undefined {
    let span = this.timeZone.spanAt(through.getTime());
    let throughMs = through.getTime() + span.offsetMs;
    let searchedFromMs = throughMs;
    let wallMs = this.#pattern.previous(throughMs);
    while (wallMs !== undefined) {
      const instantMs = wallMs - span.offsetMs;
      if (instantMs >= span.fromMs) {
        return instantMs > anchor.getTime() ? new Date(instantMs) : undefined;
      }
      if (span.fromMs <= anchor.getTime()) return undefined;
      span = this.timeZone.spanAt(span.fromMs - 1);
      throughMs = span.toMs - 1 + span.offsetMs;
      if (throughMs <= searchedFromMs && throughMs >= wallMs) continue;
      searchedFromMs = throughMs;
      wallMs = this.#pattern.previous(throughMs);
    }
    return undefined;
  }

  count(anchor: Date, through: Date, after = anchor): number {
    let total = 0;
    let fromMs = Math.max(anchor.getTime(), after.getTime());
    while (fromMs < through.getTime()) {
      // The first instant that may count.
      const span = this.timeZone.spanAt(fromMs + 1);
      const toMs = Math.min(span.toMs - 1, through.getTime());
      total += this.#pattern.count(fromMs + span.offsetMs, toMs + span.offsetMs);
      fromMs = toMs;
    }
    return total;
  }
}

/** `@every`: slots at a fixed distance, counted from the anchor, which the zone does not concern. */
export class IntervalSchedule implements Schedule {
  readonly timeZone: TimeZone;
  readonly #intervalMs: number;

  /** @param intervalMs a whole number of seconds */
  constructor(intervalMs: number, timeZone: TimeZone) {
    this.#intervalMs = intervalMs;
    this.timeZone = timeZone;
  }

  nextAfter(time: Date): Date {
    return new Date(wholeSecond(time) + this.#intervalMs);
  }

  latest(anchor: Date, through: Date): Date | undefined {
    const count = this.count(anchor, through);
    return count === 0 ? undefined : new Date(wholeSecond(anchor) + count * this.#intervalMs);
  }

  count(anchor: Date, through: Date, after = anchor): number {
    return Math.max(0, this.#countThrough(anchor, through) - this.#countThrough(anchor, after));
  }

  #countThrough(anchor: Date, through: Date): number {
    const elapsedMs = through.getTime() - wholeSecond(anchor);
    return Math.max(0, Math.floor(elapsedMs / this.#intervalMs));
  }
}

function wholeSecond(time: Date): number {
  return Math.floor(time.getTime() / SECOND_MS) * SECOND_MS;
}

function wallYear(wallMs: number): number {
  return new Date(wallMs).getUTCFullYear();
}
