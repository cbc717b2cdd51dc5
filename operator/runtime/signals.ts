import { setMaxListeners } from 'node:events';

/**
 * An AbortController whose signal many may listen to. Node warns on standard error of more than
 * ten, taking them for a leak; here each reconcile, watch and call is one.
 */
export function createAbortController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** A signal that follows others. */
export interface JoinedSignal {
  readonly signal: AbortSignal;
  /** Aborts the joined signal alone. */
  abort(reason: Error): void;
  /** Stops following. */
  release(): void;
}

/**
 * A signal that aborts with the first of `sources`. In place of AbortSignal.any, which leaves
 * something behind in a source that lives as long as the process.
 */
export function joinSignals(...sources: readonly AbortSignal[]): JoinedSignal {
  const controller = createAbortController();
  const follow = (): void => {
    const source = sources.find((each) => each.aborted);
    if (source !== undefined) controller.abort(source.reason);
  };
  for (const source of sources) source.addEventListener('abort', follow, { once: true });
  follow();
  return {
    signal: controller.signal,
    abort: (reason) => {
      controller.abort(reason);
    },
    release: () => {
      for (const source of sources) source.removeEventListener('abort', follow);
    },
  };
}

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
