import type { Fault, FaultPlan } from './fault-proxy.ts';
import { integerFrom, oneOf } from '../../testing/seeded-random.ts';

export interface RandomFaultOptions {
  /** From a seed, so that the same faults can be had again. */
  random: () => number;
  /** The last fault of a connection comes after at most so many bytes; default 8,000. */
  maxBytes?: number;
  /** Share of connections that end by falling silent instead of being cut; default 0. */
  silentShare?: number;
}

/** A connect request and its answer: what comes before is seldom interesting. */
const MIN_BYTES = 30;
const MAX_DELAY_MS = 20;
const MAX_SPLIT_BYTES = 200;

function direction(random: () => number): Fault['direction'] {
  return random() < 0.5 ? 'requests' : 'replies';
}

/** A fault that a client should not even notice. */
function harmlessFault(random: () => number, maxBytes: number): Fault {
  const place = { direction: direction(random), afterBytes: integerFrom(random, 0, maxBytes) };
  const kind = oneOf(random, ['stall', 'delay', 'split'] as const);
  if (kind === 'split') return { ...place, kind, bytes: integerFrom(random, 1, MAX_SPLIT_BYTES) };
  return { ...place, kind, durationMs: integerFrom(random, 1, MAX_DELAY_MS) };
}

/**
 * Every connection is delayed, stalled and split a few times at random places, and in the end cut
 * or, some of them, left silent for ever.
 */
export function randomFaults(options: RandomFaultOptions): FaultPlan {
  const { random, maxBytes = 8_000, silentShare = 0 } = options;
  return () => {
    const lastBytes = integerFrom(random, MIN_BYTES, maxBytes);
    const count = integerFrom(random, 0, 3);
    const harmless = Array.from({ length: count }, () => harmlessFault(random, lastBytes));
    const kind = random() < silentShare ? 'stall' : 'cut';
    return [...harmless, { direction: direction(random), afterBytes: lastBytes, kind }];
  };
}
