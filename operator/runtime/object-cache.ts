import { deepFreeze, formatKey, keyOf, type KubeObject, type ObjectKey } from '../kube/objects.ts';
import type { ObjectReader } from '../kube/object-reader.ts';

/** A change of what is cached; `Deleted` carries the last known state. */
export interface CacheChange {
  readonly type: 'Added' | 'Updated' | 'Deleted';
  readonly object: KubeObject;
  /** State before an update. */
  readonly previous?: KubeObject;
}

export type CacheListener = (change: CacheChange) => void;

/**
 * The objects of one kind as a reflector last saw them. A list replaces what is there and tells
 * the differences, so that what was deleted while nobody watched is not missed.
 */
export class ObjectCache implements ObjectReader {
  readonly #objects = new Map<string, KubeObject>();
  readonly #listeners = new Set<CacheListener>();

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.#objects.get(formatKey(key));
  }

  list(namespace?: string): readonly KubeObject[] {
    const all = [...this.#objects.values()];
    if (namespace === undefined) return all;
    return all.filter((object) => object.metadata.namespace === namespace);
  }

  /** Calls `listener` after each change until the returned function is called. */
  subscribe(listener: CacheListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Takes a complete list of one namespace, or of all. */
  replace(objects: readonly KubeObject[], namespace?: string): void {
    const listed = new Set(objects.map((object) => formatKey(keyOf(object))));
    for (const known of this.list(namespace)) {
      if (!listed.has(formatKey(keyOf(known)))) this.remove(known);
    }
    for (const object of objects) this.upsert(object);
  }

  /** Takes an object as it is now. */
  upsert(object: KubeObject): void {
    const key = formatKey(keyOf(object));
    const previous = this.#objects.get(key);
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const reborn = previous !== undefined && previous.metadata.uid !== object.metadata.uid;
    // Another object of the same name: whoever cares for the first must hear of its end.
    if (reborn) this.remove(previous);
    this.#objects.set(key, deepFreeze(object));
    if (previous === undefined || reborn) this.#tell({ type: 'Added', object });
    else this.#tell({ type: 'Updated', object, previous });
  }

  /** Takes an object's end. */
  remove(object: KubeObject): void {
    if (this.#objects.delete(formatKey(keyOf(object)))) {
      this.#tell({ type: 'Deleted', object: deepFreeze(object) });
    }
  }

  #tell(change: CacheChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }
}
