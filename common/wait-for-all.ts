/** Waits until all have ended. Rejects with the failure that comes first in the list. */
export async function waitForAll<T>(running: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(running);
  return await Promise.all(running);
}
