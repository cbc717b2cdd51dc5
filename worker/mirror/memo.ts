/**
 * What a verified run leaves for the next one into the same root. It may be lost, or come from a
 * run of long ago, without harm: it makes the next run say more, or read less, and never do other
 * things. One small record: what is added must keep it under 512 KiB.
 */
export interface Memo {
  readonly totals: MemoTotals;
}

/** Persistent znodes of the source that are not excluded, the root with them. */
export interface MemoTotals {
  readonly znodes: number;
  /** Of their data. */
  readonly bytes: number;
}
