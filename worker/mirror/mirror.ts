import { applyDeletes, applyWrites, settle } from './write/apply.ts';
import { comparePass, streamPass, type ComparedTrees } from './compare/compare-pass.ts';
import { DriftFinder, type Drift } from './guards/drift.ts';
import { recallAcls, rememberAcls } from './acls/acl-memo.ts';
import { createAbove } from './write/create-above.ts';
import { fixPoint } from './fix-point.ts';
import { askGuards, type GuardInput, type Refusal } from './guards/guards.ts';
import { expectedZnodes } from './expected-znodes.ts';
import type { Memo, MemoTotals } from './memo.ts';
import type { MirrorOptions } from './mirror-options.ts';
import { readRoot, type RootOfSide } from './guards/roots.ts';
import { verify, type Verification } from './verify.ts';
import { seedOf } from './compare/walk.ts';

/**
 * Makes the tree below the root the same at the destination as at the source: compares, asks the
 * guards, applies the differences, verifies. What was done is in `options.record`, also if this
 * rejects.
 *
 * @returns the refusal of a guard, or null if none refused
 */
export async function mirror(options: MirrorOptions): Promise<Refusal | null> {
  try {
    return await mirrorHeld(options);
  } finally {
    options.acls?.close();
    for (const counter of options.counters) counter.close();
  }
}

async function mirrorHeld(options: MirrorOptions): Promise<Refusal | null> {
  const { lock, dryRun, overlapsItself } = options;
  const first = await prepare(options, { overlapsItself, lastWriteZxid: null });
  if (first.refusal) return first.refusal;
  const isItself = !dryRun && (await lock.take());
  const lastWriteZxid = await lastWriteBefore(options, first.destinationRoot);
  const memo = await lock.recall();
  // Before the point is fixed that the copy stands for: our own writing there is no change of it.
  if (!isItself) await askForProof(options, memo);
  // Whoever held the destination until now may have changed it: look again.
  const input = { overlapsItself: isItself || overlapsItself, lastWriteZxid };
  const held = await prepare(options, input);
  return held.refusal ?? (await run(options, held, memo));
}

/** Finds out whether the source is still the one that the memo is about. */
async function askForProof(
  { witness, record, logger }: MirrorOptions,
  memo: Memo | null,
): Promise<void> {
  record.history = (await witness?.begin(memo?.acls?.witness ?? null)) ?? null;
  if (record.history !== null) logger.info('history of the source', { ...record.history });
}

/** Without an earlier write to go by, or where it shall not matter, what is there is adopted. */
async function lastWriteBefore(
  options: MirrorOptions,
  { state }: RootOfSide,
): Promise<bigint | null> {
  const { lock, destinationDrift, dryRun } = options;
  const zxid = destinationDrift === 'Refuse' ? await lock.lastWriteZxid() : null;
  if (zxid === null && !dryRun) await lock.adopt(state === 'missing' ? 'nothing' : 'tree');
  return zxid;
}

interface Prepared {
  readonly refusal: Refusal | null;
  readonly guardInput: GuardInput;
  readonly destinationRoot: RootOfSide;
  readonly lastWriteZxid: bigint | null;
}

/** Fixes the point the copy stands for, and asks the guards that look at the roots only. */
async function prepare(
  options: MirrorOptions,
  { overlapsItself, lastWriteZxid }: { overlapsItself: boolean; lastWriteZxid: bigint | null },
): Promise<Prepared> {
  const { source, sink, rootPath } = options;
  await fixPoint(options);
  const sourceRoot = await readRoot(source, 'source', rootPath);
  const destinationRoot = await readRoot(sink, 'destination', rootPath);
  const guardInput: GuardInput = {
    rootPath,
    overlapsItself,
    sourceRoot: sourceRoot.state,
    destinationRoot: destinationRoot.state,
    drift: driftOfRoot(options, destinationRoot, lastWriteZxid),
    sourceZnodes: 0,
    destinationZnodes: 0,
    deletions: 0,
  };
  const refusal = askGuards(guardInput, options);
  return { refusal, guardInput, destinationRoot, lastWriteZxid };
}

/** A destination without anything below its root is not compared before it is written. */
function driftOfRoot(
  options: MirrorOptions,
  { znode }: RootOfSide,
  lastWriteZxid: bigint | null,
): Drift | null {
  const { rootPath } = options;
  const finder = new DriftFinder(lastWriteZxid, options);
  if (znode === null) finder.sawRootMissing();
  else if (znode.childCount === 0) finder.look(rootPath, znode);
  return finder.found;
}

