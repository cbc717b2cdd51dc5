import type { Clock } from '../../common/clock.ts';
import { DelayedKeys } from './delayed-keys.ts';
import { ReadyKeys, type KeyGroups } from './ready-keys.ts';
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
  /** Gives access to how many keys are {@link KeyedQueue.stuck}. */
  observeStuck(read: () => number): void;
}

export interface KeyedQueueOptions {
  readonly clock: Clock;
  /** How many keys are processed at once. */
  readonly workers: number;
  /** Processes one key. A rejection counts as `retry`. */
  readonly process: (
    key: string,
    signal: AbortSignal,
    yieldToWaiting: GiveWay,
  ) => Promise<QueueOutcome>;
  /** Keys that must not take all workers together; default: any may. */
  readonly groups?: KeyGroups;
  /**
   * A key that is in process for longer, but for the time it gave way, gives its worker back: what it
   * waits for may never come. It is not processed again before it ends, and keeps its place in its
   * group. Default: never.
   */
  readonly stuckAfterMs?: number;
  readonly metrics?: QueueMetrics;
}

/** After the deadline of a drain, how long what was aborted gets to notice. */
const ABORT_GRACE_MS = 2000;

/** A key in process. */
interface Running {
  readonly startedMs: number;
  /** `paused`: it gave way. `stuck`: it has no worker any more. */
  state: 'busy' | 'paused' | 'stuck';
  cancelTimer: () => void;
}

/** Work that gave way, with the place it has in line: a lower one comes first. */
interface Paused {
  readonly place: number;
  readonly running: Running;
  readonly resume: () => void;
}

/**
 * A queue of keys in the manner of client-go's workqueue: a key waits at most once, is never
 * processed twice at once, and one that arrives while it is being processed comes again after.
 */
export class KeyedQueue {
  readonly #options: KeyedQueueOptions;
  readonly #clock: Clock;
  readonly #ready: ReadyKeys;
  /** What has begun and gave way, in the order of doing so. */
  readonly #paused: Paused[] = [];
  readonly #running = new Map<string, Running>();
  readonly #counts = { busy: 0, paused: 0, stuck: 0 };
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
    this.#ready = new ReadyKeys(options.groups);
    this.#delayed = new DelayedKeys(options.clock, (key) => {
      this.enqueue(key);
    });
    options.metrics?.observeRunning(() => this.#runningSeconds());
    options.metrics?.observeStuck(() => this.stuck);
  }

  /** Keys that wait to be processed now. */
  get depth(): number {
    return this.#ready.size;
  }

  /** Keys in process. */
  get running(): number {
    return this.#running.size;
  }

  /** Keys in process that have lost their worker, because they take too long. */
  get stuck(): number {
    return this.#counts.stuck;
  }

  /** Processes `key` as soon as a worker is free. Does nothing once the queue was stopped. */
  enqueue(key: string): void {
    if (this.#state === 'stopped') return;
    const nowMs = this.#clock.monotonicMs();
    const isRunning = this.#running.has(key);
    if (isRunning ? this.#again.has(key) : this.#ready.has(key)) return;
    if (isRunning) this.#again.set(key, nowMs);
    else this.#ready.add({ key, addedMs: nowMs, place: this.#places++ });
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
    while (this.#counts.busy < this.#options.workers) {
      const next = this.#ready.next();
      const [paused] = this.#paused;
      if (paused !== undefined && (next === undefined || paused.place < next.place)) {
        this.#paused.shift();
        this.#resume(paused);
      } else if (next !== undefined) {
        this.#ready.begun(next);
        void this.#run(next.key, next.addedMs);
      } else break;
    }
    this.#reportDepth();
  }

  /** Nobody is in line, or there is no worker to give: nothing to yield to. */
  #giveWay(running: Running): Promise<void> {
    if (this.#state !== 'started' || this.#ready.size === 0) return Promise.resolve();
    if (running.state === 'stuck') return Promise.resolve();
    this.#turn(running, 'paused');
    return new Promise((resume) => {
      this.#paused.push({ place: this.#places++, running, resume });
      this.#pump();
    });
  }

  #resumeAll(): void {
    for (const paused of this.#paused.splice(0)) this.#resume(paused);
  }

  /** Takes the worker from what is in process when this is called so late. */
  #watch(running: Running): void {
    const { stuckAfterMs } = this.#options;
    if (stuckAfterMs === undefined) return;
    running.cancelTimer = this.#clock.setTimer(stuckAfterMs, () => {
      if (running.state === 'paused') {
        this.#watch(running);
        return;
      }
      this.#turn(running, 'stuck');
      this.#pump();
    });
  }

  #turn(running: Running, state: Running['state']): void {
    this.#counts[running.state] -= 1;
    this.#counts[state] += 1;
    running.state = state;
  }

  #resume({ running, resume }: Paused): void {
    this.#turn(running, 'busy');
    resume();
  }

  async #run(key: string, addedMs: number): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    // Whatever it was to be looked at for later, it is looked at now.
    this.#delayed.delete(key);
    const running: Running = { startedMs, state: 'busy', cancelTimer: () => undefined };
    this.#running.set(key, running);
    this.#counts.busy += 1;
    this.#watch(running);
    this.#options.metrics?.queueDuration((startedMs - addedMs) / 1000);
    const outcome = await this.#process(key, running);
    running.cancelTimer();
    this.#options.metrics?.workDuration((this.#clock.monotonicMs() - startedMs) / 1000);
    this.#running.delete(key);
    this.#counts[running.state] -= 1;
    this.#ready.ended(key);
    if (this.#state === 'stopped') {
      if (this.#running.size === 0) this.#onIdle();
      else this.#pump();
      return;
    }
    this.#settle(key, outcome);
    const againMs = this.#again.get(key);
    if (againMs !== undefined) {
      this.#again.delete(key);
      this.#ready.add({ key, addedMs: againMs, place: this.#places++ });
    }
    this.#pump();
  }

  async #process(key: string, running: Running): Promise<QueueOutcome> {
    try {
      return await this.#options.process(key, this.#abort.signal, () => this.#giveWay(running));
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
    return [...this.#running.values()].map(({ startedMs }) => (nowMs - startedMs) / 1000);
  }

  #reportDepth(): void {
    this.#options.metrics?.setDepth(this.#ready.size);
  }
}
