import type { Clock } from '../../../common/clock.ts';
import { KubeConnectionError } from '../errors.ts';
import type { KubeObject } from '../objects.ts';
import { apiVersionOf, type ResourceType } from '../resources.ts';
import type { FakeStorage, StoredChange } from './fake-storage.ts';
import { matchesSelector } from './label-selector.ts';

export interface FakeWatchOptions {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
  /** Where to begin: changes after it are sent. */
  readonly revision: number;
  /** The server ends the watch after this long; undefined: never. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

type Ending = 'timeout' | 'disconnect' | 'abort';

interface OpenWatch {
  ending: Ending | undefined;
  bookmarkDue: boolean;
  wake: () => void;
}

/** The watches of {@link FakeKube}. */
export class FakeWatches {
  readonly #storage: FakeStorage;
  readonly #clock: Clock;
  readonly #open = new Set<OpenWatch>();

  constructor(storage: FakeStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  get open(): number {
    return this.#open.size;
  }

  disconnect(): void {
    for (const watch of this.#open) end(watch, 'disconnect');
  }

  bookmark(): void {
    for (const watch of this.#open) {
      watch.bookmarkDue = true;
      watch.wake();
    }
  }

  async *stream(options: FakeWatchOptions): AsyncGenerator<unknown> {
    const watch: OpenWatch = { ending: undefined, bookmarkDue: false, wake: () => undefined };
    const release = this.#hold(watch, options);
    try {
      yield* this.#events(watch, options);
    } finally {
      release();
    }
    if (watch.ending === 'disconnect') throw new KubeConnectionError('the watch was cut');
    options.signal?.throwIfAborted();
  }

  /** Registers a watch; the returned function undoes all of it. */
  #hold(watch: OpenWatch, options: FakeWatchOptions): () => void {
    const onAbort = (): void => {
      end(watch, 'abort');
    };
    const unsubscribe = this.#storage.subscribe(() => {
      watch.wake();
    });
    const cancelTimer =
      options.timeoutMs === undefined
        ? () => undefined
        : this.#clock.setTimer(options.timeoutMs, () => {
            end(watch, 'timeout');
          });
    options.signal?.addEventListener('abort', onAbort);
    this.#open.add(watch);
    return () => {
      this.#open.delete(watch);
      unsubscribe();
      cancelTimer();
      options.signal?.removeEventListener('abort', onAbort);
    };
  }

  async *#events(watch: OpenWatch, options: FakeWatchOptions): AsyncGenerator<unknown> {
    let { revision } = options;
    if (!this.#storage.keeps(revision)) {
      const message = `too old resource version: ${revision}`;
      yield { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message } };
      return;
    }
    while (watch.ending === undefined) {
      const upTo = this.#storage.revision;
      const changes = this.#storage.changesSince(revision);
      const woken = new Promise<void>((resolve) => (watch.wake = resolve));
      for (const change of changes) {
        revision = change.revision;
        const event = toEvent(change, options);
        if (event !== undefined) yield event;
      }
      if (watch.bookmarkDue) {
        watch.bookmarkDue = false;
        yield bookmarkEvent(options.type, upTo);
      }
      if (changes.length === 0) await woken;
    }
  }
}

function end(watch: OpenWatch, ending: Ending): void {
  watch.ending ??= ending;
  watch.wake();
}

/** A change as this watch sees it: what leaves its selector is deleted, what enters is added. */
function toEvent(change: StoredChange, options: FakeWatchOptions): unknown {
  if (change.resource.plural !== options.type.plural) return undefined;
  const { namespace, labelSelector } = options;
  if (namespace !== undefined && change.object.metadata.namespace !== namespace) return undefined;
  const selects = (object: KubeObject | undefined): boolean =>
    object !== undefined && matchesSelector(object.metadata.labels, labelSelector);
  const before = selects(change.previous);
  const after = change.type !== 'DELETED' && selects(change.object);
  if (!before && !after) return undefined;
  const type = before && after ? 'MODIFIED' : after ? 'ADDED' : 'DELETED';
  return { type, object: JSON.parse(JSON.stringify(change.object)) as unknown };
}

function bookmarkEvent(type: ResourceType, revision: number): unknown {
  return {
    type: 'BOOKMARK',
    object: {
      apiVersion: apiVersionOf(type),
      kind: type.kind,
      metadata: { resourceVersion: String(revision), creationTimestamp: null },
    },
  };
}
