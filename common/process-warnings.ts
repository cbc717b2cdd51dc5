import type { Logger } from './logger.ts';

/** What of a process tells its warnings. */
export interface WarningSource {
  removeAllListeners(event: 'warning'): unknown;
  on(event: 'warning', listener: (warning: Error & { readonly code?: string }) => void): unknown;
}

/**
 * Writes what Node warns of (deprecations, leaks, experiments) to the log instead of as plain text to
 * standard error, where a reader of the log would find lines that are none.
 */
export function logProcessWarnings(source: WarningSource, logger: Logger): void {
  source.removeAllListeners('warning');
  source.on('warning', ({ name, code, message }) => {
    logger.warn('warning of Node', {
      warning: name,
      ...(code === undefined ? {} : { code }),
      text: message,
    });
  });
}
