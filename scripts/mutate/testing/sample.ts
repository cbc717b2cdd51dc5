/** A decision to try the tool on. */
export function isOfAge(years: number | undefined): boolean {
  if (years === undefined) return false;
  return years >= MAJORITY.years;
}

const MAJORITY = { years: 18 };
