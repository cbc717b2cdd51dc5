import type { TreeRead, TreeReader, TreeReadResult } from './tree.ts';

/** Answers all questions, in order, however many requests that takes. */
export async function readAll(
  reader: TreeReader,
  batch: readonly TreeRead[],
): Promise<readonly TreeReadResult[]> {
  let results = batch.length === 0 ? [] : await reader.read(batch);
  while (results.length < batch.length) {
    const more = await reader.read(batch.slice(results.length));
    if (more.length === 0) throw new Error('a batch of reads was not answered at all');
    results = [...results, ...more];
  }
  return results;
}
