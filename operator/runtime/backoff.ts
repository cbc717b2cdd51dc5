/** Growing delays between attempts, back to the first after a quiet while. */
export interface BackoffOptions {
  readonly initialMs: number;
  /** No delay is longer. */
  readonly maxMs: number;
  /** Without a failure for this long the next one counts as the first. */
  readonly resetAfterMs: number;
  /** 0..1; where in the upper half of the delay this one lies. Default Math.random. */
  readonly random?: () => number;
}

/** client-go's reflector: 0.8 s doubling to 30 s, forgotten after two quiet minutes. */
export const REFLECTOR_BACKOFF: BackoffOptions = {
  initialMs: 800,
  maxMs: 30_000,
  resetAfterMs: 120_000,
};

/** Counts failures of one thing that is tried over and over. Delays double; half of each is random. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;
  #lastFailureMs = Number.NEGATIVE_INFINITY;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Milliseconds to wait after a failure at `nowMs` of a monotonic clock. */
  next(nowMs: number): number {
    const { initialMs, maxMs, resetAfterMs, random = Math.random } = this.#options;
    if (nowMs - this.#lastFailureMs > resetAfterMs) this.#failures = 0;
    this.#lastFailureMs = nowMs;
    const fullMs = Math.min(maxMs, initialMs * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    return fullMs * (0.5 + random() / 2);
  }
}
