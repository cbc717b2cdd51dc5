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
  /** The run ends by itself when the process is this old; null for never. */
  readonly deadlineMs: number | null;
  /**
   * Whether a signal had come before; asked once this listens, for a signal that comes while nobody does
   * is lost.
   */
  readonly wasStopped?: () => boolean;
}

export interface StopSignal extends Disposable {
  /** Aborts with the {@link WorkerFailure} to end with: the run stops between two batches. */
  readonly signal: AbortSignal;
  /** Aborts some seconds later: whatever still waits for an answer is dropped. */
  readonly forceStop: AbortSignal;
  /** Aborts some seconds after that: nothing at all is waited for any more. */
  readonly forced: AbortSignal;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/** A batch that is under way is answered in milliseconds, unless a server is gone. */
const GRACE_MS = 5_000;

/** So long after the stop all waiting ends: well within the 30 s after which Kubernetes kills. */
const FORCE_MS = 10_000;

/** Turns SIGTERM, SIGINT and the deadline into abort signals. */
export function watchForStop(options: StopOptions): StopSignal {
  const { clock, logger, signals, deadlineMs } = options;
  const stop = new AbortController();
  const forceStop = new AbortController();
  const forced = new AbortController();
  const timers: (() => void)[] = [];
  const end = (failure: WorkerFailure): void => {
    if (stop.signal.aborted) return;
    logger.warn('stopping', { reason: failure.message });
    stop.abort(failure);
    timers.push(
      clock.setTimer(GRACE_MS, () => {
        forceStop.abort(failure);
      }),
      clock.setTimer(FORCE_MS, () => {
        forced.abort(failure);
      }),
    );
  };
  const onSignal = (): void => {
    end(new WorkerFailure('Terminated', 'The run was told to stop: the next attempt goes on.'));
  };
  for (const signal of SIGNALS) signals.on(signal, onSignal);
  if (deadlineMs !== null) {
    timers.push(
      // What the start took counts, too.
      clock.setTimer(Math.max(0, deadlineMs - clock.monotonicMs()), () => {
        end(deadlineFailure(deadlineMs));
      }),
    );
  }
  if (options.wasStopped?.() === true) onSignal();
  return {
    signal: stop.signal,
    forceStop: forceStop.signal,
    forced: forced.signal,
    [Symbol.dispose]() {
      for (const cancel of timers) cancel();
      for (const signal of SIGNALS) signals.off(signal, onSignal);
    },
  };
}

/** The end of a run that reached its deadline. */
export function deadlineFailure(deadlineMs: number): WorkerFailure {
  const message = `The run reached its deadline of ${deadlineMs / 1000} s: the next run goes on from there; raise activeDeadlineSeconds if none of them ends.`;
  return new WorkerFailure('DeadlineExceeded', message);
}
