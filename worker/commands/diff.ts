import type { WorkerResult } from '../../api/worker-contract.ts';
import { diff as diffTrees } from '../mirror/diff.ts';
import type { DestinationLock } from '../mirror/mirror-options.ts';
import { createPrinter, differenceCounts } from '../report/print-differences.ts';
import { OutputClosed } from '../report/standard-output.ts';
import { judgeEnding, type Ending } from '../report/worker-result.ts';
import type { WriteFence } from '../storage/write-fence.ts';
import type { CommandContext } from './command.ts';
import { mirrorOptions, withSides } from './with-sides.ts';
import type { Run } from './run.ts';

/** Nothing is written, so there is nothing to fence. */
const NO_FENCE: WriteFence = {
  steps: [],
  around: () => null,
  ownDir: null,
  digestAlgorithm: null,
  refused: () => new Error('diff writes nothing'),
};

const NO_HOLD: DestinationLock = {
  take: () => Promise.resolve(false),
  digestAlgorithm: null,
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
  const { config, output } = context;
  const printer = createPrinter(config.diffFormat, (text) => output.print(text));
  const options = {
    ...mirrorOptions(context, run, NO_FENCE),
    overlapsItself: false,
    lock: NO_HOLD,
    witness: null,
  };
  const { record } = run;
  try {
    await diffTrees(options, (difference) => printer.difference(difference));
    await printer.summary(config.rootPath, record);
  } catch (error) {
    // All was compared before the first line was printed; only the rest of the list is missing.
    if (!(error instanceof OutputClosed)) throw error;
  }
  const failure = await output.failure();
  if (failure !== null) return notPrinted(failure);
  const lacking = judgeEnding(record, run.facts);
  if (lacking.outcome !== 'Success') return lacking;
  const message = differenceCounts(config.rootPath, record);
  const isSame = record.created + record.updated + record.deleted === 0;
  return { outcome: isSame ? 'Success' : 'Differences', message, guard: null };
}

function notPrinted({ code = 'unknown error' }: NodeJS.ErrnoException): Ending {
  const message = `The list of differences is not complete: standard output cannot be written (${code}). Make room where it goes to, and run again.`;
  return { outcome: 'Incomplete', message, guard: null };
}
