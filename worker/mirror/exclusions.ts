import { CONTROL_ROOT, isAtOrBelow } from '../../api/znode-path.ts';
import { compileGlobs } from './globs.ts';

/**
 * Tells whether a znode is left alone on both sides: neither read, written nor deleted. What
 * stands below an excluded znode is never asked about, because nobody descends into it.
 */
export type Exclusion = (path: string) => boolean;

/** What a preset leaves out: globs, as {@link compileGlobs} understands them. */
export interface ExclusionRules {
  readonly globs: readonly string[];
  /** What is carried although a glob matches it; what is below it is not, if that matches, too. */
  readonly but: readonly string[];
}

/** Trees that are never mirrored: ZooKeeper's own, which differs by ensemble, and our control tree. */
const NEVER_MIRRORED = ['/zookeeper', CONTROL_ROOT];

/**
 * Compiles what a user excludes, globs as {@link compileGlobs} understands them, and what presets do.
 *
 * @returns null if nothing below the root is excluded: the question is asked once a znode
 */
export function compileExclusions(
  globs: readonly string[],
  rootPath: string,
  presets: readonly ExclusionRules[] = [],
): Exclusion | null {
  const reserved = NEVER_MIRRORED.filter((path) => isAtOrBelow(path, rootPath));
  const isReserved: Exclusion = (path) => reserved.some((own) => isAtOrBelow(path, own));
  const exclusions = [
    reserved.length === 0 ? null : isReserved,
    compileGlobs(globs, 'below'),
    ...presets.map(compileRules),
  ].filter((each) => each !== null);
  const [first] = exclusions;
  if (first === undefined || exclusions.length === 1) return first ?? null;
  return (path) => exclusions.some((excludes) => excludes(path));
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

function compileRules({ globs, but }: ExclusionRules): Exclusion | null {
  const [matches, isCarried] = [compileGlobs(globs, 'below'), compileGlobs(but, 'itself')];
  if (matches === null || isCarried === null) return matches;
  return (path) => matches(path) && !isCarried(path);
}