async function run(
  options: MirrorOptions,
  prepared: Prepared,
  memo: Memo | null,
): Promise<Refusal | null> {
  const streamed = prepared.destinationRoot.childCount === 0 && !options.dryRun;
  if (streamed) await beginStreaming(options, prepared);
  const compared = await timed(options, 'compareMs', () =>
    compare(options, { streamed, memo, lastWriteZxid: prepared.lastWriteZxid }),
  );
  try {
    const guardInput = { ...prepared.guardInput, ...counts(compared) };
    if (!streamed) {
      const refusal = askGuards(guardInput, options);
      if (refusal) return refusal;
      options.logger.info('guards passed', { znodesToDelete: compared.deletions });
      if (options.dryRun) return plan(options, compared);
      await timed(options, 'applyMs', () => apply(options, compared));
    } else {
      await timed(options, 'applyMs', () => settle(options));
    }
    if (!options.verify) return null;
    const input = { compared, streamed, guardInput };
    const { refusal, lookedAtZxid } = await timed(options, 'verifyMs', () => check(options, input));
    if (options.record.verified) await remember(options, compared, { memo, lookedAtZxid });
    // Each value was compared, but with a source that is no more.
    if (options.record.history?.reason === 'SetBackMeanwhile') options.record.verified = false;
    return refusal;
  } finally {
    compared.close();
  }
}

/** Nothing can be deleted where there is nothing: the guards have already said all they can. */
async function beginStreaming(
  options: MirrorOptions,
  { destinationRoot }: Prepared,
): Promise<void> {
  if (destinationRoot.state === 'missing') await createAbove(options);
  options.logger.info('guards passed, the destination is empty');
}

async function compare(
  options: MirrorOptions,
  {
    streamed,
    lastWriteZxid,
    memo,
  }: { streamed: boolean; lastWriteZxid: bigint | null; memo: Memo | null },
): Promise<ComparedTrees> {
  const { record, logger, rootPath } = options;
  // What streams is done once it is written, which may take much longer than to read it.
  record.enter(streamed ? 'apply' : 'compare', await expectedZnodes(options, memo));
  const seeds = [seedOf(rootPath)];
  const pass = {
    seeds,
    descend: 'all',
    isFirst: true,
    lastWriteZxid,
    aclMemo: record.history?.proved === true ? recallAcls(memo?.acls, options, record.point) : null,
  } as const;
  const compared = await (streamed ? streamPass : comparePass)(options, pass);
  const { totals, deletions } = compared;
  record.unchanged = totals.same;
  record.sawWholeSource();
  if (options.acls !== null) record.aclsComparedTime = record.point?.time ?? null;
  logger.info(streamed ? 'compared and copied' : 'compared', {
    sourceZnodes: totals.sourceZnodes,
    destinationZnodes: totals.destinationZnodes,
    create: totals.creates,
    update: totals.updates,
    acl: totals.acls,
    delete: deletions,
    same: totals.same,
  });
  return compared;
}

/** Without writing, the counts say what a run would do. */
function plan({ record, logger }: MirrorOptions, { totals, deletions }: ComparedTrees): null {
  record.created = totals.creates;
  record.updated = totals.updates + totals.acls;
  record.deleted = deletions;
  logger.info('nothing written: dry run');
  return null;
}

/** Deletes come last: a tree that moved is there twice for a moment, but never not at all. */
async function apply(options: MirrorOptions, compared: ComparedTrees): Promise<void> {
  const { record, logger, acls } = options;
  record.enter('apply', compared.writes.size + compared.deletions + compared.totals.acls);
  await acls?.shut(compared.both.forward());
  await applyWrites(compared.writes.forward(), options);
  await applyDeletes(compared.deletes(), options);
  await settle(options);
  const { created, updated, deleted, bytesWritten } = record;
  logger.info('applied', { created, updated, deleted, bytesWritten });
}

async function check(
  options: MirrorOptions,
  input: Parameters<typeof verify>[1],
): Promise<Verification> {
  const { record, logger, lock } = options;
  const { compared, streamed } = input;
  const written = compared.writes.size + compared.deletions;
  record.enter('verify', streamed ? totalsOf(compared).znodes : written);
  const verification = await verify(options, input);
  if (record.verified) {
    record.verified = false;
    await lock.confirm();
    record.verified = true;
  }
  const { verified, settled } = record;
  logger.info('read back', { verified, settled, leftBehind: record.leftBehind.size });
  return verification;
}

async function remember(
  options: MirrorOptions,
  compared: ComparedTrees,
  { memo, lookedAtZxid }: { memo: Memo | null; lookedAtZxid: bigint | null },
): Promise<void> {
  const { aclChecks } = compared;
  const acls = await rememberAcls(options, aclChecks, { lookedAtZxid, before: memo?.acls });
  await options.lock.remember({
    totals: totalsOf(compared),
    ...(acls === null ? {} : { acls }),
  });
}

function totalsOf({ totals }: ComparedTrees): MemoTotals {
  return { znodes: totals.sourceZnodes + 1, bytes: totals.sourceBytes };
}

function counts(compared: ComparedTrees): Partial<GuardInput> {
  const { sourceZnodes, destinationZnodes } = compared.totals;
  const { deletions, drift } = compared;
  return { sourceZnodes, destinationZnodes, deletions, drift };
}

async function timed<T>(
  { record, clock }: MirrorOptions,
  phase: 'compareMs' | 'applyMs' | 'verifyMs',
  work: () => Promise<T>,
): Promise<T> {
  const startMs = clock.monotonicMs();
  try {
    return await work();
  } finally {
    record.durations[phase] = Math.round(clock.monotonicMs() - startMs);
  }
}
