import type { GlobReach } from '../globs.ts';

/**
 * What globs mean, as a regular expression: easy to compare with the words that describe them, and
 * nothing for names that somebody else chooses, for it goes back and forth over them.
 */
export function globsAsPattern(globs: readonly string[], reach: GlobReach): RegExp {
  return new RegExp(`^(?:${globs.map(PATTERNS[reach]).join('|')})`, 'su');
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
