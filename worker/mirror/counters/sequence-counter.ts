import type { Counter } from './counter.ts';
import { childPath } from '../../tree/paths.ts';

/** Nobody ever sees it: each transaction that creates it deletes it again. */
const CHILD = '.resiliency-operator-counter';

/**
 * The number that the next sequential child of a znode gets: how many it has ever had. Creating one
 * raises it, and deleting it does not lower it.
 */
export const sequenceCounter: Counter = {
  what: 'sequenceCounters',
  applies: () => true,
  of: ({ creations }) => creations,
  onceCreated: ({ childCount }) => childCount,
  raise: (parent) => {
    const path = childPath(parent, CHILD);
    const pair = [{ kind: 'create', path, data: null } as const, { kind: 'delete', path } as const];
    return { each: pair, last: pair };
  },
  holds: () => true,
};
