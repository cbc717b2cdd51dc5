import type { Logger } from '../../common/logger.ts';
import type { AclCarrier } from './acl-carrier.ts';
import type { CounterRaiser } from './counter-raiser.ts';
import type { MirrorRecord } from './mirror-record.ts';
import type { TreeReader, TreeSink } from './tree.ts';

/** What everything that writes needs. */
export interface WriteContext {
  readonly sink: TreeSink;
  /** Asked for values to write, and again where a side turns out different from what was read. */
  readonly source: TreeReader;
  /** Null where counters of sequential znodes are not carried over. */
  readonly counters: CounterRaiser | null;
  /** Null where access control lists are not carried over. */
  readonly acls: AclCarrier | null;
  readonly record: MirrorRecord;
  readonly logger: Logger;
  /** Aborting it stops between two batches. */
  readonly signal: AbortSignal;
}
