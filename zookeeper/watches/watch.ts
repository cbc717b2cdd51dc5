import { BoundedEvents, type WatchEvent } from './bounded-events.ts';
import { abortError, type ZooKeeperError } from '../errors.ts';
import type { ChangeEvent } from '../protocol/watches.ts';

interface Taker {
  resolve: (result: IteratorResult<WatchEvent, undefined>) => void;
  reject: (error: ZooKeeperError) => void;
}

const done: IteratorResult<WatchEvent, undefined> = { done: true, value: undefined };

export interface WatchSettings {
  /** More waiting events than these become one resync. */
  maxQueuedEvents: number;
  /** Ends the watch with an error. */
  signal: AbortSignal | undefined;
  /** Once, when the watch is over: take it off the server. */
  onClose: () => void;
}

/**
 * The changes of one znode, or of a whole subtree, for one consumer:
 *
 * ```ts
 * await using watch = await zk.watch('/app', { recursive: true });
 * // read the tree now: what changes meanwhile waits in the watch
 * for await (const event of watch) {
 *   if (event.type === 'resync') … // read the tree again
 * }
 * ```
 *
 * An event says that something changed, not how often, and not what is there now. Leaving the
 * loop closes the watch. It ends by itself when the client is closed, and throws when the session
 * is lost.
 */
export class Watch implements AsyncIterableIterator<WatchEvent, undefined>, AsyncDisposable {
  readonly #events: BoundedEvents;
  readonly #settings: WatchSettings;
  #takers: Taker[] = [];
  #end: ZooKeeperError | 'done' | null = null;

  /** Use the client's `watch`. */
  constructor(settings: WatchSettings) {
    this.#settings = settings;
    this.#events = new BoundedEvents(settings.maxQueuedEvents);
    settings.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * Not an async function: wrapping the promise would delay the event behind the reply that shows
   * its change, which the server sends after it.
   *
   * @throws ZooKeeperError SessionExpired, AuthFailed, Aborted: after all events that came before
   */
  next(): Promise<IteratorResult<WatchEvent, undefined>> {
    const event = this.#events.take();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    if (this.#end === 'done') return Promise.resolve(done);
    if (this.#end !== null) {
      // As any iterator that has thrown: it is over.
      const error = this.#end;
      this.#end = 'done';
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#takers.push({ resolve, reject });
    });
  }

  /** Called when a `for await` is left. */
  return(): Promise<IteratorResult<WatchEvent, undefined>> {
    this.close();
    return Promise.resolve(done);
  }

  /** No further events, not even those that wait. Idempotent. */
  close(): void {
    this.#events.clear();
    this.#finish('done');
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** For the client. */
  push(event: WatchEvent): void {
    if (this.#end !== null) return;
    const taker = this.#takers.shift();
    if (taker === undefined) this.#events.push(event);
    else taker.resolve({ done: false, value: event });
  }

  /** For the client: the session is over. A close asked for is no error. */
  sessionEnded(error: ZooKeeperError): void {
    this.#finish(error.code === 'Closed' ? 'done' : error);
  }

  readonly #onAbort = (): void => {
    const { signal } = this.#settings;
    if (signal !== undefined) this.#finish(abortError(signal));
  };

  #finish(end: ZooKeeperError | 'done'): void {
    if (this.#end !== null) return;
    const takers = this.#takers.splice(0);
    this.#end = end;
    this.#settings.signal?.removeEventListener('abort', this.#onAbort);
    this.#settings.onClose();
    const [first, ...others] = takers;
    if (first !== undefined && end !== 'done') {
      this.#end = 'done';
      first.reject(end);
    } else {
      first?.resolve(done);
    }
    for (const { resolve } of others) resolve(done);
  }
}

/** A watch that tells of one change and is over: the only kind that servers before 3.6 know. */
export class OneShotWatch {
  /**
   * Resolves with the first change after the read that armed the watch; never, once cancelled.
   * Rejects when the session ends.
   */
  readonly fired: Promise<ChangeEvent>;
  readonly #onCancel: (watch: OneShotWatch) => void;
  #resolve: (event: ChangeEvent) => void = () => undefined;
  #reject: (error: ZooKeeperError) => void = () => undefined;

  /** Use the client's `getDataAndWatch`, `existsAndWatch` or `getChildrenAndWatch`. */
  constructor(onCancel: (watch: OneShotWatch) => void) {
    this.#onCancel = onCancel;
    this.fired = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever does not wait for it need not handle its failure.
    this.fired.catch(() => undefined);
  }

  /** Forgets it here. The server still sends its one event, which is then ignored. */
  cancel(): void {
    this.#onCancel(this);
  }

  /** For the client. */
  fire(event: ChangeEvent): void {
    this.#resolve(event);
  }

  /** For the client. */
  sessionEnded(error: ZooKeeperError): void {
    this.#reject(error);
  }
}
