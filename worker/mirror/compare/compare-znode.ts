import type { SkipReason } from '../../../api/worker-contract.ts';
import { sameData, type TreeReadResult } from '../../tree/tree.ts';

/** Sides of a comparison, as bits: {@link BOTH} is source and destination. */
export const SOURCE = 1;
export const DESTINATION = 2;
export const BOTH = 3;
export type Sides = typeof SOURCE | typeof DESTINATION | typeof BOTH;

/** What has to happen at the destination for one znode; `keep`: it stays although the source has none. */
export type Change = 'none' | 'same' | 'create' | 'update' | 'delete' | 'keep';

export interface Verdict {
  readonly change: Change;
  /** Why the source's znode is left out, if it is. */
  readonly skip: SkipReason | null;
  /** Sides whose children have to be looked at; null for neither. */
  readonly descend: Sides | null;
}

type State = 'absent' | 'persistent' | 'ephemeral' | 'forbidden';

const NOTHING: Verdict = { change: 'none', skip: null, descend: null };
const SAME: Verdict = { change: 'same', skip: null, descend: BOTH };
const UPDATE: Verdict = { change: 'update', skip: null, descend: BOTH };
const FORBIDDEN_SOURCE: Verdict = { change: 'none', skip: 'NoPermission', descend: null };
const SKIP_EPHEMERAL: Verdict = { change: 'none', skip: 'Ephemeral', descend: null };

/** All pairs of states but two persistent znodes, whose data decides. */
const VERDICTS: Readonly<Record<State, Readonly<Record<State, Verdict>>>> = {
  absent: {
    // Listed, and gone before it was read: the source had it absent at that moment.
    absent: NOTHING,
    persistent: { change: 'delete', skip: null, descend: DESTINATION },
    ephemeral: { change: 'keep', skip: null, descend: null },
    forbidden: { change: 'keep', skip: 'NoPermission', descend: null },
  },
  persistent: {
    absent: { change: 'create', skip: null, descend: SOURCE },
    persistent: SAME,
    // It belongs to a living session of somebody, and can have no children.
    ephemeral: { change: 'none', skip: 'DestinationEphemeral', descend: null },
    forbidden: { change: 'none', skip: 'NoPermission', descend: null },
  },
  ephemeral: {
    absent: SKIP_EPHEMERAL,
    // Ephemerals are no part of the mirrored tree, so what stands there is too much.
    persistent: { change: 'delete', skip: 'Ephemeral', descend: DESTINATION },
    ephemeral: SKIP_EPHEMERAL,
    forbidden: SKIP_EPHEMERAL,
  },
  forbidden: {
    absent: FORBIDDEN_SOURCE,
    persistent: FORBIDDEN_SOURCE,
    ephemeral: FORBIDDEN_SOURCE,
    forbidden: FORBIDDEN_SOURCE,
  },
};

/** Compares one znode of both sides. Pure; children are not looked at. */
export function compareZnode(source: TreeReadResult, destination: TreeReadResult): Verdict {
  if (source.kind === 'znode' && destination.kind === 'znode') {
    if (!source.ephemeral && !destination.ephemeral) {
      return sameData(source.data, destination.data) ? SAME : UPDATE;
    }
  }
  return VERDICTS[stateOf(source)][stateOf(destination)];
}

function stateOf(result: TreeReadResult): State {
  if (result.kind === 'znode') return result.ephemeral ? 'ephemeral' : 'persistent';
  return result.kind === 'forbidden' ? 'forbidden' : 'absent';
}
