export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted.length % 2 === 0 ? (sorted[middle - 1] ?? upper) : upper;
  return { median: (lower + upper) / 2, min: sorted[0] ?? upper, max: sorted.at(-1) ?? upper };
}

/** Ratio of the medians; the extremes are those of the rounds, each of which is a pair. */
export function ratioOf(values: readonly number[], others: readonly number[]): Spread {
  const pairs = spreadOf(values.map((value, round) => value / (others[round] ?? Number.NaN)));
  const median = spreadOf(values).median / spreadOf(others).median;
  return { ...pairs, median };
}
