import { randomUUID } from 'node:crypto';
import type { WorkerResult } from '../../api/worker-contract.ts';
import { mirror } from '../mirror/mirror.ts';
import { judgeEnding } from '../report/worker-result.ts';
import type { Ending } from '../report/worker-result.ts';
import { Fence } from '../storage/fence.ts';
import { isSameEnsemble, rootsOverlap, seesHolder } from '../storage/same-ensemble.ts';
import type { CommandContext } from './command.ts';
import { mirrorOptions, withSides } from './with-sides.ts';
import type { Run } from './with-sides.ts';

/** Makes the tree of the destination the same as that of the source. */
export async function synchronize(context: CommandContext): Promise<WorkerResult> {
  return await withSides(context, (run) => synchronizeSides(context, run));
}

async function synchronizeSides(context: CommandContext, run: Run): Promise<Ending> {
  const { config, clock, logger, stop } = context;
  const { source, destination } = run.sides;
  const fence = new Fence({
    side: destination,
    rootPath: config.rootPath,
    writerId: config.writerId,
    runUid: randomUUID(),
    clock,
    logger,
    signal: stop.signal,
  });
  const overlap = rootsOverlap(source.options, destination.options, config.rootPath);
  const refusal = await mirror({
    ...mirrorOptions(context, run, fence),
    overlapsItself:
      overlap &&
      (await isSameEnsemble(source.options, destination.options, {
        driver: run.driver,
        signal: stop.signal,
      })),
    takeHold: async () => {
      await fence.take();
      run.facts.fenced = fence.isFencing;
      run.facts.notFencedBecause = fence.notFencingBecause;
      return overlap && fence.isHeld && (await seesHolder(source, fence.holderPath));
    },
  });
  if (refusal === null) return judgeEnding(run.record, run.facts);
  return { outcome: 'GuardRefused', ...refusal };
}
