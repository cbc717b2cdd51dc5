import { createHash } from 'node:crypto';

const FIRST_DELAY_MS = 60_000;

/** Of this and up to twice of it. */
const LONGEST_DELAY_MS = 1_800_000;

/**
 * How long after the start of a probe that left no result the next one waits: from one to two
 * minutes after the first, twice as long after each further one, up to an hour.
 *
 * Of several that were probed when the operator ended, most did nothing. The `uid` spreads them, the
 * same way each time, so that these are soon done, and not again beside the one that did.
 */
export function delayAfterUnfinishedMs(uid: string, count: number): number {
  const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (count - 1), LONGEST_DELAY_MS);
  const spread = createHash('sha256').update(uid).digest().readUInt32BE(0) / 2 ** 32;
  return Math.round(delayMs * (1 + spread));
}
