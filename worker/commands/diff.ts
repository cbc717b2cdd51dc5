import type { WorkerResult } from '../../api/worker-contract.ts';
import { diff as diffTrees } from '../mirror/diff.ts';
import type { Hold } from '../mirror/mirror-options.ts';
import { createPrinter, differenceCounts } from '../report/print-differences.ts';
import { judgeEnding } from '../report/worker-result.ts';
import type { Ending } from '../report/worker-result.ts';
import type { WriteFence } from '../storage/zookeeper-sink.ts';
import type { CommandContext } from './command.ts';
import { mirrorOptions, withSides } from './with-sides.ts';
import type { Run } from './run.ts';

/** Nothing is written, so there is nothing to fence. */
const NO_FENCE: WriteFence = {
  steps: [],
  ownDir: null,
  lost: () => new Error('diff writes nothing'),
};

const NO_HOLD: Hold = {
  take: () => Promise.resolve(false),
  lastWriteZxid: () => Promise.resolve(null),
  adopt: () => Promise.resolve(),
  recall: () => Promise.resolve(null),
  confirm: () => Promise.resolve(),
  remember: () => Promise.resolve(),
};

/** Compares the two trees, writes nothing, and prints every difference. */
export async function diff(context: CommandContext): Promise<WorkerResult> {
  const config = { ...context.config, dryRun: true };
  return await withSides({ ...context, config }, (run) => diffSides(context, run));
}

async function diffSides(context: CommandContext, run: Run): Promise<Ending> {
  const { config, print } = context;
  const printer = createPrinter(config.diffFormat, print);
  const options = {
    ...mirrorOptions(context, run, NO_FENCE),
    overlapsItself: false,
    hold: NO_HOLD,
    witness: null,
  };
  await diffTrees(options, (difference) => {
    printer.difference(difference);
  });
  const { record } = run;
  printer.summary(config.rootPath, record);
  const lacking = judgeEnding(record, run.facts);
  if (lacking.outcome !== 'Success') return lacking;
  const message = differenceCounts(config.rootPath, record);
  const isSame = record.created + record.updated + record.deleted === 0;
  return { outcome: isSame ? 'Success' : 'Differences', message, guard: null };
}
