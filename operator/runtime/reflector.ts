import { delay, type Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { apiErrorMessage, isGone, KubeApiError, KubeConnectionError } from '../kube/errors.ts';
import { isJsonObject, numberOf, textOf } from '../kube/json-fields.ts';
import type { KubeObject } from '../kube/objects.ts';
import type { AllOptions, ListPage, ResourceClient } from '../kube/resource-client.ts';
import { Backoff, REFLECTOR_BACKOFF } from './backoff.ts';
import { createAbortController } from './signals.ts';

/** Where a reflector puts what it sees. Its methods do not throw. */
export interface ReflectorSink {
  /** Everything there is, in the reflector's namespace or in all. */
  replace(objects: readonly KubeObject[], namespace?: string): void;
  upsert(object: KubeObject): void;
  remove(object: KubeObject): void;
}

export interface ReflectorOptions {
  readonly client: ResourceClient;
  readonly sink: ReflectorSink;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** What the sink gets of each object. Default: all of it. */
  readonly view?: (object: KubeObject) => KubeObject;
  /** Called after the first complete list. */
  readonly onSynced?: () => void;
  /** 0..1, for jitter. Default Math.random. */
  readonly random?: () => number;
  readonly timings?: Partial<ReflectorTimings>;
}

/** Milliseconds, unless named otherwise. */
export interface ReflectorTimings {
  /** The server ends a watch after this long, up to twice as long by chance; client-go's default. */
  readonly watchSeconds: number;
  /** How much longer than the server promised a watch may live before it counts as dead. */
  readonly watchGraceMs: number;
  /**
   * Longest silence of a watch that has shown that it sends bookmarks: the server sends one about
   * every minute.
   */
  readonly bookmarkSilenceMs: number;
  /** A complete list at least this often, whatever the watches said. */
  readonly relistMs: number;
  readonly listTimeoutMs: number;
}

const DEFAULT_TIMINGS: ReflectorTimings = {
  watchSeconds: 300,
  watchGraceMs: 10_000,
  bookmarkSilenceMs: 200_000,
  relistMs: 3_600_000,
  listTimeoutMs: 60_000,
};

/** Everything there is, and where a watch goes on from. */
type Listed = Pick<ListPage, 'items' | 'resourceVersion'>;

/** The watch ended, and what to do next. */
type WatchEnd = 'again' | 'relist';

/**
 * Keeps a sink true to the API server: lists, then watches from the list's resourceVersion on, and
 * goes on after whatever happens. It only ends when its signal aborts.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #timings: ReflectorTimings;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #view: (object: KubeObject) => KubeObject;
  readonly #backoff: Backoff;
  #synced = false;
  #failing = false;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#timings = { ...DEFAULT_TIMINGS, ...options.timings };
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.#view = options.view ?? ((object) => object);
    this.#backoff = new Backoff({ ...REFLECTOR_BACKOFF, random: this.#random });
  }

  /** Whether the sink has once held everything. */
  get hasSynced(): boolean {
    return this.#synced;
  }

  /** Runs until `signal` aborts; then resolves. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const resourceVersion = await this.#list(signal);
        await this.#watchFrom(resourceVersion, signal);
      } catch (error) {
        await this.#pauseAfter(error, signal);
      }
    }
  }

  /** Lists everything into the sink; returns where a watch goes on from. */
  async #list(signal: AbortSignal): Promise<string> {
    const { sink, namespace, onSynced } = this.#options;
    const { items, resourceVersion } = await this.#listPages(signal).catch((error: unknown) => {
      if (!isGone(error)) throw error;
      // The token of the next page is older than the history the server keeps: all in one page.
      return this.#listAtOnce(signal);
    });
    sink.replace(items, namespace);
    this.#recovered();
    if (!this.#synced) {
      this.#synced = true;
      onSynced?.();
    }
    return resourceVersion;
  }

  async #listPages(signal: AbortSignal): Promise<Listed> {
    const items: KubeObject[] = [];
    let resourceVersion = '';
    for await (const page of this.#options.client.pages(this.#allOf(signal))) {
      for (const item of page.items) items.push(this.#view(item));
      ({ resourceVersion } = page);
    }
    return { items, resourceVersion };
  }

  async #listAtOnce(signal: AbortSignal): Promise<Listed> {
    const { items, resourceVersion } = await this.#options.client.list(this.#allOf(signal));
    return { items: items.map(this.#view), resourceVersion };
  }

  #allOf(signal: AbortSignal): AllOptions {
    const { namespace, labelSelector } = this.#options;
    return { namespace, labelSelector, signal, timeoutMs: this.#timings.listTimeoutMs };
  }

  /** Watches over and over; returns when a list is due, rejects when only a list can help. */
  async #watchFrom(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const listedMs = this.#clock.monotonicMs();
    const position = { resourceVersion };
    while (!signal.aborted && this.#clock.monotonicMs() - listedMs < this.#timings.relistMs) {
      const startedMs = this.#clock.monotonicMs();
      try {
        if ((await this.#watchOnce(position, signal)) === 'relist') return;
        // A server that ends watches at once (a proxy in trouble) must not be asked in a loop.
        if (this.#clock.monotonicMs() - startedMs < 1000) await this.#pause(signal);
      } catch (error) {
        // Nothing was missed as long as the history from `position` on is kept.
        if (!(error instanceof KubeConnectionError)) throw error;
        await this.#pauseAfter(error, signal);
      }
    }
  }

  async #watchOnce(position: { resourceVersion: string }, signal: AbortSignal): Promise<WatchEnd> {
    const { client, namespace, labelSelector } = this.#options;
    const timeoutSeconds = Math.ceil(this.#timings.watchSeconds * (1 + this.#random()));
    const lifeline = new Lifeline(this.#clock, signal);
    lifeline.expectEndWithin(timeoutSeconds * 1000 + this.#timings.watchGraceMs);
    try {
      const events = client.watch({
        namespace,
        labelSelector,
        resourceVersion: position.resourceVersion,
        timeoutSeconds,
        signal: lifeline.signal,
      });
      for await (const event of events) {
        lifeline.sawLife();
        const seen = this.#take(event);
        if (seen === undefined) return 'relist';
        if (seen.isBookmark) lifeline.expectLifeEvery(this.#timings.bookmarkSilenceMs);
        position.resourceVersion = seen.resourceVersion;
        this.#recovered();
      }
      return 'again';
    } catch (error) {
      if (lifeline.isDead) throw new KubeConnectionError('a watch fell silent', { cause: error });
      if (isGone(error)) return 'relist';
      throw error;
    } finally {
      lifeline.close();
    }
  }

  /**
   * Puts one event into the sink; returns where it stands, or undefined if the server no longer
   * keeps the history we asked for.
   */
  #take(event: unknown): { resourceVersion: string; isBookmark: boolean } | undefined {
    const { client, sink } = this.#options;
    const type = isJsonObject(event) ? textOf(event, 'type') : '';
    const body = isJsonObject(event) ? event['object'] : undefined;
    if (type === 'ERROR') {
      const error = toError(body);
      if (isGone(error)) return undefined;
      throw error;
    }
    if (type === 'BOOKMARK') {
      const metadata = isJsonObject(body) && isJsonObject(body['metadata']) ? body['metadata'] : {};
      return { resourceVersion: textOf(metadata, 'resourceVersion'), isBookmark: true };
    }
    const object = this.#view(client.parse(body));
    if (type === 'DELETED') sink.remove(object);
    else sink.upsert(object);
    return { resourceVersion: object.metadata.resourceVersion, isBookmark: false };
  }

  async #pauseAfter(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const fields = { resource: this.#options.client.type.plural, error };
    // One warning for a trouble, however long it lasts; its end is told too.
    if (this.#failing) this.#options.logger.debug('list or watch failed again', fields);
    else this.#options.logger.warn('list or watch failed; it is being retried', fields);
    this.#failing = true;
    await this.#pause(signal);
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const delayMs = this.#backoff.next(this.#clock.monotonicMs());
    await delay(this.#clock, delayMs, signal).catch(() => undefined);
  }

  #recovered(): void {
    if (!this.#failing) return;
    this.#failing = false;
    this.#options.logger.info('list and watch work again', {
      resource: this.#options.client.type.plural,
    });
  }
}

/** Aborts a watch that outlives its time or falls silent: its connection died and nobody said so. */
class Lifeline {
  readonly #clock: Clock;
  readonly #outer: AbortSignal;
  readonly #controller = createAbortController();
  readonly #onAbort = (): void => {
    this.#controller.abort(this.#outer.reason);
  };
  #cancelEnd: () => void = () => undefined;
  #cancelSilence: () => void = () => undefined;
  #silenceMs: number | undefined;
  #dead = false;

  constructor(clock: Clock, outer: AbortSignal) {
    this.#clock = clock;
    this.#outer = outer;
    if (outer.aborted) this.#onAbort();
    else outer.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether it was the lifeline that ended the watch. */
  get isDead(): boolean {
    return this.#dead;
  }

  expectEndWithin(ms: number): void {
    this.#cancelEnd = this.#clock.setTimer(ms, () => {
      this.#die();
    });
  }

  expectLifeEvery(ms: number): void {
    this.#silenceMs = ms;
    this.sawLife();
  }

  sawLife(): void {
    if (this.#silenceMs === undefined) return;
    this.#cancelSilence();
    this.#cancelSilence = this.#clock.setTimer(this.#silenceMs, () => {
      this.#die();
    });
  }

  close(): void {
    this.#cancelEnd();
    this.#cancelSilence();
    this.#outer.removeEventListener('abort', this.#onAbort);
  }

  #die(): void {
    this.#dead = true;
    this.#controller.abort(new Error('the watch was silent for too long'));
  }
}

function toError(status: unknown): KubeApiError {
  const body = isJsonObject(status) ? status : {};
  return new KubeApiError({
    code: numberOf(body, 'code', 500),
    reason: textOf(body, 'reason'),
    message: apiErrorMessage(Object.assign(new Error('the watch reported an error'), { body })),
    request: 'watch',
  });
}
