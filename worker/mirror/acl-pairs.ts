import { isRedacted } from './acl-set.ts';
import type { AclReader, ReadAclResult } from './acl-tree.ts';
import { chunks } from './chunks.ts';

/** Znodes whose lists are read at once, on each side. */
const CHUNK = 256;
const CHUNKS_IN_FLIGHT = 4;

/** Who reads the lists of both sides. */
export interface AclSides {
  readonly source: AclReader;
  readonly sink: AclReader;
}

/** What was read of a znode's lists. */
export interface AclPair {
  readonly source: ReadAclResult | undefined;
  readonly destination: ReadAclResult | undefined;
}

/** A list that is not told in full is equal to none, not even to itself. */
export function areEqual({ source, destination }: AclPair): boolean {
  if (source?.kind !== 'acl' || destination?.kind !== 'acl') return false;
  return source.acl.key === destination.acl.key && !isRedacted(source.acl);
}

/**
 * Reads the lists of znodes on both sides, many at once.
 *
 * @param read is told of each, in no particular order; no more are read until it has resolved
 */
export async function readPairs<T extends { readonly path: string }>(
  znodes: Iterable<T>,
  sides: AclSides,
  read: (znode: T, pair: AclPair) => Promise<void> | void,
): Promise<void> {
  const running = new Set<Promise<void>>();
  for (const chunk of chunks(znodes, () => CHUNK)) {
    const reading = readChunk(chunk, sides, read).finally(() => running.delete(reading));
    reading.catch(() => undefined);
    running.add(reading);
    if (running.size >= CHUNKS_IN_FLIGHT) await Promise.race(running);
  }
  await Promise.all(running);
}

async function readChunk<T extends { readonly path: string }>(
  chunk: readonly T[],
  { source, sink }: AclSides,
  read: (znode: T, pair: AclPair) => Promise<void> | void,
): Promise<void> {
  const paths = chunk.map(({ path }) => path);
  const [from, to] = await Promise.all([source.readAcls(paths), sink.readAcls(paths)]);
  for (const [index, znode] of chunk.entries()) {
    await read(znode, { source: from[index], destination: to[index] });
  }
}
