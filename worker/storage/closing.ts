import type { Session } from './session.ts';

/**
 * Closes sessions when it is disposed of.
 *
 * @param hurry once it aborts, the sessions are dropped at once, and nobody waits for their servers
 */
export function closing(sessions: readonly Session[], hurry: AbortSignal): AsyncDisposable {
  const drop = (): void => {
    for (const session of sessions) void session.detach();
  };
  hurry.addEventListener('abort', drop, { once: true });
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(sessions.map((session) => session.close()));
      hurry.removeEventListener('abort', drop);
    },
  };
}
