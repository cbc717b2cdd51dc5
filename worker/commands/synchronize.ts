import { randomUUID } from 'node:crypto';
import type { WorkerResult } from '../../api/worker-contract.ts';
import type { Refusal } from '../mirror/guards/guards.ts';
import type { DestinationLock } from '../mirror/mirror-options.ts';
import { mirror } from '../mirror/mirror.ts';
import { judgeEnding, type Ending } from '../report/worker-result.ts';
import { Fence } from '../storage/fence.ts';
import { MemoZnode } from '../storage/memo-znode.ts';
import { rootsOverlap, seesHolder } from '../storage/same-ensemble.ts';
import type { CommandContext } from './command.ts';
import { pendingCommandsOfRun } from './pending-commands-of-run.ts';
import { witnessOfRun } from './witness-of-run.ts';
import { settleNodeTypes } from './settle-node-types.ts';
import { mirrorOptions, withSides } from './with-sides.ts';
import type { Run } from './run.ts';

/** Makes the tree of the destination the same as that of the source. */
export async function synchronize(context: CommandContext): Promise<WorkerResult> {
  return await withSides(context, (run) => synchronizeSides(context, run));
}

async function synchronizeSides(context: CommandContext, run: Run): Promise<Ending> {
  const { config, clock, logger, stop } = context;
  const { source, destination } = run.sides;
  const { rootPath, writerId } = config;
  const runUid = randomUUID();
  const rest = { runUid, clock, logger, signal: stop.signal };
  const fence = new Fence({ side: destination, rootPath, writerId, ...rest });
  const { paths } = fence;
  const memo = new MemoZnode({ side: destination, paths, acl: () => fence.ownAcl, logger });
  const overlap = rootsOverlap(source.options, destination.options, config.rootPath);
  const options = mirrorOptions(context, run, fence);
  const lock: DestinationLock = {
    take: async () => {
      await fence.take();
      run.facts.fenced = fence.isFencing;
      run.facts.notFencedBecause = fence.notFencingBecause;
      await settleNodeTypes(context, run, { nodeTypes: options.nodeTypes, fence });
      return overlap && fence.isHeld && (await seesHolder(source, fence.holderPath));
    },
    get digestAlgorithm() {
      return fence.digestAlgorithm;
    },
    lastWriteZxid: () => fence.lastWriteZxid(),
    adopt: (found) => fence.adopt(found),
    recall: async () => {
      const found = await memo.read();
      return found === null || fence.isMemoryOurs ? found : { totals: found.totals };
    },
    confirm: () => fence.confirm(),
    remember: async (content) => {
      if (fence.isHeld) await memo.write(content, fence.checks);
    },
  };
  const overlapsItself = run.sides.areSame;
  try {
    const witness = options.acls === null ? null : witnessOfRun(context, run, { fence, runUid });
    const refusal = await mirror({ ...options, overlapsItself, lock, witness });
    if (refusal !== null) return endingOf(refusal);
    run.facts.pendingCommands = await pendingCommandsOfRun(context, options);
    return judgeEnding(run.record, run.facts);
  } finally {
    await rememberUnfencedWrites(run, fence);
  }
}

function endingOf(refusal: Refusal): Ending {
  const outcome = refusal.guard === 'DestinationModified' ? 'DestinationModified' : 'GuardRefused';
  return { outcome, ...refusal };
}

/** Batches of a fenced run remember themselves; where there are no transactions it is done here. */
async function rememberUnfencedWrites({ record }: Run, fence: Fence): Promise<void> {
  const { created, updated, deleted } = record;
  if (fence.isFencing || created + updated + deleted === 0) return;
  // The session may be what this run ended by; the next one then asks a person.
  await fence.adopt('tree').catch(() => undefined);
}
