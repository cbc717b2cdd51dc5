/** How much a run may ask of each side in a second; 0 for no limit. */
export interface RateLimits {
  /** Znodes, lists of children and access control lists read. */
  readonly readsPerSecond: number;
  /** Znodes created, updated or deleted, and access control lists set. */
  readonly writesPerSecond: number;
  /** Bytes of data read or written, and of names in lists. */
  readonly bytesPerSecond: number;
}

export const NO_RATE_LIMITS: RateLimits = {
  readsPerSecond: 0,
  writesPerSecond: 0,
  bytesPerSecond: 0,
};

/** A batch is worth no more than this: a longer one would keep others waiting until they notice. */
const BATCH_MS = 100;

/** True if nothing is limited. */
export function isUnlimited({
  readsPerSecond,
  writesPerSecond,
  bytesPerSecond,
}: RateLimits): boolean {
  return readsPerSecond === 0 && writesPerSecond === 0 && bytesPerSecond === 0;
}

/** All limits, multiplied; in whole numbers, for the log. */
export function scaled(limits: RateLimits, factor: number): RateLimits {
  return {
    readsPerSecond: Math.round(limits.readsPerSecond * factor),
    writesPerSecond: Math.round(limits.writesPerSecond * factor),
    bytesPerSecond: Math.round(limits.bytesPerSecond * factor),
  };
}

/** How much a batch may hold: what the limit allows in a tenth of a second, 1 to `most`. */
export function batchWithin(perSecond: number, most: number): number {
  if (perSecond === 0) return most;
  return Math.min(most, Math.max(1, Math.floor((perSecond * BATCH_MS) / 1_000)));
}
