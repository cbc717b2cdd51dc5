import type { StepRefusal, WriteStep } from './session.ts';

/** Batches of their own: one that has to succeed before a write, and one after it. */
export interface FenceAround {
  readonly before: readonly WriteStep[];
  readonly after: readonly WriteStep[];
}

/** What keeps a superseded run from writing: steps that every batch begins with. */
export interface WriteFence {
  /** Steps that fail once another writer took over; none where there is no fence. */
  readonly steps: readonly WriteStep[];
  /**
   * What a write is fenced by that is too large for a batch with {@link steps}; null where there is no
   * fence.
   *
   * @param path as the servers know it
   */
  around(path: string, data: Buffer | null): FenceAround | null;
  /** A znode of our own at this side, for what has to be tried out; null where there is none. */
  readonly ownDir: string | null;
  /** By which algorithm this side hashes a login; null as long as nobody knows. */
  readonly digestAlgorithm: string | null;
  /** The error to end with when one of {@link steps} was refused, by its index among them. */
  refused(refusal: StepRefusal): Error;
}
