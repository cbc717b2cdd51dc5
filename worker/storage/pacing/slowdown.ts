/** What an answer that took so long means for the rate. */
export interface Judgement {
  /** True for the second slow one in a row and each that follows: one alone may be chance. */
  readonly isSlow: boolean;
  /** What the limits are multiplied by from now on. */
  readonly factor: number;
  /** The fastest answer of the last minute. */
  readonly baselineMs: number;
}

/** Long enough to remember the server at rest, short enough to take a new leader as it is. */
const MEMORY_MS = 60_000;
/** An answer is slow if it takes this many times the fastest one … */
const SLOW_RATIO = 3;
/** … and this much longer: below that, nobody can tell load from chance. */
const SLOW_EXTRA_MS = 10;
/** Down by a share and up by steps, so that many runs at one server end up with equal parts. */
const SLOW_DOWN = 0.7;
const SPEED_UP = 0.05;
/** Never quite still: else there would be no more answers to learn from. */
const MIN_FACTOR = 0.05;

interface Answer {
  readonly atMs: number;
  readonly latencyMs: number;
}

/** Judges by the latency of small requests how fast a server may be asked. */
export class Slowdown {
  /** Those that can still become the fastest of the last minute: each slower than the one before. */
  readonly #fastest: Answer[] = [];
  #factor = 1;
  #wasLate = false;

  /** Learns of one more answer. */
  observe(latencyMs: number, nowMs: number): Judgement {
    const baselineMs = this.#baseline({ latencyMs, atMs: nowMs });
    const isLate = latencyMs > Math.max(SLOW_RATIO * baselineMs, baselineMs + SLOW_EXTRA_MS);
    const isSlow = isLate && this.#wasLate;
    this.#wasLate = isLate;
    if (isSlow) this.#factor = Math.max(MIN_FACTOR, this.#factor * SLOW_DOWN);
    else if (!isLate) this.#factor = Math.min(1, this.#factor + SPEED_UP);
    return { isSlow, factor: this.#factor, baselineMs };
  }

  #baseline(answer: Answer): number {
    const fastest = this.#fastest;
    while ((fastest.at(-1)?.latencyMs ?? -1) >= answer.latencyMs) fastest.pop();
    fastest.push(answer);
    while ((fastest[0]?.atMs ?? Infinity) < answer.atMs - MEMORY_MS) fastest.shift();
    return fastest[0]?.latencyMs ?? answer.latencyMs;
  }
}
