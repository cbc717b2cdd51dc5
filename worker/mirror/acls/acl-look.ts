import type { Change } from '../compare/compare-znode.ts';
import type { TreeReadResult } from '../../tree/tree.ts';

/** A znode as it was read. */
export interface ReadSides {
  readonly source: TreeReadResult;
  readonly destination: TreeReadResult;
}

/** Whoever chooses the znodes whose access control lists have to be looked at. */
export interface AclLook {
  /** Looks at a znode as it was read on both sides, and at what is to become of it. */
  look(path: string, change: Change, sides: ReadSides): void;
}
