import type { CancelTimer, Clock } from '../../common/clock.ts';

interface Due {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/**
 * Longest sleep. Delays are often computed from wall-clock times (the next slot of a plan), so a
 * wall clock that is set forward, or a machine that slept, must be noticed.
 */
const MAX_SLEEP_MS = 30_000;

/** Keys that become due later; each at most once, at the earliest time asked for. */
export class DelayedKeys {
  readonly #clock: Clock;
  readonly #onDue: (key: string) => void;
  readonly #entries = new Map<string, Due>();
  #cancelTimer: CancelTimer = () => undefined;
  #wakeMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, onDue: (key: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Makes `key` due in `delayMs`, unless it is due earlier already. */
  add(key: string, delayMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    const due = { monotonicMs: nowMs + delayMs, wallMs: this.#clock.now().getTime() + delayMs };
    const known = this.#entries.get(key);
    if (known !== undefined && known.monotonicMs <= due.monotonicMs) return;
    this.#entries.set(key, due);
    if (due.monotonicMs < this.#wakeMs) this.#sleep(due.monotonicMs);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#cancelTimer();
    this.#wakeMs = Number.POSITIVE_INFINITY;
  }

  #sleep(untilMs: number): void {
    this.#cancelTimer();
    const nowMs = this.#clock.monotonicMs();
    this.#wakeMs = Math.min(untilMs, nowMs + MAX_SLEEP_MS);
    this.#cancelTimer = this.#clock.setTimer(Math.max(0, this.#wakeMs - nowMs), () => {
      this.#wake();
    });
  }

  /** Hands out what is due, then sleeps until the next. One pass over all: there are few thousand. */
  #wake(): void {
    const nowMs = this.#clock.monotonicMs();
    const wallMs = this.#clock.now().getTime();
    const due: string[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [key, entry] of this.#entries) {
      if (entry.monotonicMs <= nowMs || entry.wallMs <= wallMs) due.push(key);
      else nextMs = Math.min(nextMs, entry.monotonicMs);
    }
    for (const key of due) this.#entries.delete(key);
    this.#wakeMs = Number.POSITIVE_INFINITY;
    if (nextMs !== Number.POSITIVE_INFINITY) this.#sleep(nextMs);
    for (const key of due) this.#onDue(key);
  }
}
