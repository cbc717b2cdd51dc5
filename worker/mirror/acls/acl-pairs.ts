import { isRedacted } from '../../tree/acl-set.ts';
import type { AclReader, ReadAclResult } from '../../tree/acl-tree.ts';
import { inChunks } from '../../../common/in-chunks.ts';

/** Znodes whose lists are read at once, on each side. */
const CHUNKS = { size: 256, inFlight: 4 };

/** Who reads the lists of both sides. */
export interface AclSides {
  readonly source: AclReader;
  readonly sink: AclReader;
  /** Once it aborts, no more are read. */
  readonly signal: AbortSignal;
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
  const { signal } = sides;
  await inChunks(znodes, { ...CHUNKS, signal }, (chunk) => readChunk(chunk, sides, read));
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
