import { openLog } from '../mirror/compare-pass.ts';
import { counterFloor } from '../mirror/counter-floor.ts';
import { dataVersionFloor } from '../mirror/data-version-floor.ts';
import type { Floor } from '../mirror/floor.ts';
import { FloorRaiser } from '../mirror/floor-raiser.ts';
import type { FloorContext } from '../mirror/floor-raiser.ts';
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

/**
 * Without transactions the child by which a counter is raised would be seen, and stay behind when a
 * run is killed.
 */
function chosenFloors({ config }: CommandContext, { sides, facts }: Run): readonly Floor[] {
  facts.carriesCounters =
    config.preserveSequenceCounters && sides.destination.session.hasTransactions;
  return [
    ...(facts.carriesCounters ? [counterFloor] : []),
    ...(config.preserveDataVersions ? [dataVersionFloor(() => true)] : []),
  ];
}
