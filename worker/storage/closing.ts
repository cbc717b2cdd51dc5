import type { Session } from './session.ts';

/**
 * Closes sessions when it is disposed of.
 *
 * @param forceStop once it aborts, the sessions are dropped at once, and nobody waits for their servers
 */
export function closing(sessions: readonly Session[], forceStop: AbortSignal): AsyncDisposable {
  const drop = (): void => {
    for (const session of sessions) void session.detach();
  };
  forceStop.addEventListener('abort', drop, { once: true });
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(sessions.map((session) => session.close()));
      forceStop.removeEventListener('abort', drop);
    },
  };
}
