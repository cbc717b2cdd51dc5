import winston from 'winston';
import { describeError } from './describe-error.ts';

/** Fields of a log line; messages are constant, everything that varies is a field. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * error: a person must act. warn: degraded, being retried. info: a change of state.
 * debug: everything else.
 */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LoggerOptions {
  /** Lines below this level are dropped. Default `info`. */
  readonly level?: LogLevel;
  /** `json`: one object a line, for machines. `pretty`: for a person at a terminal. Default `json`. */
  readonly format?: LogFormat;
  /** Where lines go. Default standard output. */
  readonly stream?: NodeJS.WritableStream;
  /** Fields of every line. */
  readonly fields?: LogFields;
}

/** Creates a logger that writes one line an entry to `stream`. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const logger = winston.createLogger({
    level: options.level ?? 'info',
    format: winston.format.printf((info) => render(info, options.format ?? 'json')),
    transports: [new winston.transports.Stream({ stream: options.stream ?? process.stdout })],
  });
  return wrap(logger, options.fields ?? {});
}

function wrap(logger: winston.Logger, fixed: LogFields): Logger {
  // The fields travel as one value: spread into winston's own record, a field called `message` or
  // `level` would replace the line's.
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      logger.log({ level, message, fields: { ...fixed, ...fields } });
    };
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    child: (fields) => wrap(logger, { ...fixed, ...fields }),
  };
}

function render(info: winston.Logform.TransformableInfo, format: LogFormat): string {
  const message = String(info.message);
  const fields = info['fields'] as LogFields;
  const time = new Date().toISOString();
  if (format === 'json') {
    return JSON.stringify({ ...fields, time, level: info.level, message }, replacer);
  }
  const details = Object.entries(fields).map(([key, value]) => `${key}=${prettyValue(value)}`);
  return [time.slice(11, 23), info.level.toUpperCase().padEnd(5), message, ...details].join(' ');
}

function prettyValue(value: unknown): string {
  if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value;
  return JSON.stringify(value, replacer) ?? 'undefined';
}

/** winston prints a nested Error as `{}`, and JSON refuses bigint: both are written out here. */
function replacer(_key: string, value: unknown): unknown {
  if (value instanceof Error) return describeError(value);
  if (typeof value === 'bigint') return value.toString();
  return value;
}
