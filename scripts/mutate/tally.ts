import type { Mutant } from './instrument.ts';
import { inOneLine, isSame, type MayLive } from './may-live.ts';
import type { Verdict } from './try-mutants.ts';

interface Count {
  killed: number;
  refused: number;
  mayLive: number;
  survived: number;
}

/** Counts what became of mutants, and finds words for those that live. */
export class Tally {
  readonly #mayLive: readonly MayLive[];
  readonly #used = new Set<MayLive>();
  readonly #perFile = new Map<string, Count>();

  constructor(mayLive: readonly MayLive[]) {
    this.#mayLive = mayLive;
  }

  /**
   * @param isRefused whether types refuse the mutant
   * @returns what to say of one that should not live, else null
   */
  add({ mutant, killedBy, isReached }: Verdict, isRefused: boolean): string | null {
    const count = this.#countOf(mutant.file);
    if (killedBy !== null) {
      count.killed += 1;
      return null;
    }
    if (isRefused) {
      count.refused += 1;
      return null;
    }
    const entry = this.#mayLive.find((each) => isSame(each, mutant));
    if (entry !== undefined) {
      this.#used.add(entry);
      count.mayLive += 1;
      return null;
    }
    count.survived += 1;
    const where = `${mutant.file}:${mutant.line}`;
    return `${where}: ${described(mutant)}${isReached ? '' : ' (no test comes here)'}`;
  }

  /** A line for each file. */
  get perFile(): readonly string[] {
    return [...this.#perFile].map(([file, count]) => `${file}: ${worded(count)}`);
  }

  get total(): Count {
    const sum = newCount();
    for (const { killed, refused, mayLive, survived } of this.#perFile.values()) {
      sum.killed += killed;
      sum.refused += refused;
      sum.mayLive += mayLive;
      sum.survived += survived;
    }
    return sum;
  }

  /** Entries for files that were looked at, with no mutant that lives. */
  get unused(): readonly MayLive[] {
    return this.#mayLive.filter((each) => this.#perFile.has(each.file) && !this.#used.has(each));
  }

  #countOf(file: string): Count {
    const count = this.#perFile.get(file) ?? newCount();
    this.#perFile.set(file, count);
    return count;
  }
}

function newCount(): Count {
  return { killed: 0, refused: 0, mayLive: 0, survived: 0 };
}

/** What types refuse is no change that anybody could make. */
export function worded({ killed, refused, mayLive, survived }: Count): string {
  const score = Math.floor((100 * killed) / Math.max(1, killed + mayLive + survived));
  const refusals = `${refused} refused by types`;
  return `${killed} killed, ${refusals}, ${mayLive} may live, ${survived} survived (${score} % killed)`;
}

function described({ was, becomes }: Mutant): string {
  return becomes === '' ? `without ${inOneLine(was)}` : `${inOneLine(was)} → ${inOneLine(becomes)}`;
}
