import { randomUUID } from 'node:crypto';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { isConflict, KubeApiError } from '../kube/errors.ts';
import { formatKey, keyOf, parseKey, type KubeObject, type ObjectKey } from '../kube/objects.ts';
import type { Informer } from './informer.ts';
import { KeyedQueue, type GiveWay, type QueueMetrics, type QueueOutcome } from './keyed-queue.ts';
import type { CacheChange } from './object-cache.ts';
import type { KeyGroups } from './ready-keys.ts';
import { joinSignals, untilAborted } from './signals.ts';
import { TerminalFailures } from './terminal-failures.ts';

/**
 * Thrown by a reconcile that cannot succeed until the user changes the spec. It is not retried,
 * and neither is the echo of the status the reconcile wrote: only a new generation of the object,
 * or a change of something else the controller watches, brings it back.
 */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export interface ReconcileContext {
  /** Aborts when leadership is lost, the process must end now, or the reconcile takes too long. */
  readonly signal: AbortSignal;
  /** Carries controller, kind, namespace, name, generation and a reconcileId. */
  readonly logger: Logger;
  /** Lets keys that wait begin before this one goes on; see {@link GiveWay}. */
  readonly yieldToWaiting: GiveWay;
  /** The same object as long as this process leads: what was learnt in another term may be outdated. */
  readonly term: object;
}

export interface ReconcileResult {
  /** Look again after this long, even if nothing happens; absent: only when something happens. */
  readonly requeueAfterMs?: number | undefined;
}

/**
 * Brings the world nearer to what the object named by `key` asks for, from whatever state it is
 * in. The key says that something may have changed, never what; the object may be gone.
 *
 * A rejection is retried with a growing delay; a TerminalError is not retried.
 */
export type Reconcile = (key: ObjectKey, context: ReconcileContext) => Promise<ReconcileResult>;

/** A kind whose changes make a controller look at keys. */
export interface ControllerWatch {
  readonly informer: Informer;
  /** Keys to look at when this object changed or went away; default: its own. */
  readonly mapToKeys?: (object: KubeObject) => readonly ObjectKey[];
}

/** What a controller tells of itself; the names are controller-runtime's. */
export interface ControllerMetrics extends QueueMetrics {
  reconciled(result: ReconcileOutcome, seconds: number): void;
  setActiveWorkers(count: number): void;
}

export type ReconcileOutcome =
  'success' | 'requeue_after' | 'error' | 'conflict' | 'terminal_error' | 'panic';

export interface ControllerOptions {
  readonly name: string;
  /** The kind it reconciles; its informer is the first of `watches`. */
  readonly kind: string;
  readonly watches: readonly [ControllerWatch, ...ControllerWatch[]];
  readonly reconcile: Reconcile;
  /** Keys reconciled at once. Default 4. */
  readonly workers?: number;
  /** Keys of one namespace reconciled at once; default: as many as there are workers. */
  readonly maxPerNamespace?: number;
  /**
   * After this long a reconcile's signal aborts; one that does not end by it loses its worker a moment
   * later. Default two minutes.
   */
  readonly reconcileTimeoutMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: ControllerMetrics;
}

/** When the work of a term of leadership ends. */
export interface WorkTerm {
  /** Begin nothing new, finish what runs. */
  readonly stop: AbortSignal;
  /** End at once: somebody else may be at work already. */
  readonly abort: AbortSignal;
  /** How long work that runs may go on after `stop`. */
  readonly drainMs: number;
}

const DEFAULT_WORKERS = 4;
const DEFAULT_RECONCILE_TIMEOUT_MS = 120_000;

/** How long a reconcile may take to end once its signal has aborted. */
const ABORTED_RECONCILE_MS = 10_000;

