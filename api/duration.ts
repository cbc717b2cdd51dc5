import type { Pattern } from './schema/builders.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A Go duration without sign: what `time.ParseDuration` reads, `90m` or `1h30m`. */
export const GO_DURATION_PATTERN: Pattern = {
  regex: '^([0-9]+([.][0-9]*)?(ns|us|µs|μs|ms|s|m|h))+$',
  must: 'must be a duration',
  remedy: 'Write for example 90m, 1h30m or 24h.',
};

/**
 * Reads a Go duration.
 *
 * @returns milliseconds, possibly with a fraction; null if it is not one
 */
export function parseGoDuration(duration: string): number | null {
  if (!new RegExp(GO_DURATION_PATTERN.regex, 'u').test(duration)) return null;
  let totalMs = 0;
  for (const [, amount = '', unit = ''] of duration.matchAll(/([0-9.]+)([a-zµμ]+)/gu)) {
    totalMs += Number(amount) * (UNIT_MS[unit] ?? 0);
  }
  return totalMs;
}
