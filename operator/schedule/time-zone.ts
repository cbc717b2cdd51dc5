import { ScheduleError } from './schedule-error.ts';
import { openZone } from './zone-name.ts';

/** A stretch of time in which clocks of a zone are not changed. */
export interface OffsetSpan {
  /** First instant, in milliseconds since 1970. */
  readonly fromMs: number;
  /** First instant that no longer belongs to it. */
  readonly toMs: number;
  /** What the clock shows, minus UTC. */
  readonly offsetMs: number;
}

const SECOND_MS = 1000;

/**
 * No zone keeps a change of its clocks for less (Morocco's month of Ramadan is the shortest of our
 * time), so what is equal at both ends of a stretch this long is equal in between.
 */
const PROBE_MS = 3 * 86_400_000;

/** What most plans use: not worth looking for changes. */
const ALWAYS_UTC: OffsetSpan = { fromMs: -Infinity, toMs: Infinity, offsetMs: 0 };

/** A zone of the IANA database: how its clocks stand at any instant. */
export class TimeZone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #isUtc: boolean;
  /** Spans by UTC year, found when first asked for. */
  readonly #years = new Map<number, readonly OffsetSpan[]>();

  /** @throws ScheduleError if there is no such zone */
  constructor(name: string) {
    const format = openZone(name);
    if (format === undefined) {
      throw new ScheduleError(
        `the time zone ${JSON.stringify(name)} is not in the time-zone database. Write an IANA name, for example Europe/Madrid or Etc/UTC.`,
      );
    }
    this.name = name;
    this.#format = format;
    this.#isUtc = name === 'UTC' || name === 'Etc/UTC';
  }

  /** The span that holds an instant; but for UTC cut into years, so neighbours may be equal. */
  spanAt(instantMs: number): OffsetSpan {
    if (this.#isUtc) return ALWAYS_UTC;
    const year = new Date(instantMs).getUTCFullYear();
    let spans = this.#years.get(year);
    if (spans === undefined) {
      spans = this.#findSpans(Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1));
      this.#years.set(year, spans);
    }
    const span = spans.find((each) => instantMs < each.toMs);
    if (span === undefined) throw new Error(`no span of ${this.name} holds ${instantMs}`);
    return span;
  }

  /** RFC 3339 as the clocks of the zone show it, in whole seconds: `2026-03-28T10:00:00+01:00`. */
  rfc3339(instant: Date): string {
    const { offsetMs } = this.spanAt(instant.getTime());
    const wall = new Date(instant.getTime() + offsetMs).toISOString().slice(0, 19);
    return `${wall}${formatOffset(offsetMs)}`;
  }

  #findSpans(fromMs: number, toMs: number): readonly OffsetSpan[] {
    const spans: OffsetSpan[] = [];
    let startMs = fromMs;
    let offsetMs = this.#offsetAt(fromMs);
    for (let lowMs = fromMs; lowMs < toMs; lowMs += PROBE_MS) {
      // Through the last instant of the year, which the next year does not look at.
      const highMs = Math.min(lowMs + PROBE_MS, toMs - SECOND_MS);
      const nextOffsetMs = this.#offsetAt(highMs);
      if (nextOffsetMs === offsetMs) continue;
      const changeMs = this.#findChange(lowMs, highMs);
      spans.push({ fromMs: startMs, toMs: changeMs, offsetMs });
      startMs = changeMs;
      offsetMs = nextOffsetMs;
    }
    return [...spans, { fromMs: startMs, toMs, offsetMs }];
  }

  /** The first second after `lowMs` at which the offset is no longer the one at `lowMs`. */
  #findChange(lowMs: number, highMs: number): number {
    const before = this.#offsetAt(lowMs);
    let [low, high] = [lowMs, highMs];
    while (high - low > SECOND_MS) {
      const middle = low + Math.floor((high - low) / 2 / SECOND_MS) * SECOND_MS;
      if (this.#offsetAt(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }

  #offsetAt(instantMs: number): number {
    const shown = this.#format.format(instantMs);
    const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(shown);
    if (match === null) throw new Error(`unexpected format of an offset: ${shown}`);
    const [, sign = '+', hours = '0', minutes = '0', seconds = '0'] = match;
    const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    return (sign === '-' ? -offset : offset) * SECOND_MS;
  }
}

function formatOffset(offsetMs: number): string {
  if (offsetMs === 0) return 'Z';
  const minutes = Math.floor(Math.abs(offsetMs) / 60_000);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}
