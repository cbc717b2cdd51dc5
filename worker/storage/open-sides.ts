import { isSameEnsemble } from './same-ensemble.ts';
import { closing } from './closing.ts';
import { openSide, type OpenSideOptions } from './open-side.ts';
import type { Side, SideOptions } from './side.ts';

export interface OpenSidesOptions extends OpenSideOptions {
  readonly source: SideOptions;
  readonly destination: SideOptions;
  /** Whether it matters that the two may be one ensemble. */
  readonly asksWhetherSame: boolean;
  /** Drops both connections at once: everything that waits for an answer rejects. */
  readonly forceStop: AbortSignal;
}

export interface OpenSides extends AsyncDisposable {
  readonly source: Side;
  readonly destination: Side;
  /** True if it came out that both sides are one ensemble. */
  readonly areSame: boolean;
}

/**
 * Opens sessions on both sides. There is never more than one connection to a side, for servers may
 * take no more from one client (`maxClientCnxns`). Disposing of them closes the sessions.
 *
 * @throws WorkerFailure of the side that cannot be reached
 */
export async function openSides(options: OpenSidesOptions): Promise<OpenSides> {
  return options.asksWhetherSame ? await openInTurn(options) : await openAtOnce(options);
}

async function openAtOnce(options: OpenSidesOptions): Promise<OpenSides> {
  const [source, destination] = await Promise.allSettled([
    openSide('source', options.source, options),
    openSide('destination', options.destination, options),
  ]);
  if (source.status === 'fulfilled' && destination.status === 'fulfilled') {
    const sides = { source: source.value, destination: destination.value, areSame: false };
    return together(sides, options.forceStop);
  }
  for (const side of [source, destination]) {
    if (side.status === 'fulfilled') await giveUp(side.value, options);
  }
  throw source.status === 'rejected' ? source.reason : rejectionOf(destination);
}

/** The source has no connection yet when it is asked. */
async function openInTurn(options: OpenSidesOptions): Promise<OpenSides> {
  let destination = await openSide('destination', options.destination, options);
  try {
    const areSame = await isSameEnsemble(options.source, destination.session.ticket, options);
    if (areSame) {
      await destination.session.detach();
      destination = await openSide('destination', options.destination, options);
    }
    const source = await openSide('source', options.source, options);
    return together({ source, destination, areSame }, options.forceStop);
  } catch (error) {
    await giveUp(destination, options);
    throw error;
  }
}

/** Gives a side up. Told to stop, nobody waits for a server that may be what hangs. */
function giveUp({ session }: Side, { signal }: OpenSidesOptions): Promise<void> {
  return signal.aborted ? session.detach() : session.close();
}

function rejectionOf(result: PromiseSettledResult<unknown>): unknown {
  return result.status === 'rejected' ? result.reason : new Error('nothing was rejected');
}

function together(
  sides: Pick<OpenSides, 'source' | 'destination' | 'areSame'>,
  forceStop: AbortSignal,
): OpenSides {
  const sessions = [sides.source.session, sides.destination.session];
  return { ...sides, ...closing(sessions, forceStop) };
}
