/** What a glob is asked for. */
export type GlobReach =
  /** The paths that it matches. */
  | 'itself'
  /** Those, and all that is below them. */
  | 'below'
  /** The parents of those. */
  | 'parents';

/**
 * Compiles globs of absolute paths: `*` stands for any characters of one name, `?` for one
 * character, and `**` as a whole name for any number of names; none between two others, at least
 * one at the end (`/a/**` is everything below `/a`). Everything else is literal. They become one
 * pattern, because it is asked once a znode.
 *
 * @returns null if there are none
 */
export function compileGlobs(
  globs: readonly string[],
  reach: GlobReach,
): ((path: string) => boolean) | null {
  if (globs.length === 0) return null;
  const pattern = new RegExp(`^(?:${globs.map(PATTERNS[reach]).join('|')})`, 'su');
  // As a parent `/` is the path of no name.
  if (reach === 'parents') return (path) => pattern.test(path === '/' ? '' : path);
  return (path) => pattern.test(path);
}

const PATTERNS: Readonly<Record<GlobReach, (glob: string) => string>> = {
  itself: (glob) => `${patternOf(namesOf(glob))}$`,
  below: (glob) => `${patternOf(namesOf(glob))}(?:/|$)`,
  parents: (glob) => {
    const names = namesOf(glob);
    const above = names.slice(0, -1).map(namesPattern).join('');
    return names.at(-1) === '**' ? `${above}${ANY_NAMES}$` : `${above}$`;
  },
};

const ANY_NAMES = '(?:/[^/]+)*';

function namesOf(glob: string): readonly string[] {
  return glob.split('/').slice(1);
}

function patternOf(names: readonly string[]): string {
  const above = names.slice(0, -1).map(namesPattern).join('');
  const last = names.at(-1) ?? '';
  return above + (last === '**' ? '(?:/[^/]+)+' : namesPattern(last));
}

function namesPattern(name: string): string {
  return name === '**' ? ANY_NAMES : `/${namePattern(name)}`;
}

function namePattern(name: string): string {
  return name
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replace(/\*+/g, '[^/]*')
    .replace(/\?/g, '[^/]');
}
