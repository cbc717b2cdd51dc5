/**
 * What is left unused for longer is lost. Else all that a busy moment of this process held up would
 * be made up for in one go, and others would wait behind that.
 */
const MEMORY_MS = 10;

/**
 * Lets so much a second pass. It may be more than is there, for some costs are known only
 * afterwards, and a batch has the size it has: the bucket is in debt then, and whoever comes next
 * waits until that is paid off. So in any time t no more than rate × (t + 10 ms) is taken, and what
 * was taken last.
 */
export class TokenBucket {
  #perMs: number;
  #tokens: number;
  #atMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perMs = perSecond / 1_000;
    this.#tokens = this.#capacity;
    this.#atMs = nowMs;
  }

  /** Whole milliseconds until somebody may take from it; 0 if at once. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs);
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMs);
  }

  take(count: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#tokens -= count;
  }

  /** Changes the rate from now on; a debt stays. */
  setRate(perSecond: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#perMs = perSecond / 1_000;
    this.#tokens = Math.min(this.#tokens, this.#capacity);
  }

  get #capacity(): number {
    return this.#perMs * MEMORY_MS;
  }

  #fill(nowMs: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
  }
}
