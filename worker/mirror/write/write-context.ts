import type { Logger } from '../../../common/logger.ts';
import type { AclCarrier } from '../acls/acl-carrier.ts';
import type { BatchLimits } from '../compare/batch-sizer.ts';
import type { CounterRaiser } from '../counters/counter-raiser.ts';
import type { MirrorRecord } from '../mirror-record.ts';
import type { NodeTypes } from '../../tree/node-types.ts';
import type { TreeReader, TreeSink } from '../../tree/tree.ts';

/** What everything that writes needs. */
export interface WriteContext {
  readonly sink: TreeSink;
  /** Asked for values to write, and again where a side turns out different from what was read. */
  readonly source: TreeReader;
  /** Raise what no client can set: counters of sequential znodes, data versions. */
  readonly counters: readonly CounterRaiser[];
  /** Null where access control lists are not carried over. */
  readonly acls: AclCarrier | null;
  /** Null where every znode becomes an ordinary persistent one. */
  readonly nodeTypes: NodeTypes | null;
  readonly record: MirrorRecord;
  readonly logger: Logger;
  /** Aborting it stops between two batches. */
  readonly signal: AbortSignal;
  /** Of the reads before and after the writes. */
  readonly limits: BatchLimits;
}
