import { describeError } from './describe-error.ts';

/** Fields of a log line; messages are constant, everything that varies is a field. */
export type LogFields = Readonly<Record<string, unknown>>;

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What is written down. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A line of the log, without its end. */
export function logLine(
  { level, message, fields }: LogEntry,
  { format, time }: { readonly format: LogFormat; readonly time: Date },
): string {
  const at = time.toISOString();
  if (format === 'json') return JSON.stringify({ ...fields, time: at, level, message }, replacer);
  const details = Object.entries(fields).map(([key, value]) => `${key}=${prettyValue(value)}`);
  return [at.slice(11, 23), level.toUpperCase().padEnd(5), message, ...details].join(' ');
}

function prettyValue(value: unknown): string {
  if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value;
  return JSON.stringify(value, replacer) ?? 'undefined';
}

/** JSON writes a nested Error as `{}`, and refuses bigint: both are written out here. */
function replacer(_key: string, value: unknown): unknown {
  if (value instanceof Error) return describeError(value);
  if (typeof value === 'bigint') return value.toString();
  return value;
}
