import type { Exclusion } from './exclusions.ts';
import { childPath } from './paths.ts';
import type { ReadChildren, ReadNothing, ReadZnode, TreeRead, TreeReader } from './tree.ts';
import { inUtf8Order } from './utf8-order.ts';

export interface OrderedWalkOptions {
  readonly root: string;
  /** Neither these nor what stands below them is read. */
  readonly excluded: Exclusion | null;
  /** Most questions of one batch; so many znodes are in memory at a time. */
  readonly maxBatchReads: number;
}

/** A znode of an ordered walk, as it was when it was read. */
export interface WalkedZnode {
  readonly path: string;
  readonly znode: ReadZnode | ReadNothing;
  /** Its children were not read where that is forbidden, or where it went meanwhile. */
  readonly children: ReadChildren | ReadNothing;
}

/** A znode that is known by its name, and as much as was read of it. */
interface Pending {
  readonly path: string;
  znode: ReadZnode | ReadNothing | undefined;
  children: ReadChildren | ReadNothing | undefined;
}

const NO_CHILDREN: ReadChildren = { kind: 'children', names: [] };

/**
 * Walks one tree, each znode before what stands below it, and children by the bytes of their names in
 * UTF-8. Two walks of equal trees give the same sequence, so that it can be written into an archive, and
 * two archives be compared, without holding a tree in memory.
 *
 * The next znodes in that order are read together, ahead of whoever takes them. What changes meanwhile
 * is seen or not; a znode that went is told as missing.
 */
export async function* walkInOrder(
  reader: TreeReader,
  { root, excluded, maxBatchReads }: OrderedWalkOptions,
): AsyncGenerator<WalkedZnode> {
  /** The next one is the last. */
  const ahead: Pending[] = [pendingAt(root)];
  for (let next = ahead.at(-1); next !== undefined; next = ahead.at(-1)) {
    const { path, znode, children } = next;
    if (znode === undefined || children === undefined) {
      await readAhead(reader, ahead, maxBatchReads);
      continue;
    }
    ahead.pop();
    yield { path, znode, children };
    if (children.kind !== 'children') continue;
    const below = inUtf8Order(children.names).map((name) => childPath(path, name));
    for (const child of below.reverse()) {
      if (excluded?.(child) !== true) ahead.push(pendingAt(child));
    }
  }
}

function pendingAt(path: string): Pending {
  return { path, znode: undefined, children: undefined };
}

/** Asks what is not known of the next znodes: of each its data first, and its children if it has any. */
async function readAhead(
  reader: TreeReader,
  ahead: readonly Pending[],
  maxBatchReads: number,
): Promise<void> {
  const asked: Pending[] = [];
  const oldest = Math.max(0, ahead.length - maxBatchReads);
  for (let index = ahead.length - 1; index >= oldest; index -= 1) {
    const pending = ahead[index];
    if (pending !== undefined && !isKnown(pending)) asked.push(pending);
  }
  const results = await reader.read(asked.map(questionOf));
  if (results.length === 0) throw new Error('a batch of reads was not answered at all');
  for (const [index, result] of results.entries()) {
    const pending = asked[index];
    if (pending !== undefined) learn(pending, result);
  }
}

function isKnown({ znode, children }: Pending): boolean {
  return znode !== undefined && children !== undefined;
}

function questionOf({ path, znode }: Pending): TreeRead {
  return { kind: znode === undefined ? 'znode' : 'children', path };
}

function learn(pending: Pending, result: ReadZnode | ReadChildren | ReadNothing): void {
  if (pending.znode !== undefined) {
    if (result.kind !== 'znode') pending.children = result;
    return;
  }
  if (result.kind === 'children') return;
  pending.znode = result;
  if (result.kind !== 'znode') pending.children = result;
  else if (result.childCount === 0) pending.children = NO_CHILDREN;
}
