/**
 * A small generator whose numbers, from 0 up to but excluding 1, follow from its seed alone, so
 * that a failure can be had again (mulberry32).
 */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The seed of a random test: `FUZZ_SEED` of the environment, to repeat a run, or another one each
 * time. Long forms print it when they begin; short ones name it when they fail.
 */
export function testSeed(): number {
  return Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
}

/** Says on standard error what a long test does, its seed first. */
export function printSeed(test: string, seed: number): void {
  process.stderr.write(`${test}: FUZZ_SEED=${seed}\n`);
}

/** An integer from `min` up to and including `max`. */
export function integerFrom(random: () => number, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

/** One of the items. */
export function oneOf<T>(random: () => number, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to choose from');
  return item;
}
