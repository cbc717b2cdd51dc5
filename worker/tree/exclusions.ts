import { isAtOrBelow, RESERVED_TREES } from '../../api/znode-path.ts';
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

/** What each side keeps for itself, as paths of the mirror: they are left alone on both. */
export interface ReservedPaths {
  readonly source: readonly string[];
  readonly destination: readonly string[];
}

/** What is left out besides what a user excludes. */
export interface OtherExclusions {
  readonly presets?: readonly ExclusionRules[];
  /** Default: that of two ZooKeepers without chroots. */
  readonly reserved?: ReservedPaths;
}

/** ClickHouse Keeper's own znodes, which nobody may write. */
const KEEPER_TREE = '/keeper';

/**
 * What a side keeps for itself: ZooKeeper's own tree, our control tree, and those of a ClickHouse
 * Keeper. They stand at the top of an ensemble: below a chroot such a name is an application's.
 */
export function reservedPaths({
  chroot,
  isKeeper,
}: {
  readonly chroot: string;
  readonly isKeeper: boolean;
}): readonly string[] {
  if (chroot !== '') return [];
  return isKeeper ? [...RESERVED_TREES, KEEPER_TREE] : RESERVED_TREES;
}

const WITHOUT_CHROOTS: ReservedPaths = { source: RESERVED_TREES, destination: RESERVED_TREES };

/**
 * Compiles what a user excludes, globs as {@link compileGlobs} understands them, what presets do, and
 * what is reserved.
 *
 * @returns null if nothing below the root is excluded: the question is asked once a znode
 */
export function compileExclusions(
  globs: readonly string[],
  rootPath: string,
  { presets = [], reserved = WITHOUT_CHROOTS }: OtherExclusions = {},
): Exclusion | null {
  const own = reservedBelow(rootPath, reserved);
  const isReserved: Exclusion = (path) => own.some((each) => isAtOrBelow(path, each));
  const exclusions = [own.length === 0 ? null : isReserved, ...asked(globs, presets)].filter(
    (each) => each !== null,
  );
  const [first] = exclusions;
  if (first === undefined || exclusions.length === 1) return first ?? null;
  return (path) => exclusions.some((excludes) => excludes(path));
}

/**
 * Tells of a znode of the source that is left alone whether that is only because its place at the
 * destination is reserved there: nobody asked for it, so the copy lacks it.
 *
 * @returns null if there can be none
 */
export function compileMisplaced(
  globs: readonly string[],
  rootPath: string,
  { presets = [], reserved = WITHOUT_CHROOTS }: OtherExclusions = {},
): Exclusion | null {
  const taken = reservedBelow(rootPath, { ...reserved, source: [] }).filter(
    (path) => !reserved.source.includes(path),
  );
  if (taken.length === 0) return null;
  const wanted = asked(globs, presets).filter((each) => each !== null);
  return (path) =>
    taken.some((each) => isAtOrBelow(path, each)) && !wanted.some((excludes) => excludes(path));
}

/**
 * Tells of a path whether a direct child of it may be excluded, now or some day.
 *
 * @returns null if nothing below the root is excluded
 */
export function compileExclusionParents(
  globs: readonly string[],
  rootPath: string,
  { reserved = WITHOUT_CHROOTS }: Pick<OtherExclusions, 'reserved'> = {},
): Exclusion | null {
  return compileGlobs([...reservedBelow(rootPath, reserved), ...globs], 'parents');
}

function reservedBelow(
  rootPath: string,
  { source, destination }: ReservedPaths,
): readonly string[] {
  return [...new Set([...source, ...destination])].filter((path) => isAtOrBelow(path, rootPath));
}

/** What somebody asked for: the user, or a preset. */
function asked(
  globs: readonly string[],
  presets: readonly ExclusionRules[],
): readonly (Exclusion | null)[] {
  return [compileGlobs(globs, 'below'), ...presets.map(compileRules)];
}

function compileRules({ globs, but }: ExclusionRules): Exclusion | null {
  const [matches, isCarried] = [compileGlobs(globs, 'below'), compileGlobs(but, 'itself')];
  if (matches === null || isCarried === null) return matches;
  return (path) => matches(path) && !isCarried(path);
}
