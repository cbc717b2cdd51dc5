/** What another client of the source sees. */
export interface Latencies {
  readonly reads: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function latenciesOf(latenciesMs: readonly number[]): Latencies {
  const sorted = latenciesMs.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { reads: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}
