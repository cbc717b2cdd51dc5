import type { Clock } from './clock.ts';
import { abortError, type ZooKeeperError } from './errors.ts';

export interface Deadline {
  /** Aborts when the time is up or when the outer signal does, with a ZooKeeperError as reason. */
  readonly signal: AbortSignal;
  /** Must be called when the work is done. */
  clear(): void;
}

export interface DeadlineOptions {
  clock: Clock;
  timeoutMs: number;
  /** Called when the time is up; tells what was waited for. */
  explain: () => ZooKeeperError;
  outer?: AbortSignal | undefined;
}

/** An AbortSignal that ends some work in time. */
export function startDeadline({ clock, timeoutMs, explain, outer }: DeadlineOptions): Deadline {
  const controller = new AbortController();
  const cancelTimer = clock.schedule(timeoutMs, () => {
    controller.abort(explain());
  });
  const onOuterAbort = (): void => {
    if (outer !== undefined) controller.abort(abortError(outer));
  };
  if (outer?.aborted === true) onOuterAbort();
  outer?.addEventListener('abort', onOuterAbort, { once: true });
  return {
    signal: controller.signal,
    clear: () => {
      cancelTimer();
      outer?.removeEventListener('abort', onOuterAbort);
    },
  };
}

/** Waits; rejects with the signal's error when that aborts. */
export async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw abortError(signal);
  if (delayMs <= 0) return;
  await new Promise<void>((resolve, reject) => {
    const cancelTimer = clock.schedule(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = (): void => {
      cancelTimer();
      reject(abortError(signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
