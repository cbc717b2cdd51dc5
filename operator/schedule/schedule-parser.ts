import { createHash } from 'node:crypto';
import { parseEveryDuration } from './every-duration.ts';
import { FIELD_RANGES, parseField, type Field } from './field.ts';
import { IntervalSchedule, PatternSchedule, type Schedule } from './schedule.ts';
import { ScheduleError } from './schedule-error.ts';
import { TimeZone } from './time-zone.ts';
import { canonicalPattern, WallPattern, type PatternFields } from './wall-pattern.ts';

/** A schedule as its author wrote it. */
export interface ScheduleText {
  /** Five fields, a macro such as `@daily`, or `@every 90m`. */
  readonly schedule: string;
  /** IANA name; left out: UTC. */
  readonly timeZone?: string | undefined;
  /** Namespace and name of the plan: they choose the minute that `H` stands for. */
  readonly owner: { readonly namespace: string; readonly name: string };
}

/** A schedule that can be reckoned with, or what is wrong with it, in a sentence for its author. */
export type ParsedSchedule =
  | { readonly ok: true; readonly schedule: Schedule }
  | { readonly ok: false; readonly field: 'schedule' | 'timeZone'; readonly problem: string };

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const EVERY = '@every ';

/** A pattern takes 90 kB in croner and 50 µs to make; most plans share a few. */
const MAX_PATTERNS = 128;

/**
 * Reads schedules by CronJob's grammar (robfig/cron's standard parser), and refuses what CronJob
 * refuses. Keeps what is costly to make: zones, and the patterns used last.
 */
export class ScheduleParser {
  readonly #zones = new Map<string, TimeZone>();
  readonly #patterns = new Map<string, WallPattern>();

  /** Judges the time zone first, as CronJob does. */
  parse({ schedule, timeZone = 'UTC', owner }: ScheduleText): ParsedSchedule {
    let field: 'schedule' | 'timeZone' = 'timeZone';
    try {
      const zone = this.#zone(timeZone);
      field = 'schedule';
      return { ok: true, schedule: this.#schedule(schedule, zone, owner) };
    } catch (error) {
      if (error instanceof ScheduleError) return { ok: false, field, problem: error.message };
      throw error;
    }
  }

  #zone(name: string): TimeZone {
    let zone = this.#zones.get(name);
    if (zone === undefined) {
      zone = new TimeZone(name);
      this.#zones.set(name, zone);
    }
    return zone;
  }

  #schedule(text: string, zone: TimeZone, owner: ScheduleText['owner']): Schedule {
    if (/^(CRON_)?TZ=/.test(text)) {
      throw new ScheduleError('a schedule holds no time zone: write it in spec.timeZone.');
    }
    if (text.startsWith(EVERY)) {
      return new IntervalSchedule(parseEveryDuration(text.slice(EVERY.length)), zone);
    }
    const pattern = text.startsWith('@') ? MACROS[text] : text;
    if (pattern === undefined) {
      const known = Object.keys(MACROS).join(', ');
      throw new ScheduleError(
        `${JSON.stringify(text)} is not known: it may be ${known}, or @every with a duration.`,
      );
    }
    return new PatternSchedule(this.#pattern(parseFields(pattern, owner)), zone);
  }

  #pattern(fields: PatternFields): WallPattern {
    const key = canonicalPattern(fields);
    const pattern = this.#patterns.get(key) ?? new WallPattern(fields);
    // Back in as the youngest, so that the one used longest ago is the first to go.
    this.#patterns.delete(key);
    this.#patterns.set(key, pattern);
    const [oldest] = this.#patterns.keys();
    if (this.#patterns.size > MAX_PATTERNS && oldest !== undefined) this.#patterns.delete(oldest);
    return pattern;
  }
}

function parseFields(text: string, owner: ScheduleText['owner']): PatternFields {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  if (words.length !== FIELD_RANGES.length) {
    throw new ScheduleError(
      `it must have five fields (minute, hour, day of month, month, day of week), and ${JSON.stringify(text)} has ${words.length}.`,
    );
  }
  // Alone and in the first field only: H-free schedules stay what they are in a CronJob.
  if (words[0] === 'H') words[0] = String(spreadMinute(owner));
  const [minute, hour, dayOfMonth, month, dayOfWeek] = words.map((word, index) =>
    parseField(word, FIELD_RANGES[index] ?? FIELD_RANGES[0]),
  ) as [Field, Field, Field, Field, Field];
  return { minute, hour, dayOfMonth, month, dayOfWeek };
}

/** The minute that `H` stands for: the same for a plan for ever, and spread evenly over plans. */
function spreadMinute({ namespace, name }: ScheduleText['owner']): number {
  const digest = createHash('sha256').update(`${namespace}/${name}`).digest('hex');
  return Number(BigInt(`0x${digest}`) % 60n);
}
