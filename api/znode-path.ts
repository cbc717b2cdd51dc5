import type { Pattern, Rule } from './schema/builders.ts';

/** Our own znodes live below this path on either side; it is never mirrored. */
export const CONTROL_ROOT = '/.resiliency-operator';

/** Trees of an ensemble that are never mirrored, absolute: ZooKeeper's own, which differs by ensemble, and ours. */
export const RESERVED_TREES = ['/zookeeper', CONTROL_ROOT] as const;
export type ReservedTree = (typeof RESERVED_TREES)[number];

/** Longest path a rule looks at; bounds the cost of CEL in the API server. */
export const ZNODE_PATH_MAX_LENGTH = 1024;

/** Coarse shape: absolute, no empty segment, no trailing slash. The rules below say which it is. */
export const ZNODE_PATH_PATTERN: Pattern = {
  regex: '^(/|(/[^/]+)+)$',
  must: 'must be an absolute znode path',
  remedy: 'Write it in full, for example /test.',
  spokenByRules: true,
};

/**
 * What ZooKeeper refuses in a path (org.apache.zookeeper.common.PathUtils): U+0000-001F,
 * U+007F-009F, U+D800-F8FF and U+FFF0-FFFF as UTF-16 units; so whatever needs a surrogate pair too.
 */
const ILLEGAL_CEL =
  "'[\\\\x00-\\\\x1f\\\\x7f-\\\\x9f\\\\x{e000}-\\\\x{f8ff}\\\\x{fff0}-\\\\x{ffff}\\\\x{10000}-\\\\x{10ffff}]'";

/** Rules of ZooKeeper for any path, each with a sentence of its own. */
export const ZNODE_PATH_RULES: readonly Rule<string>[] = [
  {
    must: 'must start with "/"',
    remedy: 'Write the path from the root, for example /test.',
    holds: (path) => path.startsWith('/'),
    cel: "self.startsWith('/')",
  },
  {
    must: 'must not contain "//"',
    remedy: 'Write one slash between two names.',
    holds: (path) => !path.includes('//'),
    cel: "!self.contains('//')",
  },
  {
    must: 'must not end with "/"',
    remedy: 'Remove the last slash; only the root itself is written "/".',
    holds: (path) => path === '/' || !path.endsWith('/'),
    cel: "self == '/' || !self.endsWith('/')",
  },
  {
    must: 'must not contain the names "." or ".."',
    remedy: 'ZooKeeper knows no relative names: write the path that is meant.',
    holds: (path) => !/(^|\/)\.{1,2}(\/|$)/.test(path),
    cel: "!self.matches('(^|/)[.][.]?(/|$)')",
  },
  {
    must: 'must not contain control or private-use characters',
    remedy: 'ZooKeeper refuses them in names: remove them.',
    holds: (path) => !hasIllegalUnit(path),
    cel: `!self.matches(${ILLEGAL_CEL})`,
  },
];

/** Roots that can be mirrored: any path but ZooKeeper's own tree and ours. */
export const ROOT_PATH_RULES: readonly Rule<string>[] = [
  ...ZNODE_PATH_RULES,
  {
    must: 'must not be /zookeeper or below it',
    remedy:
      "That tree is ZooKeeper's own and differs from cluster to cluster: name another root. A znode of that name below a chroot is reached by a chroot that ends with it.",
    holds: (path) => !isAtOrBelow(path, '/zookeeper'),
    cel: "self != '/zookeeper' && !self.startsWith('/zookeeper/')",
  },
  {
    must: `must not be ${CONTROL_ROOT} or below it`,
    remedy: "That is the operator's own tree: name another root.",
    holds: (path) => !isAtOrBelow(path, CONTROL_ROOT),
    cel: `self != '${CONTROL_ROOT}' && !self.startsWith('${CONTROL_ROOT}/')`,
  },
];

/** The reserved tree that an absolute path leads into; null if it leads into none. */
export function reservedTreeOf(absolutePath: string): ReservedTree | null {
  return RESERVED_TREES.find((tree) => isAtOrBelow(absolutePath, tree)) ?? null;
}

/** Whose a reserved tree is, for a sentence that refuses it. */
export const RESERVED_BECAUSE: Readonly<Record<ReservedTree, string>> = {
  '/zookeeper': "that tree is ZooKeeper's own and differs from cluster to cluster",
  [CONTROL_ROOT]: "that is the operator's own tree",
};

/** A path below a chroot ('' for none) as the servers know it. */
export function absoluteZnodePath(chroot: string, path: string): string {
  if (chroot === '') return path;
  return path === '/' ? chroot : chroot + path;
}

/** True if `path` is `root` or one of its descendants. */
export function isAtOrBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root === '/' ? '/' : `${root}/`);
}

function hasIllegalUnit(path: string): boolean {
  for (let index = 0; index < path.length; index += 1) {
    const unit = path.charCodeAt(index);
    if (unit <= 0x1f || (unit >= 0x7f && unit <= 0x9f)) return true;
    if ((unit >= 0xd800 && unit <= 0xf8ff) || unit >= 0xfff0) return true;
  }
  return false;
}
