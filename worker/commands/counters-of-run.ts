import { openLog } from '../mirror/compare-pass.ts';
import { CounterRaiser } from '../mirror/counter-raiser.ts';
import type { CounterContext } from '../mirror/counter-raiser.ts';
import type { CommandContext } from './command.ts';
import type { Run } from './run.ts';

/**
 * Raises the counters of a run; null where they are not carried over. Without transactions the child
 * by which a counter is raised would be seen, and stay behind when a run is killed.
 */
export function countersOfRun(
  { config, logger, stop }: CommandContext,
  { sides, record, facts }: Run,
  parts: Pick<CounterContext, 'source' | 'sink' | 'acls'>,
): CounterRaiser | null {
  facts.carriesCounters =
    config.preserveSequenceCounters && sides.destination.session.hasTransactions;
  if (!facts.carriesCounters) return null;
  return new CounterRaiser({
    ...parts,
    record,
    logger,
    signal: stop.signal,
    maxCounterRaise: config.maxCounterRaise,
    openLog: () => openLog(config),
  });
}
