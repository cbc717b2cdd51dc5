/** Characters beyond the first 65,536: by code units they stand before some that they come after. */
const SURROGATE = /[\ud800-\udfff]/;

/**
 * Names in the order of their bytes in UTF-8, which is that of their characters' numbers. Plain
 * comparison is that order, too, as long as there are no surrogates.
 */
export function inUtf8Order(names: readonly string[]): string[] {
  const sorted = [...names];
  if (!names.some((name) => SURROGATE.test(name))) return sorted.sort(byCodeUnits);
  return sorted.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

function byCodeUnits(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
