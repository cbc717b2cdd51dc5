import { AclChecks } from '../acls/acl-checks.ts';
import type { KnownAcls } from '../acls/known-acls.ts';
import type { AclLook } from '../acls/acl-look.ts';
import { BatchWriter } from '../write/batch-writer.ts';
import { createDifferenceLog, type Difference, type DifferenceLog } from './difference-log.ts';
import { DriftFinder, type Drift } from '../guards/drift.ts';
import { DifferenceCollector, type PassTotals, type WriteTarget } from './difference-collector.ts';
import { PlannedWriter } from '../write/planned-writer.ts';
import { provedChecks } from '../acls/proved-checks.ts';
import { walkBoth, type WalkedPart } from './walk-both.ts';
import type { MirrorOptions } from '../mirror-options.ts';

/** Writes, deletes and lists, of the first pass and of the one that verifies it, share the memory. */
const OPEN_LOGS = 9;

/** What a pass found. Close it when its differences are not needed any more. */
export interface ComparedTrees {
  readonly totals: Readonly<PassTotals>;
  /** What others did to the destination; null for nothing. */
  readonly drift: Drift | null;
  /** Creates and updates; empty where they were streamed. */
  readonly writes: DifferenceLog;
  /** Znodes whose data and access control list both differ. */
  readonly both: DifferenceLog;
  /** Null where the pass did not look at access control lists. */
  readonly aclChecks: AclChecks | null;
  /** How many znodes are to be deleted. */
  readonly deletions: number;
  /** Those znodes, children before parents. */
  deletes(): Iterable<string>;
  close(): void;
}

export interface PassOptions extends WalkedPart {
  /**
   * True for the pass over everything that looks at access control lists, too, and counts what is
   * skipped; false for those over what was written, whose lists are looked after by whoever wrote it.
   */
  readonly isFirst: boolean;
  /** zxid of the last write of this mirror before the run; null to let everything pass. */
  readonly lastWriteZxid: bigint | null;
  /** What an earlier run knew of access control lists; null for nothing. */
  readonly aclMemo: KnownAcls | null;
}

/** Compares both sides and writes the differences down; nothing is changed. */
export async function comparePass(
  options: MirrorOptions,
  pass: PassOptions,
): Promise<ComparedTrees> {
  const writes = openLog(options);
  const target: WriteTarget = {
    countsAtOnce: true,
    put: (kind, path) => {
      writes.append(kind, path);
    },
    ready: () => null,
  };
  return await run(options, pass, { writes, target });
}

/**
 * Compares both sides and brings creates and updates to the destination while comparing. Only for
 * a destination that has nothing yet: then no guard has anything left to say.
 */
export async function streamPass(
  options: MirrorOptions,
  pass: PassOptions,
): Promise<ComparedTrees> {
  const writer = new PlannedWriter(new BatchWriter(options), options);
  const target: WriteTarget = {
    countsAtOnce: false,
    put: (kind, path, znode) => {
      writer.put({ kind, path, znode });
    },
    ready: () => writer.ready(),
  };
  const compared = await run(options, pass, { writes: openLog(options), target });
  await writer.finish();
  return compared;
}

async function run(
  options: MirrorOptions,
  pass: PassOptions,
  { writes, target }: { writes: DifferenceLog; target: WriteTarget },
): Promise<ComparedTrees> {
  const [deletes, both] = [openLog(options), openLog(options)];
  const acls = pass.isFirst ? options.acls : null;
  let aclChecks = acls && newChecks(options, pass.aclMemo);
  const drift = new DriftFinder(pass.lastWriteZxid, options);
  const { isFirst } = pass;
  const willVerify = isFirst && options.verify;
  const collector = new DifferenceCollector({
    ...options,
    ...{ writes: target, deletes, isFirst, willVerify, drift },
    acls: aclLook(options, pass, aclChecks),
    versionGaps: isFirst ? options.versionGaps : null,
  });
  const close = (): void => {
    writes.close();
    deletes.close();
    both.close();
    aclChecks?.close();
  };
  try {
    // Lists are set while streaming, too.
    if (acls && aclChecks) acls.follow(aclChecks);
    await walkBoth(options, pass, collector);
    if (acls && aclChecks) {
      const unbelieving = () => newChecks(options, null);
      aclChecks = await provedChecks(options, pass, { acls, chosen: aclChecks, unbelieving });
      collector.foundOtherAcls(await acls.compare(aclChecks, both));
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    totals: collector.totals,
    drift: drift.found,
    writes,
    both,
    aclChecks,
    deletions: collector.deletions,
    deletes: () => pathsToDelete(deletes.backward(), collector),
    close,
  };
}

function newChecks(options: MirrorOptions, memo: KnownAcls | null): AclChecks {
  return new AclChecks({ memo, openLog: () => openLog(options) });
}

function aclLook(
  { acls }: MirrorOptions,
  { isFirst }: PassOptions,
  checks: AclChecks | null,
): AclLook | null {
  return isFirst ? checks : (acls?.createdLook ?? null);
}

function* pathsToDelete(
  deletes: Iterable<Difference>,
  collector: DifferenceCollector,
): Iterable<string> {
  for (const { path } of deletes) if (!collector.isNeeded(path)) yield path;
}

/** An empty log that takes its share of the memory for differences. */
export function openLog({ maxBufferBytes }: Pick<MirrorOptions, 'maxBufferBytes'>): DifferenceLog {
  return createDifferenceLog({ memoryBytes: Math.floor(maxBufferBytes / OPEN_LOGS) });
}
