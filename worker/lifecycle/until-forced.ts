/**
 * The outcome of the work, or a rejection with the signal's reason once that aborts, whatever the work
 * still waits for: it is left to itself, and the process is about to end.
 */
export function untilForced<T>(work: Promise<T>, forced: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(forced.reason as Error);
    };
    if (forced.aborted) onAbort();
    forced.addEventListener('abort', onAbort);
    work
      .finally(() => {
        forced.removeEventListener('abort', onAbort);
      })
      .then(resolve, reject);
  });
}
