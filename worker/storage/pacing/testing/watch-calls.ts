import type { Session } from '../../session.ts';

export interface WatchedCalls {
  /** The session, which tells of its calls. */
  readonly session: Session;
  /** Methods, in the order they were called. */
  readonly names: readonly string[];
  /** Calls that are not answered yet. */
  readonly pending: number;
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** A real session, and which calls reach it. */
export function watchCalls(session: Session): WatchedCalls {
  const names: string[] = [];
  let pending = 0;
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (_, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') {
          return name === 'acls' && member !== null ? watch(member as object) : member;
        }
        return (...args: unknown[]): Promise<unknown> => {
          names.push(String(name));
          pending += 1;
          return (member as Method).apply(target, args).finally(() => {
            pending -= 1;
          });
        };
      },
    });
  return {
    session: watch(session),
    names,
    get pending() {
      return pending;
    },
  };
}
