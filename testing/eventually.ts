import { setTimeout as delay } from 'node:timers/promises';

export interface EventuallyOptions {
  /** After this long without success the last failure is thrown. */
  timeoutMs: number;
  /** Pause between two checks; default 25. */
  intervalMs?: number;
  /** Goes into the error. */
  description?: string;
}

/**
 * Repeats a check until it returns something other than `undefined` or `false`; a check that
 * throws counts as not yet true. Rejects with what was seen last once the deadline has passed.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs, intervalMs = 25, description = 'the condition' }: EventuallyOptions,
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + timeoutMs;
  let lastSeen: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
      lastSeen = value;
    } catch (error) {
      lastSeen = error;
    }
    if (performance.now() > deadline) {
      throw new Error(
        `${description} did not come true within ${timeoutMs} ms; last seen: ${String(lastSeen)}`,
        {
          cause: lastSeen,
        },
      );
    }
    await delay(intervalMs);
  }
}
