import { startFrameProxy } from '../../zookeeper/testing/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import { startWorker, type WorkerExit } from './run-worker.ts';
import { argumentsWith, destinationServer, source, sourceServer } from './two-clusters.ts';
import { put } from './znodes.ts';

export type HeldSide = 'source' | 'destination';

/** `silent`: nothing is answered from that request on. `reconnecting`: nor is any new connection. */
export type Holding = 'silent' | 'reconnecting';

interface Held {
  readonly side: HeldSide;
  /** Index among the requests of the run to that side; null to let all pass. */
  readonly at: number | null;
  readonly how: Holding;
}

interface HoldingProxy extends AsyncDisposable {
  readonly address: string;
  /** How many requests have come; whether the one to hold has. */
  seen(): { readonly requests: number; readonly isHeld: boolean };
}

async function startHolding({ side, at, how }: Held): Promise<HoldingProxy> {
  let requests = 0;
  let isHeld = false;
  const proxy = await startFrameProxy({
    target: side === 'source' ? sourceServer : destinationServer,
    judge: ({ direction, index }) => {
      if (isHeld) return 'stall';
      if (direction === 'replies' || index === 0) return 'pass';
      isHeld = requests === at;
      requests += 1;
      if (!isHeld) return 'pass';
      return how === 'silent' ? 'stall' : 'cutBefore';
    },
  });
  return {
    address: proxy.address,
    seen: () => ({ requests, isHeld }),
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

/** How many requests a small run sends to one side. */
export async function countRequests(side: HeldSide): Promise<number> {
  await using proxy = await startHolding({ side, at: null, how: 'silent' });
  const worker = await start({ side, server: proxy.address, rootPath: `/counted-${side}` });
  await worker.exited;
  return proxy.seen().requests;
}

/**
 * Runs a worker until one request of it is held, and tells it to stop there.
 *
 * @returns null if it ended before, for not every run sends as many
 */
export async function stopAtRequest(held: Held): Promise<WorkerExit | null> {
  const { side, at, how } = held;
  await using proxy = await startHolding(held);
  const rootPath = `/held-${side}-${at ?? 'none'}-${how}`;
  const worker = await start({ side, server: proxy.address, rootPath });
  let exit: WorkerExit | null = null;
  void worker.exited.then((ended) => (exit = ended));
  await worker.logged('synchronize');
  await eventually(() => exit !== null || proxy.seen().isHeld, {
    timeoutMs: 60_000,
    description: `request ${at ?? 'none'} of the run to the ${side}`,
  });
  worker.kill('SIGTERM');
  const ended = await worker.exited;
  return proxy.seen().isHeld ? ended : null;
}

async function start({
  side,
  server,
  rootPath,
}: {
  side: HeldSide;
  server: string;
  rootPath: string;
}): ReturnType<typeof startWorker> {
  await put(source, { [`${rootPath}/a`]: 'a', [`${rootPath}/b`]: 'b' });
  const servers =
    side === 'source' ? { sourceServers: [server] } : { destinationServers: [server] };
  return await startWorker(
    synchronizeCommandLine(argumentsWith({ rootPath, writerId: rootPath, ...servers })),
  );
}
