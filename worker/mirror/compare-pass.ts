import { BatchWriter } from './batch-writer.ts';
import { createDifferenceLog } from './difference-log.ts';
import type { Difference, DifferenceLog } from './difference-log.ts';
import { DriftFinder } from './drift.ts';
import type { Drift } from './drift.ts';
import { DifferenceCollector } from './difference-collector.ts';
import type { PassTotals, WriteTarget } from './difference-collector.ts';
import type { WalkItem } from './frontier.ts';
import type { WalkOptions } from './walk.ts';
import { walk } from './walk.ts';
import type { MirrorOptions } from './mirror-options.ts';

/** Writes and deletes, of the first pass and of the one that verifies it, share the memory. */
const OPEN_LOGS = 4;

/** What a pass found. Close it when its differences are not needed any more. */
export interface ComparedTrees {
  readonly totals: Readonly<PassTotals>;
  /** What others did to the destination; null for nothing. */
  readonly drift: Drift | null;
  /** Creates and updates; empty where they were streamed. */
  readonly writes: DifferenceLog;
  /** How many znodes are to be deleted. */
  readonly deletions: number;
  /** Those znodes, children before parents. */
  deletes(): Iterable<string>;
  close(): void;
}

export interface PassOptions {
  readonly seeds: Iterable<WalkItem>;
  readonly descend: WalkOptions['descend'];
  /** True in the first pass only: later ones meet the same skipped znodes again. */
  readonly countSkips: boolean;
  /** zxid of the last write of this mirror before the run; null to let everything pass. */
  readonly lastWriteZxid: bigint | null;
}

/** Compares both sides and writes the differences down; nothing is changed. */
export async function comparePass(
  options: MirrorOptions,
  pass: PassOptions,
): Promise<ComparedTrees> {
  const writes = openLog(options);
  const target: WriteTarget = {
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
  const writer = new BatchWriter(options);
  const target: WriteTarget = {
    put: (kind, path, data) => {
      writer.add({ kind, path, data });
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
  const deletes = openLog(options);
  const { rootPath, record, logger, source, sink, excluded, signal, limits } = options;
  const { seeds, descend, countSkips, lastWriteZxid } = pass;
  const drift = new DriftFinder(lastWriteZxid, options.mayExcludeChildOf);
  const collector = new DifferenceCollector({
    rootPath,
    writes: target,
    deletes,
    record,
    countSkips,
    logger,
    drift,
  });
  const close = (): void => {
    writes.close();
    deletes.close();
  };
  try {
    await walk({
      source,
      destination: sink,
      seeds,
      descend,
      keepDestinationOnly: options.deletionPolicy === 'Keep',
      excluded,
      visitor: collector,
      signal,
      limits,
    });
  } catch (error) {
    close();
    throw error;
  }
  return {
    totals: collector.totals,
    drift: drift.found,
    writes,
    deletions: collector.deletions,
    deletes: () => pathsToDelete(deletes.backward(), collector),
    close,
  };
}

function* pathsToDelete(
  deletes: Iterable<Difference>,
  collector: DifferenceCollector,
): Iterable<string> {
  for (const { path } of deletes) if (!collector.isNeeded(path)) yield path;
}

function openLog({ maxBufferBytes }: MirrorOptions): DifferenceLog {
  return createDifferenceLog({ memoryBytes: Math.floor(maxBufferBytes / OPEN_LOGS) });
}
