import type { WorkerResult } from '../../api/worker-contract.ts';
import { MirrorRecord } from '../mirror/mirror-record.ts';
import { buildResult } from '../report/worker-result.ts';
import type { Ending } from '../report/worker-result.ts';
import { forgetRoot } from '../storage/forget-root.ts';
import { loadDriver } from '../storage/load-driver.ts';
import { openSide } from '../storage/open-side.ts';
import { absolutePath } from '../storage/side.ts';
import type { CommandContext } from './command.ts';
import { endingOf } from './with-sides.ts';

/**
 * Removes what earlier runs left at the destination besides the copy, so that the next one adopts
 * whatever it finds there.
 */
export async function forget(context: CommandContext): Promise<WorkerResult> {
  const { config, clock } = context;
  const record = new MirrorRecord();
  const startMs = clock.monotonicMs();
  const ending = await forgetAt(context).catch((error: unknown) => endingOf(error, context));
  record.durations.totalMs = Math.round(clock.monotonicMs() - startMs);
  const facts = {
    ...config,
    dryRun: false,
    fenced: false,
    notFencedBecause: null,
    carriesAcls: false,
    carriesCounters: false,
    typesNotMade: [],
    pendingCommands: [],
  };
  return buildResult(record, facts, ending);
}

async function forgetAt({ config, logger, stop }: CommandContext): Promise<Ending> {
  const driver = await loadDriver(config.driver);
  const { signal } = stop;
  const context = { driver, logger, signal, pace: null };
  const side = await openSide('destination', config.destination, context);
  const drop = (): void => {
    void side.session.detach();
  };
  stop.hurry.addEventListener('abort', drop, { once: true });
  try {
    const removed = await forgetRoot(side, absolutePath(side.options, config.rootPath));
    logger.info('forgot', { removed });
    const message =
      removed.length === 0
        ? `There was nothing to forget of ${config.rootPath} at the destination.`
        : `Forgot ${config.rootPath} at the destination: ${removed.length} control znodes were removed; the next run adopts what it finds.`;
    return { outcome: 'Success', message, guard: null };
  } finally {
    await side.session.close();
    stop.hurry.removeEventListener('abort', drop);
  }
}
