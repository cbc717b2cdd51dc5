import type { SourceHistory } from '../../api/worker-contract.ts';

/** By what an earlier run knows the source again. */
export interface WitnessMark {
  /** Absolute, as the source's servers know it. */
  readonly path: string;
  /** `0x` and hex digits, as the next one. */
  readonly czxid: string;
  readonly mzxid: string;
  /** 128 random bits, in hex: no other history has them there. */
  readonly nonce: string;
}

/**
 * Proves that the history of the source went on in one line. What a znode's Stat says of its access
 * control list (created at one zxid, changed so often) means one list only within one line: a source
 * that was set back, and changed again, gives the same Stat to another one, and no Stat shows that it
 * was set back.
 */
export interface SourceWitnessing {
  /**
   * Before anything of the source is read that is to be remembered.
   *
   * @param mark what {@link seal} gave to an earlier run; null for none
   * @returns whether everything up to that mark is part of the history of the source as it is now
   */
  begin(mark: WitnessMark | null): Promise<SourceHistory>;
  /** False if the source was set back to before {@link begin}. */
  holds(): Promise<boolean>;
  /**
   * After everything was read: leaves a mark at the source.
   *
   * @returns null if it cannot, or if the source was set back to before {@link begin}
   */
  seal(): Promise<WitnessMark | null>;
}
