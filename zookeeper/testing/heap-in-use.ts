import { collectGarbage } from '../../testing/collect-garbage.ts';

/** Bytes that are still referenced, on the heap and in buffers: measured after a collection. */
export async function heapInUse(): Promise<number> {
  await collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
