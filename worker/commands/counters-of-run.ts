import { openLog } from '../mirror/compare/compare-pass.ts';
import { sequenceCounter } from '../mirror/counters/sequence-counter.ts';
import { dataVersionCounter } from '../mirror/counters/data-version-counter.ts';
import type { Counter } from '../mirror/counters/counter.ts';
import { compileGlobs } from '../tree/globs.ts';
import { presetRaisedVersions } from '../tree/presets.ts';
import { VersionGaps } from '../mirror/counters/version-gaps.ts';
import { CounterRaiser, type CounterContext } from '../mirror/counters/counter-raiser.ts';
import type { WorkerConfig } from '../config.ts';
import type { CommandContext } from './command.ts';
import type { Run } from './run.ts';

/** Raises the numbers of a run that are to be carried over. */
export function countersOfRun(
  context: CommandContext,
  run: Run,
  parts: Pick<CounterContext, 'source' | 'sink' | 'acls'>,
): readonly CounterRaiser[] {
  const { config, logger, stop } = context;
  return chosenCounters(context, run).map(
    (counter) =>
      new CounterRaiser({
        ...parts,
        counter,
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
function chosenCounters({ config }: CommandContext, { sides, facts }: Run): readonly Counter[] {
  const { hasTransactions, isKeeper } = sides.destination.session;
  facts.carriesCounters = config.preserveSequenceCounters && hasTransactions && !isKeeper;
  const sequence = facts.carriesCounters ? [sequenceCounter] : [];
  const applies = chosenVersions(config);
  return applies === null ? sequence : [...sequence, dataVersionCounter(applies)];
}

/** Which znodes' versions are raised: all, those that a system of a preset compares, or none (null). */
function chosenVersions(config: WorkerConfig): ((path: string) => boolean) | null {
  if (config.preserveDataVersions) return () => true;
  const { excludePresets, rootPath, source } = config;
  const place = { rootPath, chroot: source.chroot };
  return compileGlobs(presetRaisedVersions(excludePresets, place), 'itself');
}
