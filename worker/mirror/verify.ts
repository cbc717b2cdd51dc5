import { applyReadingBack, deleteReadingBack, settle } from './write/apply.ts';
import { comparePass, type ComparedTrees, type PassOptions } from './compare/compare-pass.ts';
import { askGuards, type GuardInput, type Refusal } from './guards/guards.ts';
import type { MirrorOptions } from './mirror-options.ts';
import { readRoot } from './guards/roots.ts';
import { seedOf } from './compare/walk.ts';
import type { WalkItem } from './compare/frontier.ts';

/** Rounds against a source that changes while it is being verified. */
const MAX_ROUNDS = 3;

export interface VerifyInput {
  /** The first pass; its differences are what was written. */
  readonly compared: ComparedTrees;
  /** True if they were written while comparing, and so are not in its log. */
  readonly streamed: boolean;
  /** What the guards saw before the writes. */
  readonly guardInput: GuardInput;
}

export interface Verification {
  /** Of a guard: the source lost so much meanwhile that nothing more may be deleted. */
  readonly refusal: Refusal | null;
  /**
   * zxid of the destination: of what was created there until then, the run has looked at everything.
   * Null where the side does not tell.
   */
  readonly lookedAtZxid: bigint | null;
}

/**
 * Reads back what was written and compares it with the source once more. Where they differ the
 * source has changed meanwhile: the new value is written, too, and read back at once, so that a
 * busy source cannot keep a copy from being verified. Sets `record.verified`.
 */
export async function verify(options: MirrorOptions, input: VerifyInput): Promise<Verification> {
  const { record, sink, logger } = options;
  const zxid = await sink.sync();
  // What is created while comparing was looked at only if everything is looked at now.
  const lookedAtZxid = input.streamed ? zxid : (record.point?.destinationZxid ?? null);
  let pass: PassOptions = firstPass(options, input);
  let { guardInput } = input;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    record.forgetLeftBehind();
    const judged = await verifyRound(options, guardInput, pass);
    if (judged.refusal) return { refusal: judged.refusal, lookedAtZxid };
    ({ guardInput } = judged);
    await settle(options);
    logger.debug('verified a round', { round, leftBehind: record.leftBehind.size });
    if (record.leftBehind.size === 0) {
      record.verified = true;
      return { refusal: null, lookedAtZxid };
    }
    const seeds = [...record.leftBehind].map(seedOf);
    pass = { ...AGAIN, seeds, descend: 'oneSided' };
  }
  return { refusal: null, lookedAtZxid };
}

interface Judged {
  readonly refusal: Refusal | null;
  /** What the guards of the next round begin with. */
  readonly guardInput: GuardInput;
}

/** Compares, and repairs what differs; what does not hold even then is left behind. */
async function verifyRound(
  options: MirrorOptions,
  before: GuardInput,
  pass: PassOptions,
): Promise<Judged> {
  const found = await comparePass(options, pass);
  const guardInput = pass.descend === 'all' ? { ...before, ...wholeCounts(found) } : before;
  try {
    const { creates, updates } = found.totals;
    if (creates + updates + found.deletions === 0) return { refusal: null, guardInput };
    const refusal = await guardAgain(options, guardInput, found);
    if (refusal) return { refusal, guardInput };
    await applyReadingBack(found.writes.forward(), options);
    await deleteReadingBack(found.deletes(), options);
    return { refusal: null, guardInput };
  } finally {
    found.close();
  }
}

/** Only a pass over everything knows them: the others look at a few paths. */
function wholeCounts({ totals }: ComparedTrees): Partial<GuardInput> {
  const { sourceZnodes, destinationZnodes } = totals;
  return { sourceZnodes, destinationZnodes };
}

const AGAIN = {
  isFirst: false,
  lastWriteZxid: null,
  aclMemo: null,
} as const;

function firstPass(options: MirrorOptions, { compared, streamed }: VerifyInput): PassOptions {
  if (streamed) return { seeds: [seedOf(options.rootPath)], descend: 'all', ...AGAIN };
  const seeds = writtenPaths(compared, new Set(options.record.leftBehind));
  return { seeds, descend: 'oneSided', ...AGAIN };
}

/** Each once, with those that raising versions left behind, which may not be among the others. */
function* writtenPaths(
  compared: ComparedTrees,
  leftBehind: ReadonlySet<string>,
): Iterable<WalkItem> {
  for (const path of leftBehind) yield seedOf(path);
  for (const { path } of compared.writes.forward()) if (!leftBehind.has(path)) yield seedOf(path);
  for (const path of compared.deletes()) if (!leftBehind.has(path)) yield seedOf(path);
}

async function guardAgain(
  options: MirrorOptions,
  guardInput: GuardInput,
  found: ComparedTrees,
): Promise<Refusal | null> {
  const { state } = await readRoot(options.source, 'source', options.rootPath);
  const again: GuardInput = {
    ...guardInput,
    sourceRoot: state,
    destinationRoot: 'persistent',
    deletions: options.record.deleted + found.deletions,
  };
  const refusal = askGuards(again, options);
  if (refusal === null) return null;
  const message = `The source changed while it was being copied, so nothing more was written. ${refusal.message}`;
  return { ...refusal, message };
}
