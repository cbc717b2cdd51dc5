import type { Acl } from '../../../zookeeper/index.ts';
import { integerFrom, oneOf } from '../../../testing/seeded-random.ts';

/** A znode to plant. */
export interface RandomZnode {
  readonly data: Buffer | null;
  readonly isEphemeral: boolean;
  /** Null: everybody may do everything. */
  readonly acl: readonly Acl[] | null;
  /** Children that were created below it and are gone. */
  readonly creations: number;
  /** How often its data was written after it was created. */
  readonly version: number;
}

/** One without anything special. */
export const EMPTY_ZNODE: RandomZnode = {
  data: null,
  isEphemeral: false,
  acl: null,
  creations: 0,
  version: 0,
};

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

/** Larger data is not written over and over. */
const MAX_WRITTEN_BYTES = 5_000;

/** Of every scheme that servers have; `auth` and `super` never stand in a list. */
const IDS = [
  { scheme: 'world', id: 'anyone' },
  { scheme: 'digest', id: 'app:5ljYJ0jSBKBC6UwOaeYb8eyQwkg=' },
  { scheme: 'digest', id: 'ops:wTl1xrhI4vqC1sdf0Ce1yWLMWkk=' },
  { scheme: 'ip', id: '10.1.2.3' },
  { scheme: 'ip', id: '127.0.0.0/8' },
  { scheme: 'sasl', id: 'service/host@REALM' },
  { scheme: 'x509', id: 'CN=client, O=Example' },
] as const;

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
  tree.set(root, persistent(growth, randomData(growth)));
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
    drifted.set(path, driftedZnode(growth, znode));
  }
  growBushy(growth, oneOf(random, persistentPaths(drifted)));
  return drifted;
}

function driftedZnode(growth: Growth, znode: RandomZnode): RandomZnode {
  const { random, maxBytes } = growth;
  const isKept = random() < 0.8 && (znode.data?.length ?? 0) <= maxBytes;
  const changed = persistent(growth, isKept ? znode.data : randomData(growth));
  return random() < 0.8 ? { ...changed, acl: znode.acl } : changed;
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
    const znode = persistent(growth, randomSmallData(random));
    tree.set(`${base}/n${index}`, isEphemeral ? { ...znode, ...EPHEMERAL } : znode);
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
  if (!tree.has(path)) tree.set(path, persistent(growth, randomData(growth)));
  return tree.get(path)?.isEphemeral === true ? parent : path;
}

/** An ephemeral has no children. */
const EPHEMERAL = { isEphemeral: true, creations: 0 } as const;

function persistent({ random }: Growth, data: Buffer | null): RandomZnode {
  const isLarge = (data?.length ?? 0) > MAX_WRITTEN_BYTES;
  return {
    data,
    isEphemeral: false,
    acl: random() < 0.7 ? null : randomAcl(random),
    creations: random() < 0.9 ? 0 : integerFrom(random, 1, 40),
    version: random() < 0.9 || isLarge ? 0 : integerFrom(random, 1, 20),
  };
}

/** What the source lets in is for the superuser of no concern. */
function randomAcl(random: Random): readonly Acl[] {
  return Array.from({ length: integerFrom(random, 1, 3) }, () => ({
    ...oneOf(random, IDS),
    permissions: integerFrom(random, 1, 31),
  }));
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
