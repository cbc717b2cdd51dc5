import { NamePattern, type Effort } from './name-pattern.ts';

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
 * one at the end (`/a/**` is everything below `/a`). Everything else is literal. The root is the path
 * of no name, which no glob matches.
 *
 * They become one automaton over names, because it is asked once a znode, of siblings in a row: those
 * share the way to their parent. Whoever names znodes cannot make it slow: it takes at most as many
 * steps as the path's length times that of all globs.
 *
 * @param effort counts the steps
 * @returns null if there are none
 */
export function compileGlobs(
  globs: readonly string[],
  reach: GlobReach,
  effort: Effort = { steps: 0 },
): ((path: string) => boolean) | null {
  if (globs.length === 0) return null;
  const automaton = new Automaton(globs, reach, effort);
  return (path) => automaton.matches(path);
}

/** A place between two names of globs, and where names lead from there. */
class Place {
  readonly literals = new Map<string, Place>();
  readonly patterns = new Map<string, { readonly name: NamePattern; readonly to: Place }>();
  /** The place of a `**` that stands here: it needs no name to get there. */
  anyNames: Place | null = null;
  /** Any name leads back to here. */
  readonly isLoop: boolean;
  /** A glob ends here. */
  isEnd = false;
  /** The last step that came here. */
  step = 0;

  constructor(isLoop: boolean) {
    this.isLoop = isLoop;
  }
}

class Automaton {
  readonly #start: readonly Place[];
  readonly #reach: GlobReach;
  readonly #effort: Effort;
  #step = 0;
  /** The last parent that was asked for, and where it leads. */
  #parent = '';
  #afterParent: readonly Place[];

  constructor(globs: readonly string[], reach: GlobReach, effort: Effort) {
    const start = new Place(false);
    for (const glob of globs) addGlob(start, glob, { reach, effort });
    this.#reach = reach;
    this.#effort = effort;
    this.#step += 1;
    this.#start = this.#enter([], start);
    this.#afterParent = this.#start;
  }

  matches(path: string): boolean {
    if (path === '/') return this.#start.some(isEnd);
    const lastSlash = path.lastIndexOf('/');
    const parent = path.slice(0, lastSlash);
    if (parent !== this.#parent) {
      this.#afterParent = this.#follow(parent);
      this.#parent = parent;
    }
    return this.#advance(this.#afterParent, path.slice(lastSlash + 1)).some(isEnd);
  }

  #follow(path: string): readonly Place[] {
    let places = this.#start;
    for (let slash = 0; slash < path.length && places.length > 0;) {
      const next = path.indexOf('/', slash + 1);
      const end = next === -1 ? path.length : next;
      places = this.#advance(places, path.slice(slash + 1, end));
      slash = end;
    }
    return places;
  }

  /** The places that a name leads to. What is below a match stays one. */
  #advance(places: readonly Place[], name: string): readonly Place[] {
    this.#step += 1;
    const next: Place[] = [];
    for (const place of places) {
      this.#effort.steps += 1;
      if (place.isLoop || (place.isEnd && this.#reach === 'below')) this.#enter(next, place);
      const literal = place.literals.get(name);
      if (literal !== undefined) this.#enter(next, literal);
      for (const pattern of place.patterns.values()) {
        if (pattern.name.matches(name)) this.#enter(next, pattern.to);
      }
    }
    return next;
  }

  /** Adds a place, and those that take no name from there, unless they are there already. */
  #enter(places: Place[], entered: Place): Place[] {
    for (let place: Place | null = entered; place !== null; place = place.anyNames) {
      if (place.step === this.#step) break;
      place.step = this.#step;
      places.push(place);
    }
    return places;
  }
}

function isEnd(place: Place): boolean {
  return place.isEnd;
}

function addGlob(
  start: Place,
  glob: string,
  { reach, effort }: { readonly reach: GlobReach; readonly effort: Effort },
): void {
  const names = glob.split('/').slice(1);
  const last = names.pop() ?? '';
  const above = names.reduce((place, name) => placeAfter(place, name, effort), start);
  if (reach === 'parents') {
    // What is below any number of names may be the parent of one more.
    const end = last === '**' ? placeAfter(above, '**', effort) : above;
    end.isEnd = true;
  } else if (last === '**') {
    const one = placeAfter(above, '*', effort);
    placeAfter(one, '**', effort).isEnd = true;
  } else {
    placeAfter(above, last, effort).isEnd = true;
  }
}

function placeAfter(place: Place, name: string, effort: Effort): Place {
  if (name === '**') return (place.anyNames ??= new Place(true));
  if (NamePattern.isLiteral(name)) {
    const to = place.literals.get(name) ?? new Place(false);
    place.literals.set(name, to);
    return to;
  }
  const pattern = place.patterns.get(name) ?? {
    name: new NamePattern(name, effort),
    to: new Place(false),
  };
  place.patterns.set(name, pattern);
  return pattern.to;
}
