/** A retry a key may have by itself, and all keys together: workqueue's defaults. */
const KEY_INITIAL_MS = 5;
const KEY_MAX_MS = 1_000_000;
const BUCKET_PER_SECOND = 10;
const BUCKET_SIZE = 100;

/**
 * How long retries wait: each key 5 ms doubling to 1000 s, all together at most 10 a second after
 * a burst of 100, so that an API server that comes back is not met by everybody at once.
 */
export class RetryBudget {
  readonly #failures = new Map<string, number>();
  #tokens = BUCKET_SIZE;
  #filledMs = 0;

  /** Counts a failure of `key` at `nowMs` of a monotonic clock; returns the delay of its retry. */
  delayAfterFailure(key: string, nowMs: number): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const ownMs = Math.min(KEY_MAX_MS, KEY_INITIAL_MS * 2 ** Math.min(failures, 30));
    return Math.max(ownMs, this.#takeToken(nowMs));
  }

  /** The key did well: its next failure counts as the first. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Failures in a row. */
  failuresOf(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Takes a token, on credit if need be; returns how long until it is really there. */
  #takeToken(nowMs: number): number {
    const gained = ((nowMs - this.#filledMs) / 1000) * BUCKET_PER_SECOND;
    this.#tokens = Math.min(BUCKET_SIZE, this.#tokens + gained) - 1;
    this.#filledMs = nowMs;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / BUCKET_PER_SECOND) * 1000;
  }
}
