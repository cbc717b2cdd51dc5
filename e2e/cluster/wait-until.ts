import { setTimeout as delay } from 'node:timers/promises';
import { ClusterError } from './cluster-error.ts';

export interface WaitOptions {
  /** What is waited for, as it ends the sentence "… waiting for …". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly intervalMs?: number;
}

const DEFAULT_INTERVAL_MS = 100;

/**
 * Repeats a check until it returns true. A check that throws a ClusterError ends the wait at once;
 * any other error counts as "not yet" and is told when the time is over.
 */
export async function waitUntil(
  check: () => Promise<boolean>,
  { what, timeoutMs, intervalMs = DEFAULT_INTERVAL_MS }: WaitOptions,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      if (await check()) return;
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      lastError = error;
    }
    if (performance.now() > deadlineMs) {
      const reason = lastError instanceof Error ? `: ${lastError.message}` : '';
      throw new ClusterError(`Gave up after ${timeoutMs} ms waiting for ${what}${reason}.`);
    }
    await delay(intervalMs);
  }
}
