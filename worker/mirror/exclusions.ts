import { CONTROL_ROOT, isAtOrBelow } from '../../api/znode-path.ts';

/**
 * Tells whether a znode is left alone on both sides: neither read, written nor deleted. What
 * stands below an excluded znode is never asked about, because nobody descends into it.
 */
export type Exclusion = (path: string) => boolean;

/** Trees that are never mirrored: ZooKeeper's own, which differs by ensemble, and our control tree. */
const NEVER_MIRRORED = ['/zookeeper', CONTROL_ROOT];

/**
 * Compiles globs of absolute paths: `*` stands for any characters of one name, `?` for one
 * character, and `**` as a whole name for any number of names; none between two others, at least
 * one at the end (`/a/**` is everything below `/a`). Everything else is literal.
 *
 * @returns null if nothing below the root is excluded: the question is asked once a znode
 */
export function compileExclusions(globs: readonly string[], rootPath: string): Exclusion | null {
  const reserved = NEVER_MIRRORED.filter((path) => isAtOrBelow(path, rootPath));
  const pattern = anyOf(globs.map(globPattern));
  if (reserved.length === 0 && pattern === null) return null;
  return (path) => reserved.some((own) => isAtOrBelow(path, own)) || pattern?.test(path) === true;
}

/**
 * Tells of a path whether a direct child of it may be excluded, now or some day.
 *
 * @returns null if nothing below the root is excluded
 */
export function compileExclusionParents(
  globs: readonly string[],
  rootPath: string,
): Exclusion | null {
  const reserved = NEVER_MIRRORED.filter((path) => isAtOrBelow(path, rootPath));
  const pattern = anyOf([...reserved, ...globs].map(parentPattern));
  return pattern && ((path) => pattern.test(path === '/' ? '' : path));
}

/** One for all, because it is asked once a znode; null for none. */
function anyOf(patterns: readonly string[]): RegExp | null {
  return patterns.length === 0 ? null : new RegExp(`^(?:${patterns.join('|')})`, 'su');
}

/** The regular expression of the parents of what a glob matches. */
function parentPattern(glob: string): string {
  const names = glob.split('/').slice(1, -1);
  const body = names.map((name) => (name === '**' ? '(?:/[^/]+)*' : `/${namePattern(name)}`));
  return `${body.join('')}$`;
}

/** The regular expression of a glob; it matches the excluded znode and everything below it. */
function globPattern(glob: string): string {
  const names = glob.split('/').slice(1);
  const body = names.map((name, index) => {
    if (name !== '**') return `/${namePattern(name)}`;
    return index === names.length - 1 ? '/[^/]+' : '(?:/[^/]+)*';
  });
  return `${body.join('')}(?:/|$)`;
}

function namePattern(name: string): string {
  return name
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replace(/\*+/g, '[^/]*')
    .replace(/\?/g, '[^/]');
}
