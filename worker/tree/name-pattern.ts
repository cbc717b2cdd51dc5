/** Counts what matching costs, in steps: so many of a pattern's characters and names were looked at. */
export interface Effort {
  steps: number;
}

const ANY_CHARACTER = -1;
const ANY_CHARACTERS = -2;

/** One name of a glob in which `*` or `?` stands. */
export class NamePattern {
  /** Code points, and what stands for others. */
  readonly #tokens: readonly number[];
  /** What a name has to end with: most names that do not match are told by it. */
  readonly #ending: string;
  readonly #effort: Effort;

  constructor(name: string, effort: Effort) {
    this.#tokens = Array.from(name.replace(/\*+/g, '*'), tokenOf);
    this.#ending = name.slice(Math.max(name.lastIndexOf('*'), name.lastIndexOf('?')) + 1);
    this.#effort = effort;
  }

  /** True for a name of a glob that means itself and nothing else. */
  static isLiteral(name: string): boolean {
    return !/[*?]/.test(name);
  }

  /**
   * Goes back to the last `*` alone: had an earlier one taken more, the last could have taken less.
   * So it takes at most as many steps as the name's length times the pattern's.
   */
  matches(name: string): boolean {
    this.#effort.steps += 1;
    if (!name.endsWith(this.#ending)) return false;
    const tokens = this.#tokens;
    let token = 0;
    let index = 0;
    // Where to go on from when the last `*` takes one character more; -1 as long as none was met.
    let afterStar = -1;
    let starEnd = 0;
    for (;;) {
      this.#effort.steps += 1;
      const wanted = tokens[token];
      if (wanted === ANY_CHARACTERS) {
        token += 1;
        if (token === tokens.length) return true;
        afterStar = token;
        starEnd = index;
      } else if (index === name.length) {
        return wanted === undefined;
      } else if (wanted === ANY_CHARACTER || wanted === name.codePointAt(index)) {
        token += 1;
        index += widthAt(name, index);
      } else {
        if (afterStar === -1) return false;
        starEnd += widthAt(name, starEnd);
        token = afterStar;
        index = starEnd;
      }
    }
  }
}

function tokenOf(character: string): number {
  if (character === '*') return ANY_CHARACTERS;
  if (character === '?') return ANY_CHARACTER;
  return character.codePointAt(0) ?? 0;
}

/** Two units where a character is a pair of surrogates. */
function widthAt(text: string, index: number): number {
  return (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
}
