import winston from 'winston';
import {
  LOG_FORMATS,
  LOG_LEVELS,
  logLine,
  type LogFields,
  type LogFormat,
  type LogLevel,
} from './log-line.ts';

export { LOG_FORMATS, LOG_LEVELS };
export type { LogFields, LogFormat, LogLevel };

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
  const { level, message, fields } = info;
  return logLine(
    { level: level as LogLevel, message: String(message), fields: fields as LogFields },
    { format, time: new Date() },
  );
}
