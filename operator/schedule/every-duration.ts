import { parseGoDuration } from '../../api/duration.ts';
import { ScheduleError } from './schedule-error.ts';

/** What Go's time.Duration can hold: 2⁶³-1 ns, about 292 years. */
const MAX_DURATION_MS = 9_223_372_036_854;

/**
 * Reads the duration of `@every`: Go's, so `.5h` and a plus sign are fine. Fractions of a second
 * are dropped, and less than a second is one, as robfig/cron does.
 *
 * @returns milliseconds, a whole number of seconds
 * @throws ScheduleError if it is no duration, or not a positive one
 */
export function parseEveryDuration(text: string): number {
  const duration = text.replace(/^\+/, '').replaceAll(/(^|[a-zµμ])\./gu, '$10.');
  const durationMs = duration === '0' ? 0 : parseGoDuration(duration);
  if (durationMs === null || durationMs > MAX_DURATION_MS) {
    throw new ScheduleError(
      `@every needs a duration such as 90m, 1h30m or 24h, and ${JSON.stringify(text)} is not one.`,
    );
  }
  if (durationMs === 0) throw new ScheduleError('@every needs a duration longer than nothing.');
  // To whole microseconds first: 0.7h in floating point lies a hair below 2520 s.
  const wholeSeconds = Math.floor(Math.round(durationMs * 1000) / 1_000_000);
  return Math.max(1, wholeSeconds) * 1000;
}
