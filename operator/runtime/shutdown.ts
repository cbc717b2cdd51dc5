import { constants } from 'node:os';
import type { Logger } from '../../common/logger.ts';
import { createAbortController } from './signals.ts';

/** The part of `process` that signals come from. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

export interface ShutdownOptions {
  readonly source: SignalSource;
  readonly logger: Logger;
  /** Ends the process; only called for a second signal. */
  readonly exit: (code: number) => void;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/**
 * A signal that aborts with the first SIGTERM or SIGINT: time to drain, release the lease and end
 * with 0. The second one ends the process at once, with the code a shell gives it (128 + number).
 * As pid 1 of a container a process without these listeners would ignore both.
 */
export function listenForShutdown(options: ShutdownOptions): AbortSignal {
  const { source, logger, exit } = options;
  const controller = createAbortController();
  for (const name of SIGNALS) {
    source.on(name, () => {
      if (controller.signal.aborted) {
        logger.warn('told to stop again; ending at once', { signal: name });
        exit(128 + constants.signals[name]);
        return;
      }
      logger.info('told to stop; finishing what runs', { signal: name });
      controller.abort(new Error(`received ${name}`));
    });
  }
  return controller.signal;
}
