import type { Clock } from '../../common/clock.ts';
import { DelayedKeys } from './delayed-keys.ts';
import { RetryBudget } from './retry-budget.ts';
import { createAbortController } from './signals.ts';

/** What came of processing a key. */
export type QueueOutcome =
  | { readonly kind: 'done'; readonly requeueAfterMs?: number | undefined }
  /** Try again, after a delay that grows with each failure but is at least `minDelayMs`. */
  | { readonly kind: 'retry'; readonly minDelayMs?: number | undefined };

/**
 * Called while a key is processed: lets those that wait begin, and resolves when all of them have
 * and there is a worker again. For what need not be done before what is due now.
 */
export type GiveWay = () => Promise<void>;

/** What a queue tells of itself; the names are those of workqueue's metrics. */
export interface QueueMetrics {
  setDepth(depth: number): void;
  added(): void;
  retried(): void;
  /** How long a key waited to be processed. */
  queueDuration(seconds: number): void;
  workDuration(seconds: number): void;
  /** Gives access to how long the running ones have been at it, each in seconds. */
  observeRunning(read: () => readonly number[]): void;
}

export interface KeyedQueueOptions {
  readonly clock: Clock;
  /** How many keys are processed at once. */
  readonly workers: number;
  /** Processes one key. A rejection counts as `retry`. */
  readonly process: (key: string, signal: AbortSignal, giveWay: GiveWay) => Promise<QueueOutcome>;
  readonly metrics?: QueueMetrics;
}

/** After the deadline of a drain, how long what was aborted gets to notice. */
const ABORT_GRACE_MS = 2000;

/** Somebody in line, with the place it has there: a lower one comes first. */
interface Waiting {
  readonly place: number;
}

/**
 * A queue of keys in the manner of client-go's workqueue: a key waits at most once, is never
 * processed twice at once, and one that arrives while it is being processed comes again after.
 */
export class KeyedQueue {
  readonly #options: KeyedQueueOptions;
  readonly #clock: Clock;
  /** Keys to process, oldest first, with the time they came. */
  readonly #ready = new Map<string, Waiting & { readonly addedMs: number }>();
  /** What has begun and gave way, in the order of doing so. */
  readonly #paused: (Waiting & { readonly resume: () => void })[] = [];
  /** Keys in process, with the time they began. */
  readonly #running = new Map<string, number>();
  /** Keys that came while they were in process. */
  readonly #again = new Map<string, number>();
  readonly #delayed: DelayedKeys;
  readonly #retries = new RetryBudget();
  readonly #abort = createAbortController();
  #places = 0;
  #state: 'idle' | 'started' | 'stopped' = 'idle';
  #onIdle: () => void = () => undefined;

