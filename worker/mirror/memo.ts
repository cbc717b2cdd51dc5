import type { WitnessMark } from './source-history.ts';

/**
 * What a verified run leaves for the next one into the same root. It may be lost, or come from a
 * run of long ago, without harm: it makes the next run say more, or read less, and never do other
 * things. One small record: what is added must keep it under 512 KiB.
 */
export interface Memo {
  readonly totals: MemoTotals;
  /** Left out where lists were not carried over, or not all of them. */
  readonly acls?: MemoAcls;
}

/**
 * By what the access control lists of both sides are known to be equal. That of the destination
 * holds wherever the memo stands, for it is part of the destination's own history.
 */
export interface MemoAcls {
  /** What was compared; of anything else nothing is known. */
  readonly scope: string;
  /** By which algorithm the destination hashed then: with another one, logins of these lists fail there. */
  readonly digestAlgorithm: string | null;
  /** `0x` and hex digits: whatever was created up to it was compared. */
  readonly sourceZxid: string;
  readonly destinationZxid: string;
  /** Digests of the znodes whose lists were ever changed. */
  readonly source: string;
  readonly destination: string;
  /** What is said of the source holds in a history that has this. */
  readonly witness: WitnessMark;
  /** Which lists the next run reads however well they are known, of `ACL_READ_TURNS` turns. */
  readonly turn: number;
}

/** Persistent znodes of the source that are not excluded, the root with them. */
export interface MemoTotals {
  readonly znodes: number;
  /** Of their data. */
  readonly bytes: number;
}
