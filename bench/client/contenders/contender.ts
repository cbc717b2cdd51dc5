import type { Workload } from '../workload.ts';

/** A way to talk to a server. Each runs in a process of its own. */
export interface Contender {
  /** Makes everything ready that is not to be measured; the function returned does the work. */
  prepare(workload: Workload): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export const contenderNames = ['own', 'native', 'raw'] as const;

export type ContenderName = (typeof contenderNames)[number];

/**
 * Calls `send` with 0 to `count - 1` in order, `inFlight` of the calls unanswered at any time:
 * as many loops as that, each of which awaits one call after another.
 */
export async function keepInFlight(
  { count, inFlight }: { count: number; inFlight: number },
  send: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < count) await send(next++);
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, loop));
}
