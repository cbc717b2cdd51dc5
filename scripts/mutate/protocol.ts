/** What the process that runs tests is asked for, one at a time. */
export type Question = { readonly kind: 'cover' } | TryQuestion;

export interface TryQuestion {
  readonly kind: 'try';
  readonly mutant: number;
  /** Places in the list of tests, in the order in which they are to run. */
  readonly tests: readonly number[];
  readonly timeoutsMs: readonly number[];
  /** Whether it lives from the start, and everything is loaded anew with it. */
  readonly fromStart: boolean;
}

/** Once it is ready it answers; meanwhile it says now and then that it is there. */
export type Answer = Covered | Tried | { readonly kind: 'ready' };

/** How all tests went without a mutant. */
export interface Covered {
  readonly kind: 'covered';
  readonly tests: readonly CoveredTest[];
  /** The mutants that were asked for while everything was loaded. */
  readonly atStart: readonly number[];
}

export interface CoveredTest {
  readonly fileIndex: number;
  readonly name: string;
  /** Of the processor. */
  readonly costMs: number;
  /** The mutants that were asked for. */
  readonly mutants: readonly number[];
  /** Empty if it passed. Tests of all files share a process here, which not each of them can stand. */
  readonly failure: string;
}

/** What became of a mutant. */
export interface Tried {
  readonly kind: 'tried';
  /** The name of the test that failed; null if none did. */
  readonly killedBy: string | null;
  /** False if that test fails without the mutant, too, from now on: ask another process. */
  readonly isSound: boolean;
  /** True if something goes on in this process that was to have ended. */
  readonly isSpent: boolean;
}
