import { CONTROL_ROOT, isAtOrBelow } from '../../api/znode-path.ts';
import { compileGlobs } from './globs.ts';

/**
 * Tells whether a znode is left alone on both sides: neither read, written nor deleted. What
 * stands below an excluded znode is never asked about, because nobody descends into it.
 */
export type Exclusion = (path: string) => boolean;

/** Trees that are never mirrored: ZooKeeper's own, which differs by ensemble, and our control tree. */
const NEVER_MIRRORED = ['/zookeeper', CONTROL_ROOT];

/**
 * Compiles globs, as {@link compileGlobs} understands them.
 *
 * @returns null if nothing below the root is excluded: the question is asked once a znode
 */
export function compileExclusions(globs: readonly string[], rootPath: string): Exclusion | null {
  const reserved = NEVER_MIRRORED.filter((path) => isAtOrBelow(path, rootPath));
  const isExcluded = compileGlobs(globs, 'below');
  if (reserved.length === 0) return isExcluded;
  return (path) => reserved.some((own) => isAtOrBelow(path, own)) || isExcluded?.(path) === true;
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
  return compileGlobs([...reserved, ...globs], 'parents');
}
