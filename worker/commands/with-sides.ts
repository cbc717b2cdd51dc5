import { createHash } from 'node:crypto';
import type { WorkerResult } from '../../api/worker-contract.ts';
import { ZooKeeperError } from '../../zookeeper/index.ts';
import { WorkerFailure } from '../failure.ts';
import {
  compileExclusionParents,
  compileExclusions,
  compileMisplaced,
} from '../tree/exclusions.ts';
import { compileGlobs } from '../tree/globs.ts';
import { untilForced } from '../lifecycle/until-forced.ts';
import { MirrorRecord } from '../mirror/mirror-record.ts';
import type { MirrorOptions } from '../mirror/mirror-options.ts';
import { NodeTypes } from '../tree/node-types.ts';
import { presetHomes } from '../tree/presets.ts';
import { DEFAULT_WALK_LIMITS, type WalkLimits } from '../mirror/compare/walk.ts';
import { reportProgress } from '../report/progress-reporter.ts';
import { buildResult, UNDER_WAY, type Ending } from '../report/worker-result.ts';
import { loadDriver } from '../storage/load-driver.ts';
import { openSides, type OpenSides } from '../storage/open-sides.ts';
import { batchWithin } from '../storage/pacing/rate-limits.ts';
import { rootsOverlap } from '../storage/same-ensemble.ts';
import { answerFailure } from '../storage/server-answer.ts';
import { ZooKeeperReader } from '../storage/zookeeper-reader.ts';
import { ZooKeeperSink } from '../storage/zookeeper-sink.ts';
import type { WriteFence } from '../storage/write-fence.ts';
import { countersOfRun, versionGapsOfRun } from './counters-of-run.ts';
import { aclsOfRun } from './acls-of-run.ts';
import { exclusionsOfRun, type ExclusionsOfRun } from './exclusions-of-run.ts';
import type { WorkerConfig } from '../config.ts';
import type { CommandContext } from './command.ts';
import type { Run } from './run.ts';

/**
 * Opens both sides, does the work, closes them, and turns whatever came of it into a result: every
 * end that the contract has a name for is a result, and says how far the run came.
 *
 * Rejects with what the contract has no name for: a crash.
 */
export async function withSides(
  context: CommandContext,
  work: (run: Run) => Promise<Ending>,
): Promise<WorkerResult> {
  const { config, clock } = context;
  const record = new MirrorRecord();
  const { rootPath, dryRun, verify } = config;
  const facts: Run['facts'] = {
    rootPath,
    dryRun,
    verify,
    fenced: false,
    notFencedBecause: null,
    carriesAcls: config.preserveAcls,
    carriesCounters: config.preserveSequenceCounters,
    typesNotMade: [],
    pendingCommands: [],
  };
  const startMs = clock.monotonicMs();
  const resultOf = (ending: Ending): WorkerResult => {
    record.durations.totalMs = Math.round(clock.monotonicMs() - startMs);
    return buildResult(record, facts, ending);
  };
  context.watchdog.follow(() => resultOf(UNDER_WAY));
  const stopReporting = reportProgress(() => record.progress, context);
  let ending: Ending;
  try {
    const run = open(context, (sides) => work({ sides, record, facts }));
    ending = await untilForced(run, context.stop.forced);
  } catch (error) {
    ending = endingOf(error, context);
  } finally {
    stopReporting();
  }
  return resultOf(ending);
}

/** The engine's options for a run. */
export function mirrorOptions(
  context: CommandContext,
  run: Run,
  fence: WriteFence,
): Omit<MirrorOptions, 'overlapsItself' | 'lock' | 'witness'> {
  const { config, clock, logger, stop } = context;
  const exclusions = exclusionsOfRun(context, run.sides);
  const source = new ZooKeeperReader(run.sides.source);
  const sink = new ZooKeeperSink(run.sides.destination, fence, config.rateLimits);
  const { nodeTypeRules, rootPath } = config;
  const nodeTypes = nodeTypeRules.length === 0 ? null : new NodeTypes(nodeTypeRules, rootPath);
  const acls = aclsOfRun(context, run, { fence, nodeTypes });
  return {
    ...config,
    nodeTypes,
    source,
    sink,
    acls,
    counters: countersOfRun(context, run, { source, sink, acls }),
    versionGaps: versionGapsOfRun(context, run),
    record: run.record,
    logger,
    clock,
    signal: stop.signal,
    scope: scopeOf(config, exclusions),
    excluded: compileExclusions(exclusions.globs, rootPath, exclusions),
    misplaced: compileMisplaced(exclusions.globs, rootPath, exclusions),
    ...driftExceptions(config, exclusions),
    limits: walkLimits(config),
  };
}

/** What changes at a destination although nobody touches the copy. */
function driftExceptions(
  { excludePresets, rootPath }: WorkerConfig,
  { globs, presets, reserved }: ExclusionsOfRun,
): Pick<MirrorOptions, 'mayExcludeChildOf' | 'isHome'> {
  const homes = presetHomes(excludePresets, { rootPath });
  const leftOut = presets.flatMap((each) => each.globs);
  return {
    mayExcludeChildOf: compileExclusionParents([...globs, ...leftOut, ...homes], rootPath, {
      reserved,
    }),
    isHome: compileGlobs(homes, 'itself'),
  };
}

/**
 * No batch asks for more than the limits let through at once. A znode can be as large as a request to
 * its servers.
 */
function walkLimits({ rateLimits, source, destination }: WorkerConfig): WalkLimits {
  const { maxOps, targetBytes, largestBytes, maxInFlight } = DEFAULT_WALK_LIMITS;
  return {
    maxOps: batchWithin(rateLimits.readsPerSecond, maxOps),
    targetBytes: batchWithin(rateLimits.bytesPerSecond, targetBytes),
    largestBytes: Math.max(
      source.juteMaxBufferBytes ?? largestBytes,
      destination.juteMaxBufferBytes ?? largestBytes,
    ),
    maxInFlight,
  };
}

/**
 * What decides which znodes a run compares with which. Which source that is, its witness tells: the
 * same one may be reached by other servers.
 */
function scopeOf({ source, rootPath }: WorkerConfig, exclusions: ExclusionsOfRun): string {
  const { chroot } = source;
  const what = JSON.stringify({ chroot, rootPath, exclusions });
  return createHash('sha256').update(what).digest('hex');
}

async function open(
  { config, clock, logger, stop }: CommandContext,
  work: (sides: OpenSides) => Promise<Ending>,
): Promise<Ending> {
  const { command, source, destination, rootPath } = config;
  const { signal, forceStop } = stop;
  const driver = await loadDriver(config.driver);
  const pace = { limits: config.rateLimits, clock };
  await using sides = await openSides({
    source,
    destination,
    asksWhetherSame: command === 'synchronize' && rootsOverlap(source, destination, rootPath),
    driver,
    logger,
    signal,
    forceStop,
    pace,
  });
  return await work(sides);
}

/** Once told to stop, that is why the run ends, whatever error it came about by. */
export function endingOf(error: unknown, { stop, logger }: CommandContext): Ending {
  const { signal } = stop;
  const thrown: unknown = signal.aborted ? signal.reason : error;
  const failure = thrown instanceof ZooKeeperError ? answerFailure('server', thrown) : thrown;
  if (!(failure instanceof WorkerFailure)) throw error;
  if (failure.cause !== undefined) logger.debug('cause of the failure', { cause: failure.cause });
  return { outcome: failure.outcome, message: failure.message, guard: failure.guard };
}
