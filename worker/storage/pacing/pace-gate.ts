import type { CancelTimer, Clock } from '../../../common/clock.ts';
import type { RateLimits } from './rate-limits.ts';
import { TokenBucket } from './token-bucket.ts';

/** What a call takes. `order`: nothing, it only keeps its place among the others. */
export type Cost =
  | { readonly kind: 'read'; readonly count: number }
  | { readonly kind: 'write'; readonly count: number; readonly bytes: number }
  | { readonly kind: 'order' };

export interface PaceGateOptions {
  readonly limits: RateLimits;
  readonly clock: Clock;
  /** Opens the gate for good. */
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly cost: Cost;
  readonly go: () => void;
}

/**
 * Holds calls back until the limits allow them. They go through in the order they came: once one
 * waits, all later ones wait behind it, whatever they cost. One that need not wait is called at
 * once, in the same turn.
 */
export class PaceGate {
  readonly #limits: RateLimits;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #reads: TokenBucket | null;
  readonly #writes: TokenBucket | null;
  readonly #bytes: TokenBucket | null;
  readonly #queue: Waiting[] = [];
  readonly #onAbort = (): void => {
    this.open();
  };
  #cancelTimer: CancelTimer | null = null;
  #isOpen = false;

  constructor({ limits, clock, signal }: PaceGateOptions) {
    const nowMs = clock.monotonicMs();
    const bucket = (perSecond: number): TokenBucket | null =>
      perSecond === 0 ? null : new TokenBucket(perSecond, nowMs);
    this.#limits = limits;
    this.#clock = clock;
    this.#signal = signal;
    this.#reads = bucket(limits.readsPerSecond);
    this.#writes = bucket(limits.writesPerSecond);
    this.#bytes = bucket(limits.bytesPerSecond);
    if (signal.aborted) this.open();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Calls when it may; resolves or rejects with what comes of the call. */
  pass<T>(cost: Cost, call: () => Promise<T>): Promise<T> {
    if (this.#queue.length === 0 && this.#waitMs(cost) === 0) {
      this.#pay(cost);
      return call();
    }
    const passed = new Promise<T>((resolve) => {
      this.#queue.push({
        cost,
        go: () => {
          resolve(call());
        },
      });
    });
    if (this.#queue.length === 1) this.#drain();
    return passed;
  }

  /** Takes bytes that are known only now. */
  charge(bytes: number): void {
    this.#bytes?.take(bytes, this.#clock.monotonicMs());
  }

  /** Multiplies all limits, from now on. */
  setFactor(factor: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#reads?.setRate(this.#limits.readsPerSecond * factor, nowMs);
    this.#writes?.setRate(this.#limits.writesPerSecond * factor, nowMs);
    this.#bytes?.setRate(this.#limits.bytesPerSecond * factor, nowMs);
    this.#drain();
  }

  /** From now on nothing waits; what does goes through at once, in its order. Idempotent. */
  open(): void {
    this.#isOpen = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#drain();
  }

  #drain(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const waitMs = this.#waitMs(next.cost);
      if (waitMs > 0) {
        this.#cancelTimer = this.#clock.setTimer(waitMs, () => {
          this.#drain();
        });
        return;
      }
      this.#queue.shift();
      this.#pay(next.cost);
      next.go();
    }
  }

  #waitMs({ kind }: Cost): number {
    if (this.#isOpen || kind === 'order') return 0;
    const nowMs = this.#clock.monotonicMs();
    const own = kind === 'read' ? this.#reads : this.#writes;
    return Math.max(own?.waitMs(nowMs) ?? 0, this.#bytes?.waitMs(nowMs) ?? 0);
  }

  #pay(cost: Cost): void {
    if (this.#isOpen || cost.kind === 'order') return;
    const nowMs = this.#clock.monotonicMs();
    if (cost.kind === 'read') {
      this.#reads?.take(cost.count, nowMs);
      return;
    }
    this.#writes?.take(cost.count, nowMs);
    this.#bytes?.take(cost.bytes, nowMs);
  }
}
