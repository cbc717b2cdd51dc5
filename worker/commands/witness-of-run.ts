import type { HistoryReason, SourceHistory } from '../../api/worker-contract.ts';
import type { SourceWitnessing, WitnessMark } from '../mirror/source-history.ts';
import { witnessPath } from '../storage/control-tree.ts';
import type { Fence } from '../storage/fence.ts';
import { absolutePath, type Side } from '../storage/side.ts';
import { SourceWitness } from '../storage/source-witness.ts';
import type { CommandContext } from './command.ts';
import type { Run } from './run.ts';

/**
 * Proves the history of the source for a run that carries lists over; null in a dry run, which
 * neither writes anything nor believes what an earlier run left.
 */
export function witnessOfRun(
  { config, logger }: CommandContext,
  { sides: { source, destination } }: Run,
  { fence, runUid }: { readonly fence: Fence; readonly runUid: string },
): SourceWitnessing | null {
  if (config.dryRun) return null;
  if (config.sourceWitness === 'Never') return none('TurnedOff');
  const root = absolutePath(source.options, config.rootPath);
  const copiedTo = placeOf(destination, config.rootPath);
  return new OnceHeld(async () => {
    const id = fence.isHeld ? await fence.identify() : null;
    if (id === null) return none('NotHeld');
    const path = witnessPath({ root, copiedTo, id });
    return new SourceWitness({ side: source, path, about: { root, copiedTo }, runUid, logger });
  });
}

/** Servers and absolute root of a side, as a person would write them. */
export function placeOf({ options }: Side, rootPath: string): string {
  return options.servers.join(',') + absolutePath(options, rootPath);
}

/** Which witness it is shows only once the destination is held. */
class OnceHeld implements SourceWitnessing {
  readonly #choose: () => Promise<SourceWitnessing>;
  #chosen: SourceWitnessing = none('NotHeld');

  constructor(choose: () => Promise<SourceWitnessing>) {
    this.#choose = choose;
  }

  async begin(mark: WitnessMark | null): Promise<SourceHistory> {
    this.#chosen = await this.#choose();
    return await this.#chosen.begin(mark);
  }

  holds(): Promise<boolean> {
    return this.#chosen.holds();
  }

  seal(): Promise<WitnessMark | null> {
    return this.#chosen.seal();
  }
}

function none(reason: HistoryReason): SourceWitnessing {
  return {
    begin: () => Promise.resolve({ proved: false, reason }),
    holds: () => Promise.resolve(true),
    seal: () => Promise.resolve(null),
  };
}
