import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { WorkerFailure } from '../failure.ts';

/** Where signals of the operating system come from: the process, or a test. */
export interface SignalEmitter {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

export interface StopOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signals: SignalEmitter;
  /** The run ends by itself after this long; null for never. */
  readonly deadlineMs: number | null;
}

export interface StopSignal extends Disposable {
  /** Aborts with the {@link WorkerFailure} to end with: the run stops between two batches. */
  readonly signal: AbortSignal;
  /** Aborts some seconds later: whatever still waits for an answer is dropped. */
  readonly hurry: AbortSignal;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/** A batch that is under way is answered in milliseconds, unless a server is gone. */
const GRACE_MS = 5_000;

/** Turns SIGTERM, SIGINT and the deadline into abort signals. */
export function watchForStop({ clock, logger, signals, deadlineMs }: StopOptions): StopSignal {
  const stop = new AbortController();
  const hurry = new AbortController();
  const timers: (() => void)[] = [];
  const end = (failure: WorkerFailure): void => {
    if (stop.signal.aborted) return;
    logger.warn('stopping', { reason: failure.message });
    stop.abort(failure);
    timers.push(
      clock.setTimer(GRACE_MS, () => {
        hurry.abort(failure);
      }),
    );
  };
  const onSignal = (): void => {
    end(new WorkerFailure('Terminated', 'The run was told to stop: the next attempt goes on.'));
  };
  for (const signal of SIGNALS) signals.on(signal, onSignal);
  if (deadlineMs !== null) {
    const message = `The run reached its deadline of ${deadlineMs / 1000} s: the next run goes on from there; raise activeDeadlineSeconds if none of them ends.`;
    timers.push(
      clock.setTimer(deadlineMs, () => {
        end(new WorkerFailure('DeadlineExceeded', message));
      }),
    );
  }
  return {
    signal: stop.signal,
    hurry: hurry.signal,
    [Symbol.dispose]() {
      for (const cancel of timers) cancel();
      for (const signal of SIGNALS) signals.off(signal, onSignal);
    },
  };
}
