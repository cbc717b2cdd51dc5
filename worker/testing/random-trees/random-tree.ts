import { integerFrom, oneOf } from '../../../zookeeper/testing/index.ts';

/** A znode to plant. */
export interface RandomZnode {
  readonly data: Buffer | null;
  readonly isEphemeral: boolean;
}

/** By path, parents before children; the first is the root. */
export type RandomTree = ReadonlyMap<string, RandomZnode>;

/** Names that begin so, and what is below them, are excluded. */
export const EXCLUDED_PREFIX = 'skip';

/**
 * Every character that a server takes in a name, by ranges of UTF-16 units; a slash ends the name.
 * `.` and `..` are no names, so a dot never stands first.
 */
const LEGAL_RANGES = [
  [0x20, 0x2d],
  [0x30, 0x7e],
  [0xa0, 0xd7ff],
  [0xf900, 0xffef],
] as const;
const KNOWN_NAMES = ['a', 'b', 'a b', 'Ä', '*', '?', '**', '...', 'x'.repeat(200)];

/**
 * Sizes at which something changes: nothing, half of what a server takes in a request, which is
 * what a batch may weigh, and all of it. Large ones are seldom, for they take long.
 */
const SMALL_SIZES = [1, 10, 100, 1_000, 5_000] as const;
const LARGE_SIZES = [512 * 1024, 0xfffff - 600, 0xfffff - 200, 0xfffff, 1_500_000] as const;
const SIZE_SPREAD = 150;
/** More than this a server with default settings may refuse, with a path of so many long names. */
export const SURELY_FITS_BYTES = 0xfffff - 50_000;

type Random = () => number;

interface Growth {
  readonly random: Random;
  readonly tree: Map<string, RandomZnode>;
  readonly maxBytes: number;
}

/** @param maxBytes of one znode's data */
export function randomTree(random: Random, root: string, maxBytes = Infinity): RandomTree {
  const tree = new Map<string, RandomZnode>();
  const growth = { random, tree, maxBytes };
  tree.set(root, { data: randomData(growth), isEphemeral: false });
  for (let parts = integerFrom(random, 0, 4); parts > 0; parts -= 1) {
    const base = oneOf(random, persistentPaths(tree));
    oneOf(random, [growWide, growDeep, growBushy])(growth, base);
  }
  return tree;
}

/** Like another tree, but for what a time without mirroring changes. */
export function driftedTree(random: Random, tree: RandomTree, maxBytes: number): RandomTree {
  const drifted = new Map<string, RandomZnode>();
  const growth = { random, tree: drifted, maxBytes };
  for (const [path, znode] of tree) {
    const isRoot = drifted.size === 0;
    if (!isRoot && (znode.isEphemeral || !drifted.has(parentOf(path)) || random() < 0.15)) continue;
    const isKept = random() < 0.8 && (znode.data?.length ?? 0) <= maxBytes;
    const data = isKept ? znode.data : randomData(growth);
    drifted.set(path, { data, isEphemeral: false });
  }
  growBushy(growth, oneOf(random, persistentPaths(drifted)));
  return drifted;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function persistentPaths(tree: RandomTree): string[] {
  return [...tree].filter(([, znode]) => !znode.isEphemeral).map(([path]) => path);
}

function growWide(growth: Growth, base: string): void {
  const { random, tree } = growth;
  const count = integerFrom(random, 1, random() < 0.1 ? 2_000 : 150);
  for (let index = 0; index < count; index += 1) {
    const isEphemeral = random() < 0.05;
    tree.set(`${base}/n${index}`, { data: randomSmallData(random), isEphemeral });
  }
  // A tree may not have grown before below what is ephemeral now.
  for (const path of [...tree.keys()]) {
    if (tree.get(parentOf(path))?.isEphemeral === true) tree.delete(path);
  }
}

function growDeep(growth: Growth, base: string): void {
  let path = base;
  for (let depth = integerFrom(growth.random, 1, 60); depth > 0; depth -= 1) {
    path = addChild(growth, path);
  }
}

function growBushy(growth: Growth, base: string): void {
  const paths = [base];
  for (let count = integerFrom(growth.random, 1, 80); count > 0; count -= 1) {
    paths.push(addChild(growth, oneOf(growth.random, paths)));
  }
}

function addChild(growth: Growth, parent: string): string {
  const { random, tree } = growth;
  const path = `${parent}/${randomName(random)}`;
  if (!tree.has(path)) tree.set(path, { data: randomData(growth), isEphemeral: false });
  return tree.get(path)?.isEphemeral === true ? parent : path;
}

function randomName(random: Random): string {
  const kind = random();
  if (kind < 0.4) return oneOf(random, KNOWN_NAMES);
  if (kind < 0.5) return `${EXCLUDED_PREFIX}${integerFrom(random, 0, 9)}`;
  const units = Array.from({ length: integerFrom(random, 1, 12) }, () => {
    const [first, last] = oneOf(random, LEGAL_RANGES);
    return integerFrom(random, first, last);
  });
  return String.fromCharCode(...units);
}

function randomData(growth: Growth): Buffer | null {
  const { random, maxBytes } = growth;
  if (random() < 0.985) return randomSmallData(random);
  const near = oneOf(random, LARGE_SIZES) + integerFrom(random, -SIZE_SPREAD, SIZE_SPREAD);
  return Buffer.alloc(Math.min(near, maxBytes), integerFrom(random, 0, 255));
}

function randomSmallData(random: Random): Buffer | null {
  const kind = random();
  if (kind < 0.15) return null;
  if (kind < 0.3) return Buffer.alloc(0);
  const bytes = Buffer.alloc(oneOf(random, SMALL_SIZES));
  // Every byte is one that data may have; a few that differ are enough.
  for (let at = 0; at < bytes.length; at += 50) bytes[at] = integerFrom(random, 0, 255);
  return bytes;
}
