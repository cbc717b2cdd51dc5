import type { ReadZnode, TreeWrite } from '../../tree/tree.ts';

/** What is raised, by the name that `result.notCarried` has for it. */
export type CounterName = 'sequenceCounters' | 'dataVersions';

/**
 * A number of each znode that only grows, that no client can set, and that must not be lower at the
 * destination than at the source.
 */
export interface Counter {
  readonly what: CounterName;
  /** False for znodes whose number is of no interest. */
  applies(path: string): boolean;
  of(znode: ReadZnode): number;
  /** What a znode has, unless something is left out, once it was created with all that is below it. */
  onceCreated(source: ReadZnode): number;
  /** How the number of a znode is raised. Leaves the znode as the source has it. */
  raise(path: string, source: ReadZnode): CounterRaise;
  /** False if the destination does not hold what raising it wrote. */
  holds(written: ReadZnode, there: ReadZnode): boolean;
}

/** Writes that raise a number by one; a transaction is any times `each`, and `last` at its end. */
export interface CounterRaise {
  readonly each: readonly TreeWrite[];
  readonly last: readonly TreeWrite[];
}