/** Turns changes of watched objects into reconciles of keys, one at a time for each key. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #terminal = new TerminalFailures();
  /** That of the newest term. */
  #queue: KeyedQueue | undefined;
  #active = 0;
  #term: object = {};

  constructor(options: ControllerOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Reconciles that ignore their signal and have lost their worker; what they hold is lost, too. */
  get stuckReconciles(): number {
    return this.#queue?.stuck ?? 0;
  }

  /** What only a restart can cure: as many reconciles that never end as there are workers. */
  get problems(): readonly string[] {
    const { name, workers = DEFAULT_WORKERS } = this.#options;
    const stuck = this.stuckReconciles;
    return stuck < workers ? [] : [`${stuck} reconciles of the controller ${name} do not end`];
  }

  /**
   * Waits for the caches, looks at everything once, then follows changes until the term ends.
   * Resolves once nothing runs any more, or what runs ignored its signal. May be called again.
   */
  async run(term: WorkTerm): Promise<void> {
    const { watches, logger, name } = this.#options;
    const ended = joinSignals(term.stop, term.abort);
    const queue = this.#createQueue();
    this.#queue = queue;
    const onAbort = (): void => {
      queue.abort(new Error('the work must end now', { cause: term.abort.reason }));
    };
    term.abort.addEventListener('abort', onAbort, { once: true });
    const unsubscribe = watches.map((watch, index) =>
      watch.informer.onChange((change) => {
        this.#enqueue(queue, watch, { change, isPrimary: index === 0 });
      }),
    );
    try {
      await this.#work(queue, ended.signal);
    } finally {
      unsubscribe.forEach((each) => {
        each();
      });
      ended.release();
      const left = await queue.stop(term.abort.aborted ? 0 : term.drainMs);
      term.abort.removeEventListener('abort', onAbort);
      if (left > 0) logger.warn('reconciles did not stop in time', { controller: name, left });
      logger.info('controller stopped', { controller: name });
    }
  }

  #createQueue(): KeyedQueue {
    const { clock, workers = DEFAULT_WORKERS, maxPerNamespace, metrics } = this.#options;
    const { reconcileTimeoutMs = DEFAULT_RECONCILE_TIMEOUT_MS } = this.#options;
    return new KeyedQueue({
      clock,
      workers,
      stuckAfterMs: reconcileTimeoutMs + ABORTED_RECONCILE_MS,
      process: (key, signal, yieldToWaiting) => this.#process(key, signal, yieldToWaiting),
      ...(maxPerNamespace === undefined ? {} : { groups: byNamespace(maxPerNamespace) }),
      ...(metrics === undefined ? {} : { metrics }),
    });
  }

  async #work(queue: KeyedQueue, ended: AbortSignal): Promise<void> {
    const { watches, logger, name: controller } = this.#options;
    try {
      await Promise.all(watches.map((watch) => watch.informer.whenSynced(ended)));
    } catch (error) {
      if (ended.aborted) return;
      throw error;
    }
    this.#terminal.clear();
    this.#term = {};
    for (const watch of watches) this.#enqueueAll(queue, watch);
    queue.start();
    logger.info('controller started', { controller });
    await untilAborted(ended);
  }

  #enqueueAll(queue: KeyedQueue, watch: ControllerWatch): void {
    for (const object of watch.informer.cache.list()) {
      for (const key of mapKeys(watch, object)) queue.enqueue(formatKey(key));
    }
  }

  #enqueue(
    queue: KeyedQueue,
    watch: ControllerWatch,
    { change, isPrimary }: { readonly change: CacheChange; readonly isPrimary: boolean },
  ): void {
    if (isPrimary && this.#terminal.covers(change)) return;
    // An object that changed owners concerns the old one too.
    const keys = [
      ...mapKeys(watch, change.object),
      ...(change.previous === undefined ? [] : mapKeys(watch, change.previous)),
    ];
    for (const key of new Set(keys.map(formatKey))) queue.enqueue(key);
  }

  async #process(key: string, signal: AbortSignal, yieldToWaiting: GiveWay): Promise<QueueOutcome> {
    const { clock, metrics, reconcileTimeoutMs = DEFAULT_RECONCILE_TIMEOUT_MS } = this.#options;
    const object = this.#options.watches[0].informer.cache.get(parseKey(key));
    const logger = this.#logger(key, object);
    const joined = joinSignals(signal);
    const cancelDeadline = clock.setTimer(reconcileTimeoutMs, () => {
      joined.abort(new Error(`the reconcile took longer than ${reconcileTimeoutMs} ms`));
    });
    const startedMs = clock.monotonicMs();
    metrics?.setActiveWorkers(++this.#active);
    try {
      const context: ReconcileContext = {
        signal: joined.signal,
        logger,
        yieldToWaiting: this.#pausing(yieldToWaiting),
        term: this.#term,
      };
      const result = await this.#options.reconcile(parseKey(key), context);
      return this.#succeeded(key, result, startedMs);
    } catch (error) {
      return this.#failed({ key, object, error, logger, startedMs, stopped: signal.aborted });
    } finally {
      cancelDeadline();
      joined.release();
      metrics?.setActiveWorkers(--this.#active);
    }
  }

  /** Who gives way is no active worker meanwhile. */
  #pausing(yieldToWaiting: GiveWay): GiveWay {
    const { metrics } = this.#options;
    return async () => {
      metrics?.setActiveWorkers(--this.#active);
      await yieldToWaiting();
      metrics?.setActiveWorkers(++this.#active);
    };
  }

  #succeeded(key: string, result: ReconcileResult, startedMs: number): QueueOutcome {
    this.#terminal.delete(key);
    const { requeueAfterMs } = result;
    this.#report(requeueAfterMs === undefined ? 'success' : 'requeue_after', startedMs);
    return { kind: 'done', requeueAfterMs };
  }

  #failed(failure: Failure): QueueOutcome {
    const { key, error, logger, startedMs } = failure;
    const outcome = classify(error);
    this.#report(outcome, startedMs);
    if (outcome === 'terminal_error') {
      logger.info('reconcile ended: the object must be changed first', { error });
      this.#terminal.add(key, failure.object);
      return { kind: 'done' };
    }
    if (failure.stopped) logger.debug('reconcile was stopped', { error });
    else if (outcome === 'conflict') logger.debug('object changed meanwhile; retrying', { error });
    else if (outcome === 'panic') logger.error('reconcile failed by a bug; retrying', { error });
    else logger.warn('reconcile failed; retrying', { error });
    const minDelayMs = error instanceof KubeApiError ? error.retryAfterMs : undefined;
    return { kind: 'retry', minDelayMs };
  }

  #report(outcome: ReconcileOutcome, startedMs: number): void {
    const seconds = (this.#options.clock.monotonicMs() - startedMs) / 1000;
    this.#options.metrics?.reconciled(outcome, seconds);
  }

  #logger(key: string, object: KubeObject | undefined): Logger {
    const { logger, name: controller, kind } = this.#options;
    return logger.child({
      controller,
      kind,
      ...parseKey(key),
      ...(object === undefined ? {} : { generation: object.metadata.generation }),
      reconcileId: randomUUID().slice(0, 8),
    });
  }
}

interface Failure {
  readonly key: string;
  readonly object: KubeObject | undefined;
  readonly error: unknown;
  readonly logger: Logger;
  readonly startedMs: number;
  /** The work was told to end: its failure is no news. */
  readonly stopped: boolean;
}

/** Errors that a running program throws by mistake, not by design. */
const BUGS = [TypeError, ReferenceError, RangeError, SyntaxError];

function classify(error: unknown): ReconcileOutcome {
  if (error instanceof TerminalError) return 'terminal_error';
  if (isConflict(error)) return 'conflict';
  return BUGS.some((bug) => error instanceof bug) ? 'panic' : 'error';
}

function byNamespace(maxRunning: number): KeyGroups {
  return { groupOf: (key) => parseKey(key).namespace, maxRunning };
}

function mapKeys(watch: ControllerWatch, object: KubeObject): readonly ObjectKey[] {
  return watch.mapToKeys === undefined ? [keyOf(object)] : watch.mapToKeys(object);
}
