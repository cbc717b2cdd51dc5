/**
 * The items in order, so many at a time; the last part may have fewer.
 *
 * @param size asked after each item, for it may change
 */
export function* chunks<T>(items: Iterable<T>, size: () => number): Iterable<T[]> {
  let chunk: T[] = [];
  for (const item of items) {
    chunk.push(item);
    if (chunk.length >= size()) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}
