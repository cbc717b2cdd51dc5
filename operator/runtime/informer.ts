import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { ApiClient } from '../kube/api-client.ts';
import type { KubeObject } from '../kube/objects.ts';
import type { ObjectReader } from '../kube/object-reader.ts';
import { ResourceClient } from '../kube/resource-client.ts';
import type { ResourceType } from '../kube/resources.ts';
import { ObjectCache, type CacheListener } from './object-cache.ts';
import { untilAborted } from './signals.ts';
import { Reflector, type ReflectorTimings } from './reflector.ts';

/** A cache that watches keep, and news of its changes. */
export interface Informer {
  readonly type: ResourceType;
  readonly cache: ObjectReader;
  /** Whether the cache has once held everything; until then it must not be decided from. */
  readonly hasSynced: boolean;
  /** Resolves once {@link hasSynced}; rejects with the signal's reason. */
  whenSynced(signal: AbortSignal): Promise<void>;
  /** Calls `listener` after each change until the returned function is called. */
  onChange(listener: CacheListener): () => void;
}

export interface InformerSetOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Namespaces to watch; empty: all of them, by one watch. */
  readonly namespaces: readonly string[];
  readonly random?: () => number;
  readonly timings?: Partial<ReflectorTimings>;
}

/** What a cache keeps of each object, for kinds of which there are many and little is looked at. */
export interface View {
  /** Tells it from other views of the same kind. */
  readonly name: string;
  readonly of: (object: KubeObject) => KubeObject;
}

export interface InformerFilter {
  /** Objects with these labels only. */
  readonly labelSelector?: string;
  /** Default: objects are kept whole. */
  readonly view?: View;
}

/** The informers of a process: one for each kind, selector and view, shared by whoever asks. */
export class InformerSet {
  readonly #options: InformerSetOptions;
  readonly #informers = new Map<string, ReflectedInformer>();
  #runs: Promise<void>[] = [];
  #signal: AbortSignal | undefined;

  constructor(options: InformerSetOptions) {
    this.#options = options;
  }

  /** The informer of a kind. */
  get(type: ResourceType, filter: InformerFilter = {}): Informer {
    const { labelSelector = '', view } = filter;
    const id = `${type.group}/${type.version}/${type.plural}?${labelSelector}#${view?.name ?? ''}`;
    const known = this.#informers.get(id);
    if (known !== undefined) return known;
    const informer = new ReflectedInformer(type, filter, this.#options);
    this.#informers.set(id, informer);
    if (this.#signal !== undefined) this.#runs.push(informer.run(this.#signal));
    return informer;
  }

  /** What has not been listed yet, for the readiness probe. */
  get unsynced(): readonly string[] {
    return [...this.#informers.values()]
      .filter((informer) => !informer.hasSynced)
      .map((informer) => informer.type.plural);
  }

  /** Lists and watches until `signal` aborts; informers asked for later join in. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    this.#runs = [...this.#informers.values()].map((informer) => informer.run(signal));
    await untilAborted(signal);
    await Promise.all(this.#runs);
  }
}

/** One cache, filled by a reflector for each namespace, or by one for all. */
class ReflectedInformer implements Informer {
  readonly type: ResourceType;
  readonly #cache = new ObjectCache();
  readonly #logger: Logger;
  readonly #reflectors: readonly Reflector[];
  readonly #waiting = new Set<() => void>();

  constructor(
    type: ResourceType,
    { labelSelector, view }: InformerFilter,
    options: InformerSetOptions,
  ) {
    const { api, clock, logger, namespaces, random, timings } = options;
    this.type = type;
    this.#logger = logger;
    const client = new ResourceClient(api, type);
    const scopes = namespaces.length === 0 ? [undefined] : [...new Set(namespaces)];
    this.#reflectors = scopes.map(
      (namespace) =>
        new Reflector({
          client,
          sink: this.#cache,
          clock,
          logger,
          namespace,
          labelSelector,
          ...(view === undefined ? {} : { view: view.of }),
          onSynced: () => {
            this.#announceSync();
          },
          ...(random === undefined ? {} : { random }),
          ...(timings === undefined ? {} : { timings }),
        }),
    );
  }

  get cache(): ObjectReader {
    return this.#cache;
  }

  get hasSynced(): boolean {
    return this.#reflectors.every((reflector) => reflector.hasSynced);
  }

  onChange(listener: CacheListener): () => void {
    return this.#cache.subscribe((change) => {
      try {
        listener(change);
      } catch (error) {
        // One listener's mistake must neither end the watch nor keep the news from the others.
        this.#logger.error('a listener of a watch failed', { resource: this.type.plural, error });
      }
    });
  }

  whenSynced(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        if (!this.hasSynced && !signal.aborted) return;
        this.#waiting.delete(settle);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      this.#waiting.add(settle);
      signal.addEventListener('abort', settle);
      settle();
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.run(signal)));
  }

  #announceSync(): void {
    for (const settle of [...this.#waiting]) settle();
  }
}
