import type { WorkerResult } from '../../api/worker-contract.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { WorkerFailure } from '../failure.ts';
import type { Beat, EndOrder } from './beat.ts';

/** The thread that looks after the main one. */
export interface WatchdogThread {
  postMessage(beat: Beat): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  unref(): void;
  terminate(): Promise<unknown>;
}

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborts when the run is told to stop, with the {@link WorkerFailure} to end with. */
  readonly signal: AbortSignal;
  /** What is known of a run that nobody tells of yet. */
  readonly unknown: WorkerResult;
  /** Starts the thread; null where nothing is to be looked after. */
  readonly start: ((result: WorkerResult) => WatchdogThread) | null;
}

/** Looks after a run until it is disposed of. */
export interface Watchdog extends Disposable {
  /** @param soFar tells, at any time, what is known of the run */
  follow(soFar: () => WorkerResult): void;
}

/** What is over before costs no thread: that is 11 MB, and as much CPU as 50 ms. */
const START_AFTER_MS = 2_000;

const BEAT_EVERY_MS = 1_000;

/** To put a result together takes longer than to beat. */
const RESULT_EVERY_BEATS = 5;

/**
 * Has a thread of its own look after a run: see {@link Standstill} for when that
 * ends the process, and {@link endProcess} for how.
 */
export function watchOver(options: WatchdogOptions): Watchdog {
  const { clock, logger, signal, unknown, start } = options;
  let result = (): WorkerResult => unknown;
  let thread: WatchdogThread | null = null;
  let beats = 0;
  const beat = (): void => {
    beats += 1;
    const withResult = beats % RESULT_EVERY_BEATS === 0 ? { result: result() } : {};
    thread?.postMessage({ ...withResult, stop: orderOf(signal) });
    cancel = clock.setTimer(BEAT_EVERY_MS, beat);
  };
  let cancel = clock.setTimer(START_AFTER_MS, () => {
    if (start === null) return;
    thread = start(result());
    thread.unref();
    thread.on('error', (error) => {
      thread = null;
      logger.warn('nobody watches the run any more', { error });
    });
    beat();
  });
  return {
    follow(soFar) {
      result = soFar;
    },
    [Symbol.dispose]() {
      cancel();
      void thread?.terminate();
    },
  };
}

/** The part of a failure that another thread can be sent. */
export function endOrderOf({ outcome, message }: WorkerFailure): EndOrder {
  return { outcome, message };
}

function orderOf({ aborted, reason }: AbortSignal): EndOrder | null {
  return aborted && reason instanceof WorkerFailure ? endOrderOf(reason) : null;
}
