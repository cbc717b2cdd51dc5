import { chunks } from './chunks.ts';

export interface InChunksOptions {
  /** Items of a chunk. */
  readonly size: number;
  /** Chunks that are worked on at once. */
  readonly inFlight: number;
  /** Once it aborts, no more chunks are started. */
  readonly signal: AbortSignal;
}

/**
 * Works on items in chunks, several at once, started in order. After the first failure no more chunks are
 * started; what is on its way is waited for, so that nothing is written any more once this has rejected.
 *
 * Rejects with the first failure, or with the signal's reason.
 */
export async function inChunks<T>(
  items: Iterable<T>,
  { size, inFlight, signal }: InChunksOptions,
  work: (chunk: readonly T[]) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const start = async (chunk: readonly T[]): Promise<void> => {
    try {
      await work(chunk);
    } catch (error) {
      failure ??= { error };
    }
  };
  try {
    for (const chunk of chunks(items, () => size)) {
      if (failure !== undefined) break;
      signal.throwIfAborted();
      const started = start(chunk).finally(() => running.delete(started));
      running.add(started);
      if (running.size >= inFlight) await Promise.race(running);
    }
  } catch (error) {
    failure ??= { error };
  }
  await Promise.all(running);
  if (failure !== undefined) throw failure.error;
}
