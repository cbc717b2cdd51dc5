import type { WorkerResult } from '../../api/worker-contract.ts';
import { diff as diffTrees } from '../mirror/diff.ts';
import { judgeEnding } from '../report/worker-result.ts';
import type { Ending } from '../report/worker-result.ts';
import type { WriteFence } from '../storage/zookeeper-sink.ts';
import type { CommandContext } from './command.ts';
import { mirrorOptions, withSides } from './with-sides.ts';
import type { Run } from './with-sides.ts';

/** Nothing is written, so there is nothing to fence. */
const NO_FENCE: WriteFence = { check: null, lost: () => new Error('diff writes nothing') };

/** Compares the two trees, writes nothing, and logs every difference. */
export async function diff(context: CommandContext): Promise<WorkerResult> {
  const config = { ...context.config, dryRun: true };
  return await withSides({ ...context, config }, (run) => diffSides(context, run));
}

async function diffSides(context: CommandContext, run: Run): Promise<Ending> {
  const { logger } = context;
  const options = {
    ...mirrorOptions(context, run, NO_FENCE),
    overlapsItself: false,
    takeHold: () => Promise.resolve(false),
  };
  await diffTrees(options, (difference) => {
    logger.info('difference', { ...difference });
  });
  const { created, updated, deleted, unchanged } = run.record;
  const lacking = judgeEnding(run.record, run.facts);
  if (lacking.outcome !== 'Success') return lacking;
  const path = context.config.rootPath;
  if (created + updated + deleted === 0) {
    return { outcome: 'Success', message: `${path} is the same on both sides.`, guard: null };
  }
  const message = `${path} differs: ${created} only at the source, ${updated} different, ${deleted} only at the destination, ${unchanged} the same.`;
  return { outcome: 'Differences', message, guard: null };
}