  constructor(options: KeyedQueueOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#delayed = new DelayedKeys(options.clock, (key) => {
      this.enqueue(key);
    });
    options.metrics?.observeRunning(() => this.#runningSeconds());
  }

  /** Keys that wait to be processed now. */
  get depth(): number {
    return this.#ready.size;
  }

  /** Keys in process. */
  get running(): number {
    return this.#running.size;
  }

  /** Processes `key` as soon as a worker is free. Does nothing once the queue was stopped. */
  enqueue(key: string): void {
    if (this.#state === 'stopped') return;
    const nowMs = this.#clock.monotonicMs();
    const isRunning = this.#running.has(key);
    if ((isRunning ? this.#again : this.#ready).has(key)) return;
    if (isRunning) this.#again.set(key, nowMs);
    else this.#ready.set(key, { addedMs: nowMs, place: this.#places++ });
    this.#options.metrics?.added();
    this.#pump();
  }

  /** Processes `key` in `delayMs`, or earlier if it is due earlier already. */
  enqueueAfter(key: string, delayMs: number): void {
    if (this.#state === 'stopped') return;
    if (delayMs <= 0) this.enqueue(key);
    else this.#delayed.add(key, delayMs);
  }

  /** Failures in a row of a key. */
  failuresOf(key: string): number {
    return this.#retries.failuresOf(key);
  }

  /** Begins to process. Keys may be added before. */
  start(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'started';
    this.#pump();
  }

  /**
   * Takes no more keys, waits up to `graceMs` for those in process, then aborts their signal and
   * waits a moment more.
   *
   * @returns how many keys were still in process when waiting ended.
   */
  async stop(graceMs: number): Promise<number> {
    this.#state = 'stopped';
    this.#delayed.clear();
    this.#ready.clear();
    this.#again.clear();
    // What gave way goes on, no more of it at once than there are workers.
    this.#pump();
    if (!(await this.#idleWithin(graceMs))) {
      this.abort(new Error('the work was told to stop'));
      await this.#idleWithin(ABORT_GRACE_MS);
    }
    return this.#running.size;
  }

  /** Aborts the signal of whatever is in process; for a stop that cannot wait. */
  abort(reason: Error): void {
    this.#abort.abort(reason);
    this.#resumeAll();
  }

  #pump(): void {
    this.#reportDepth();
    if (this.#state === 'idle') return;
    while (this.#running.size - this.#paused.length < this.#options.workers) {
      const [next] = this.#ready;
      const [paused] = this.#paused;
      if (paused !== undefined && (next === undefined || paused.place < next[1].place)) {
        this.#paused.shift();
        paused.resume();
      } else if (next !== undefined) {
        const [key, { addedMs }] = next;
        this.#ready.delete(key);
        void this.#run(key, addedMs);
      } else break;
    }
    this.#reportDepth();
  }

  /** Nobody is in line: nothing to give way to. */
  #giveWay(): Promise<void> {
    if (this.#state !== 'started' || this.#ready.size === 0) return Promise.resolve();
    return new Promise((resume) => {
      this.#paused.push({ place: this.#places++, resume });
      this.#pump();
    });
  }

  #resumeAll(): void {
    for (const { resume } of this.#paused.splice(0)) resume();
  }

  async #run(key: string, addedMs: number): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    // Whatever it was to be looked at for later, it is looked at now.
    this.#delayed.delete(key);
    this.#running.set(key, startedMs);
    this.#options.metrics?.queueDuration((startedMs - addedMs) / 1000);
    const outcome = await this.#process(key);
    this.#options.metrics?.workDuration((this.#clock.monotonicMs() - startedMs) / 1000);
    this.#running.delete(key);
    if (this.#state === 'stopped') {
      if (this.#running.size === 0) this.#onIdle();
      else this.#pump();
      return;
    }
    this.#settle(key, outcome);
    const againMs = this.#again.get(key);
    if (againMs !== undefined) {
      this.#again.delete(key);
      this.#ready.set(key, { addedMs: againMs, place: this.#places++ });
    }
    this.#pump();
  }

  async #process(key: string): Promise<QueueOutcome> {
    try {
      return await this.#options.process(key, this.#abort.signal, () => this.#giveWay());
    } catch {
      // Whoever processes reports its errors; here only the retry matters.
      return { kind: 'retry' };
    }
  }

  #settle(key: string, outcome: QueueOutcome): void {
    if (outcome.kind === 'done') {
      this.#retries.forget(key);
      if (outcome.requeueAfterMs !== undefined) this.enqueueAfter(key, outcome.requeueAfterMs);
      return;
    }
    this.#options.metrics?.retried();
    const delayMs = this.#retries.delayAfterFailure(key, this.#clock.monotonicMs());
    this.#delayed.add(key, Math.max(delayMs, outcome.minDelayMs ?? 0));
  }

  #idleWithin(graceMs: number): Promise<boolean> {
    if (this.#running.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimer(graceMs, () => {
        resolve(false);
      });
      this.#onIdle = () => {
        cancel();
        resolve(true);
      };
    });
  }

  #runningSeconds(): readonly number[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#running.values()].map((startedMs) => (nowMs - startedMs) / 1000);
  }

  #reportDepth(): void {
    this.#options.metrics?.setDepth(this.#ready.size);
  }
}
