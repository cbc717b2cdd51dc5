import type { LogFields, Logger } from '../../../common/logger.ts';

/** A line as it was logged. */
export interface LogEntry {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps its lines, its children's among them. */
export class RecordingLogger implements Logger {
  readonly entries: LogEntry[];
  readonly #fixed: LogFields;

  constructor(entries: LogEntry[] = [], fixed: LogFields = {}) {
    this.entries = entries;
    this.#fixed = fixed;
  }

  /** The messages of one level, or of all. */
  messages(level?: LogEntry['level']): readonly string[] {
    return this.entries
      .filter((entry) => level === undefined || entry.level === level)
      .map((entry) => entry.message);
  }

  error(message: string, fields: LogFields = {}): void {
    this.#add('error', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#add('warn', message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#add('info', message, fields);
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#add('debug', message, fields);
  }

  child(fields: LogFields): Logger {
    return new RecordingLogger(this.entries, { ...this.#fixed, ...fields });
  }

  #add(level: LogEntry['level'], message: string, fields: LogFields): void {
    this.entries.push({ level, message, fields: { ...this.#fixed, ...fields } });
  }
}
