import { openLog } from '../mirror/compare/compare-pass.ts';
import { counterFloor } from '../mirror/floors/counter-floor.ts';
import { dataVersionFloor } from '../mirror/floors/data-version-floor.ts';
import type { Floor } from '../mirror/floors/floor.ts';
import { compileGlobs } from '../tree/globs.ts';
import { presetVersionFloors } from '../tree/presets.ts';
import { VersionGaps } from '../mirror/floors/version-gaps.ts';
import { FloorRaiser, type FloorContext } from '../mirror/floors/floor-raiser.ts';
import type { WorkerConfig } from '../config.ts';
import type { CommandContext } from './command.ts';
import type { Run } from './run.ts';

/** Raises the numbers of a run that are to be carried over. */
export function floorsOfRun(
  context: CommandContext,
  run: Run,
  parts: Pick<FloorContext, 'source' | 'sink' | 'acls'>,
): readonly FloorRaiser[] {
  const { config, logger, stop } = context;
  return chosenFloors(context, run).map(
    (floor) =>
      new FloorRaiser({
        ...parts,
        floor,
        record: run.record,
        logger,
        signal: stop.signal,
        maxRaise: config.maxCounterRaise,
        openLog: () => openLog(config),
      }),
  );
}

/** Counts versions that are not raised; null where all are, or nothing is written. */
export function versionGapsOfRun({ config }: CommandContext, { record }: Run): VersionGaps | null {
  if (config.preserveDataVersions || config.dryRun) return null;
  return new VersionGaps(chosenVersions(config) ?? (() => false), record);
}

/**
 * Without transactions the child by which a counter is raised would be seen, and stay behind when a
 * run is killed. A ClickHouse Keeper does not tell its counters: what they are reckoned from grows by
 * writes of the children, too.
 */
function chosenFloors({ config }: CommandContext, { sides, facts }: Run): readonly Floor[] {
  const { hasTransactions, isKeeper } = sides.destination.session;
  facts.carriesCounters = config.preserveSequenceCounters && hasTransactions && !isKeeper;
  const counters = facts.carriesCounters ? [counterFloor] : [];
  const applies = chosenVersions(config);
  return applies === null ? counters : [...counters, dataVersionFloor(applies)];
}

/** Which znodes' versions are raised: all, those that a system of a preset compares, or none (null). */
function chosenVersions(config: WorkerConfig): ((path: string) => boolean) | null {
  if (config.preserveDataVersions) return () => true;
  const { excludePresets, rootPath, source } = config;
  const place = { rootPath, chroot: source.chroot };
  return compileGlobs(presetVersionFloors(excludePresets, place), 'itself');
}
