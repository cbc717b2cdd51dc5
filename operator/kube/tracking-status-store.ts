import type { AnnotationStore } from './custom-resource-store.ts';
import type { JsonObject } from './json-fields.ts';
import { formatKey, keyOf, type KubeObject, type ObjectKey } from './objects.ts';

/**
 * A status store that remembers which version of each object the server told it last, so that it
 * can say of an object in a cache whether all that was written here is in it. That spares asking the
 * server before something is done that must not be done twice.
 */
export class TrackingStatusStore implements AnnotationStore {
  readonly #store: AnnotationStore;
  /** resourceVersion by key. */
  readonly #versions = new Map<string, string>();

  constructor(store: AnnotationStore) {
    this.#store = store;
  }

  /**
   * True if this object is the version that the server told last, so that everything written here is
   * in it; false as well for one that somebody else changed since, and where nothing is known.
   */
  isCurrent(object: KubeObject): boolean {
    return this.#versions.get(formatKey(keyOf(object))) === object.metadata.resourceVersion;
  }

  /** Forgets one object, or all: others may have written them. */
  forget(key?: ObjectKey): void {
    if (key === undefined) this.#versions.clear();
    else this.#versions.delete(formatKey(key));
  }

  async get(key: ObjectKey, signal?: AbortSignal): Promise<KubeObject | undefined> {
    const object = await this.#store.get(key, signal);
    if (object === undefined) this.forget(key);
    else this.#remember(object);
    return object;
  }

  writeStatus(object: KubeObject, status: JsonObject, signal?: AbortSignal): Promise<KubeObject> {
    return this.#write(object, () => this.#store.writeStatus(object, status, signal));
  }

  annotate(
    object: KubeObject,
    annotations: Readonly<Record<string, string | null>>,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    return this.#write(object, () => this.#store.annotate(object, annotations, signal));
  }

  async #write(object: KubeObject, write: () => Promise<KubeObject>): Promise<KubeObject> {
    const key = formatKey(keyOf(object));
    const known = this.#versions.get(key);
    // A write that fails may have been carried out all the same.
    this.#versions.delete(key);
    const written = await write();
    // The very same object was not sent: it says nothing of what the server has now.
    if (written !== object) this.#remember(written);
    else if (known !== undefined) this.#versions.set(key, known);
    return written;
  }

  #remember(object: KubeObject): void {
    this.#versions.set(formatKey(keyOf(object)), object.metadata.resourceVersion);
  }
}
