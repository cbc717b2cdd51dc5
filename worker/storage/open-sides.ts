import { openSide } from './open-side.ts';
import type { OpenSideOptions } from './open-side.ts';
import type { Side, SideOptions } from './side.ts';

export interface OpenSidesOptions extends OpenSideOptions {
  readonly source: SideOptions;
  readonly destination: SideOptions;
  /** Drops both connections at once: everything that waits for an answer rejects. */
  readonly hurry: AbortSignal;
}

export interface OpenSides extends AsyncDisposable {
  readonly source: Side;
  readonly destination: Side;
}

/**
 * Opens sessions on both sides at the same time. Disposing of them closes the sessions.
 *
 * @throws WorkerFailure of the source, if neither can be reached
 */
export async function openSides(options: OpenSidesOptions): Promise<OpenSides> {
  const [source, destination] = await Promise.allSettled([
    openSide('source', options.source, options),
    openSide('destination', options.destination, options),
  ]);
  if (source.status === 'fulfilled' && destination.status === 'fulfilled') {
    return together(source.value, destination.value, options.hurry);
  }
  for (const side of [source, destination]) {
    if (side.status === 'fulfilled') await side.value.session.close();
  }
  throw source.status === 'rejected' ? source.reason : rejectionOf(destination);
}

function rejectionOf(result: PromiseSettledResult<unknown>): unknown {
  return result.status === 'rejected' ? result.reason : new Error('nothing was rejected');
}

function together(source: Side, destination: Side, hurry: AbortSignal): OpenSides {
  const drop = (): void => {
    void source.session.detach();
    void destination.session.detach();
  };
  hurry.addEventListener('abort', drop, { once: true });
  return {
    source,
    destination,
    async [Symbol.asyncDispose]() {
      await Promise.all([source.session.close(), destination.session.close()]);
      hurry.removeEventListener('abort', drop);
    },
  };
}
