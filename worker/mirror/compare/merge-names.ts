/** Children of one znode, by the sides that have them. */
export interface MergedNames {
  readonly both: readonly string[];
  readonly sourceOnly: readonly string[];
  readonly destinationOnly: readonly string[];
}

const NONE: readonly string[] = [];

/** Sorts two lists of names into those of both and of one side; the order of the lists stays. */
export function mergeNames(source: readonly string[], destination: readonly string[]): MergedNames {
  if (destination.length === 0) return { both: NONE, sourceOnly: source, destinationOnly: NONE };
  if (source.length === 0) return { both: NONE, sourceOnly: NONE, destinationOnly: destination };
  if (sameList(source, destination)) {
    return { both: source, sourceOnly: NONE, destinationOnly: NONE };
  }
  const left = new Set(destination);
  const both: string[] = [];
  const sourceOnly: string[] = [];
  for (const name of source) (left.delete(name) ? both : sourceOnly).push(name);
  return { both, sourceOnly, destinationOnly: [...left] };
}

/** Two servers often list the children of equal znodes in the same order: then nothing is built. */
function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
