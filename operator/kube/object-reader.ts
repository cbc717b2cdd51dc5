import type { KubeObject, ObjectKey } from './objects.ts';

/**
 * Read-only view of a cache that a watch keeps. It is behind the server by a watch event, so what
 * must not be decided from an old state is read from the server instead. Objects are frozen.
 */
export interface ObjectReader {
  /** The object as last seen; undefined if there is none. */
  get(key: ObjectKey): KubeObject | undefined;
  /** All objects, or those of one namespace, in no particular order. */
  list(namespace?: string): readonly KubeObject[];
}
