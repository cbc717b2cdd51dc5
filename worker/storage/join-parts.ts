/**
 * Puts together the answers to the parts of a batch, up to the first that is short: what comes after
 * it would not stand in order.
 *
 * @param asked how many answers were asked for, of each part or of every part
 */
export function joinParts<T>(
  parts: readonly (readonly T[])[],
  asked: number | readonly number[],
): readonly T[] {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const joined: T[] = [];
  for (const [index, part] of parts.entries()) {
    joined.push(...part);
    const wanted = typeof asked === 'number' ? asked : (asked[index] ?? 0);
    if (part.length < wanted) break;
  }
  return joined;
}
