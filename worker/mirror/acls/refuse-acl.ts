import type { SkipReason } from '../../../api/worker-contract.ts';
import type { Logger } from '../../../common/logger.ts';
import type { AclSink } from '../../tree/acl-tree.ts';
import type { MirrorRecord } from '../mirror-record.ts';

/** Why a znode cannot have its access control list. */
export type AclRefusal = Extract<
  SkipReason,
  'NoPermission' | 'RedactedAcl' | 'UnknownAclScheme' | 'AclLocksOut' | 'TooLarge'
>;

export interface AclRefusalContext {
  readonly sink: Pick<AclSink, 'sizeRemedy'>;
  readonly record: MirrorRecord;
  readonly logger: Logger;
}

/**
 * Puts on record, and into the log, that a znode cannot have its access control list.
 *
 * @param what for the log: who found that out
 */
export function refuseAcl(
  { logger, record, sink }: AclRefusalContext,
  {
    path,
    reason,
    what,
  }: { readonly path: string; readonly reason: AclRefusal; readonly what: string },
): null {
  logger.warn(what, { path, reason });
  if (reason === 'TooLarge') record.tooLargeBecause = sink.sizeRemedy;
  record.refuse(reason, path);
  return null;
}
