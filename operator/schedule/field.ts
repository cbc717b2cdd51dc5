import { ScheduleError } from './schedule-error.ts';

/** One of the five fields of a schedule: what it may hold. */
export interface FieldRange {
  readonly name: 'minute' | 'hour' | 'day of month' | 'month' | 'day of week';
  readonly min: number;
  readonly max: number;
  /** Words for numbers, counted from `min`. */
  readonly names?: readonly string[];
}

/** The five fields in their order. Sunday is 0 and, as in a CronJob, never 7. */
export const FIELD_RANGES = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  {
    name: 'day of week',
    min: 0,
    max: 6,
    names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
  },
] as const satisfies readonly FieldRange[];

/** What a field of a schedule stands for. */
export interface Field {
  /** In rising order, never empty. */
  readonly values: readonly number[];
  /**
   * Written as `*` or `?`, and not only every so many of them: such a day field does not choose
   * days, so that days of month and of week are no longer alternatives.
   */
  readonly isStar: boolean;
}

interface FieldPart {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  readonly isStar: boolean;
}

/**
 * Reads one field as robfig/cron, which CronJob uses, reads it: a list of `5`, `1-5`, `*`, each
 * optionally with a step; `5/15` is 5 and every 15th up to the highest; `*` with a step above 1 is
 * no star any more.
 *
 * @throws ScheduleError naming the field, what stands there and what is allowed
 */
export function parseField(text: string, range: FieldRange): Field {
  const parts = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => parsePart(part, range));
  if (parts.length === 0) refuse(range, text, 'a value is missing');
  const values = new Set<number>();
  for (const { first, last, step } of parts) {
    for (let value = first; value <= last; value += step) values.add(value);
  }
  return {
    values: [...values].sort((one, other) => one - other),
    isStar: parts.some((part) => part.isStar),
  };
}

function parsePart(text: string, range: FieldRange): FieldPart {
  const [span = '', stepText, ...moreSteps] = text.split('/');
  if (moreSteps.length > 0) refuse(range, text, 'there is more than one "/"');
  const { first, last, isStar } = parseSpan(span, { text, range, hasStep: stepText !== undefined });
  const step = stepText === undefined ? 1 : parseNumber(stepText, { text, range, what: 'step' });
  if (first < range.min) {
    refuse(range, text, `${first} is below the lowest ${range.name}, ${range.min}`);
  }
  if (last > range.max) {
    refuse(range, text, `${last} is above the highest ${range.name}, ${range.max}`);
  }
  if (first > last) refuse(range, text, `it begins with ${first}, after its end ${last}`);
  if (step === 0) refuse(range, text, 'the step must be at least 1');
  return { first, last, step, isStar: isStar && step === 1 };
}

function parseSpan(
  span: string,
  context: { readonly text: string; readonly range: FieldRange; readonly hasStep: boolean },
): Omit<FieldPart, 'step'> {
  const { text, range, hasStep } = context;
  const [low = '', high, ...more] = span.split('-');
  // What follows a star is not even looked at by robfig/cron: `*-5` is `*`.
  if (low === '*' || low === '?') return { first: range.min, last: range.max, isStar: true };
  const first = parseValue(low, { text, range });
  if (more.length > 0) refuse(range, text, 'there is more than one "-"');
  if (high !== undefined) {
    return { first, last: parseValue(high, { text, range }), isStar: false };
  }
  return { first, last: hasStep ? Math.max(first, range.max) : first, isStar: false };
}

function parseValue(
  word: string,
  context: { readonly text: string; readonly range: FieldRange },
): number {
  const { range } = context;
  const index = (range.names ?? []).indexOf(word.toLowerCase());
  return index === -1 ? parseNumber(word, { ...context, what: 'value' }) : range.min + index;
}

/** Go's strconv.Atoi, minus negative numbers: a plus sign and leading zeros are fine. */
function parseNumber(
  word: string,
  context: { readonly text: string; readonly range: FieldRange; readonly what: 'value' | 'step' },
): number {
  const { text, range, what } = context;
  if (/^\+?\d{1,15}$/.test(word)) return Number(word);
  const found = word === '' ? 'nothing' : JSON.stringify(word);
  const names =
    range.names === undefined || what === 'step' ? '' : ` or one of ${range.names.join(', ')}`;
  return refuse(range, text, `the ${what} must be a number${names}, and ${found} is not`);
}

function refuse(range: FieldRange, text: string, what: string): never {
  throw new ScheduleError(`the ${range.name} ${JSON.stringify(text)} cannot be used: ${what}.`);
}
