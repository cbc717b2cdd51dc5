/** How much a run may ask of each side in a second; 0 for no limit. */
export interface RateLimits {
  /** Znodes, lists of children and access control lists read. */
  readonly readsPerSecond: number;
  /** Znodes created, updated or deleted, and access control lists set. */
  readonly writesPerSecond: number;
  /** Bytes of data read or written, and of names in lists. */
  readonly bytesPerSecond: number;
}

/** Well below what one server answers when it does nothing else, for its other clients come first. */
export const DEFAULT_RATE_LIMITS: RateLimits = {
  readsPerSecond: 20_000,
  writesPerSecond: 10_000,
  bytesPerSecond: 32 * 1024 * 1024,
};

export const NO_RATE_LIMITS: RateLimits = {
  readsPerSecond: 0,
  writesPerSecond: 0,
  bytesPerSecond: 0,
};

/** What may go at once: more would keep others waiting for longer than they notice. */
export const BURST_MS = 100;

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

/** How much a batch may hold: what the limit allows in {@link BURST_MS}, at least 1, at most `most`. */
export function batchWithin(perSecond: number, most: number): number {
  if (perSecond === 0) return most;
  return Math.min(most, Math.max(1, Math.floor((perSecond * BURST_MS) / 1_000)));
}
