import { INTENDED_SKIPS } from '../../api/worker-contract.ts';
import type { AclChecks, AclMemo } from './acl-checks.ts';
import { AclDigest } from './acl-digest.ts';
import type { MemoAcls } from './memo.ts';
import type { MirrorOptions } from './mirror-options.ts';
import type { ReadZnode } from './tree.ts';

/**
 * What the memo vouches for is this tree of this ensemble, and no more than was looked at: another
 * source, or other exclusions, make it worthless. Null where the ensemble cannot be told from others:
 * every ensemble is born with the same `/`.
 */
export function memoScope(options: MirrorOptions, root: ReadZnode | null): string | null {
  if (root === null || root.createdTimeMs === 0) return null;
  return `${options.scope} ${root.createdZxid} ${root.createdTimeMs}`;
}

/** What a memo says of lists; null if it says nothing that holds for this run. */
export function recallAcls(
  acls: MemoAcls | undefined,
  scope: string | null,
  pointZxid: bigint | null,
): AclMemo | null {
  if (acls === undefined || scope === null || acls.scope !== scope) return null;
  const source = AclDigest.decode(acls.source);
  const destination = AclDigest.decode(acls.destination);
  const sourceZxid = BigInt(acls.sourceZxid);
  if (source === null || destination === null) return null;
  // A source that was set back gives the same zxids to other znodes.
  if (pointZxid === null || pointZxid < sourceZxid) return null;
  return { sourceZxid, destinationZxid: BigInt(acls.destinationZxid), source, destination };
}

/**
 * What to remember of the lists after a verified run; null if that is nothing, because some could
 * not be carried over: they have to be looked at again.
 */
export async function rememberAcls(
  { record, hold }: MirrorOptions,
  checks: AclChecks | null,
  { scope, before }: { scope: string | null; before: MemoAcls | undefined },
): Promise<MemoAcls | null> {
  const isWhole = record.skipped.every(({ reason }) => INTENDED_SKIPS.includes(reason));
  if (checks === null || scope === null || !isWhole) return null;
  const digests = {
    source: checks.source.encode(),
    destination: checks.destination.encode(),
  };
  // The same memo is not written again.
  if (before !== undefined && !checks.sawNew && isSame(before, { scope, ...digests }))
    return before;
  const zxids = zxidsOf(record.point?.zxid ?? null, await hold.lastWriteZxid());
  return zxids && { scope, ...zxids, ...digests };
}

function zxidsOf(
  source: bigint | null,
  destination: bigint | null,
): Pick<MemoAcls, 'sourceZxid' | 'destinationZxid'> | null {
  if (source === null || destination === null) return null;
  return { sourceZxid: hex(source), destinationZxid: hex(destination) };
}

type WithoutZxids = Omit<MemoAcls, 'sourceZxid' | 'destinationZxid'>;

function isSame(before: WithoutZxids, now: WithoutZxids): boolean {
  return (
    before.scope === now.scope &&
    before.source === now.source &&
    before.destination === now.destination
  );
}

function hex(zxid: bigint): string {
  return `0x${zxid.toString(16)}`;
}
