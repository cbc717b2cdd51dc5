import { formatKey, keyOf, type KubeObject } from '../kube/objects.ts';
import type { CacheChange } from './object-cache.ts';

/**
 * Which objects cannot succeed as their spec is. Only spares the work of finding out again: it is
 * empty after a restart, and then each is found out once more.
 */
export class TerminalFailures {
  readonly #generations = new Map<string, string>();

  /** Notes that this state of the object's spec cannot succeed. */
  add(key: string, object: KubeObject | undefined): void {
    if (object !== undefined) this.#generations.set(key, generationOf(object));
  }

  delete(key: string): void {
    this.#generations.delete(key);
  }

  clear(): void {
    this.#generations.clear();
  }

  /** Whether nothing but status or metadata changed since the object failed for good. */
  covers({ type, object }: CacheChange): boolean {
    const key = formatKey(keyOf(object));
    const isSame = type !== 'Deleted' && this.#generations.get(key) === generationOf(object);
    if (!isSame) this.#generations.delete(key);
    return isSame;
  }
}

function generationOf(object: KubeObject): string {
  const { uid, generation, deletionTimestamp = '' } = object.metadata;
  return `${uid}:${generation}:${deletionTimestamp}`;
}
