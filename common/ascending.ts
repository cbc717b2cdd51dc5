/** Compares for `sort`, smallest first: negative, 0 or positive. Of no use for NaN. */
export function ascending<T extends string | number>(one: T, other: T): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
