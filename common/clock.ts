/** Cancels a timer; calling it again, or after the timer fired, does nothing. */
export type CancelTimer = () => void;

/** Time as it is handed to everything that needs it, so that a test can hold the hands. */
export interface Clock {
  /** Wall-clock time: what people read. It can jump in both directions. */
  now(): Date;
  /** Milliseconds of a clock that never jumps: for durations and deadlines. */
  monotonicMs(): number;
  /** Calls `callback` once after `delayMs` milliseconds of the monotonic clock. */
  setTimer(delayMs: number, callback: () => void): CancelTimer;
}

/** setTimeout fires at once for more than this (2³¹-1 ms, 24.8 days). */
const MAX_TIMEOUT_MS = 0x7fffffff;

/** The real clock of this process. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, callback) {
    const dueMs = performance.now() + delayMs;
    let handle = arm();
    function arm(): NodeJS.Timeout {
      const leftMs = dueMs - performance.now();
      if (leftMs <= MAX_TIMEOUT_MS) return setTimeout(callback, Math.max(0, leftMs));
      return setTimeout(() => {
        handle = arm();
      }, MAX_TIMEOUT_MS);
    }
    return () => {
      clearTimeout(handle);
    };
  },
};

/**
 * Waits `delayMs` on the given clock. Rejects with the signal's reason as soon as `signal` aborts.
 */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(abortReason(signal));
      return;
    }
    const cancel = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    function onAbort(): void {
      cancel();
      reject(abortReason(signal));
    }
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function abortReason(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted');
}
