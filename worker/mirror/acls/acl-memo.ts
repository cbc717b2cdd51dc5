import { ACL_READ_TURNS, INTENDED_SKIPS } from '../../../api/worker-contract.ts';
import type { AclChecks } from './acl-checks.ts';
import type { KnownAcls } from './known-acls.ts';
import { AclDigest } from './acl-digest.ts';
import { formatZxid } from '../../tree/format-zxid.ts';
import type { MemoAcls } from '../memo.ts';
import type { MirrorOptions } from '../mirror-options.ts';
import type { MirrorPoint } from '../mirror-record.ts';
import type { WitnessMark } from '../source-history.ts';

/**
 * What a memo says of lists; null if it says nothing that holds for this run: it is about another
 * tree, not all of what is looked at now was looked at, or the destination has come to hash logins in
 * another way, so that all have to be looked at for those that fail there.
 *
 * @param point of this run; the history up to it was proved to hold what the memo is about
 */
export function recallAcls(
  acls: MemoAcls | undefined,
  { scope, lock: { digestAlgorithm } }: Pick<MirrorOptions, 'scope' | 'lock'>,
  point: MirrorPoint | null,
): KnownAcls | null {
  if (acls?.scope !== scope || acls.digestAlgorithm !== digestAlgorithm) return null;
  const source = AclDigest.decode(acls.source);
  const destination = AclDigest.decode(acls.destination);
  const sourceZxid = BigInt(acls.sourceZxid);
  const destinationZxid = BigInt(acls.destinationZxid);
  if (source === null || destination === null) return null;
  // A side that went back was set back, whatever else is said.
  if (isBefore(point?.zxid, sourceZxid)) return null;
  if (isBefore(point?.destinationZxid, destinationZxid)) return null;
  return { sourceZxid, destinationZxid, source, destination, turn: acls.turn };
}

/**
 * What to remember of the lists after a verified run; null if that is nothing, because some could
 * not be carried over, or let nobody in, and have to be looked at again, or because the source gives
 * no proof.
 *
 * @param lookedAtZxid of the destination: everything that was created there until then was looked at
 */
export async function rememberAcls(
  options: MirrorOptions,
  checks: AclChecks | null,
  { lookedAtZxid, before }: { lookedAtZxid: bigint | null; before: MemoAcls | undefined },
): Promise<MemoAcls | null> {
  const { record, scope, lock } = options;
  const isWhole = record.skipped.every(({ reason }) => INTENDED_SKIPS.includes(reason));
  const sourceZxid = record.point?.zxid ?? null;
  if (checks === null || !isWhole || sourceZxid === null || lookedAtZxid === null) return null;
  // The next run has to tell of them as well, and only reading finds them.
  if (record.foreignDigests !== null) return null;
  const witness = await seal(options);
  return (
    witness && {
      scope,
      digestAlgorithm: lock.digestAlgorithm,
      sourceZxid: formatZxid(sourceZxid),
      destinationZxid: formatZxid(lookedAtZxid),
      source: checks.source.encode(),
      destination: checks.destination.encode(),
      witness,
      turn: before === undefined ? 0 : (before.turn + 1) % ACL_READ_TURNS,
    }
  );
}

async function seal({ witness, record }: MirrorOptions): Promise<WitnessMark | null> {
  if (witness === null) return null;
  const mark = await witness.seal();
  if (mark === null && !(await witness.holds())) {
    record.history = { proved: false, reason: 'SetBackMeanwhile' };
    record.sawSourceChange();
  }
  return mark;
}

function isBefore(zxid: bigint | null | undefined, memoZxid: bigint): boolean {
  return typeof zxid !== 'bigint' || zxid < memoZxid;
}
