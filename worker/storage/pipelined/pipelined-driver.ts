import { systemClock } from '../../../common/clock.ts';
import { connect, ZooKeeperError, type ZooKeeperClient } from '../../../zookeeper/index.ts';
import { RequestLimit } from '../request-limit.ts';
import type { Driver, OpenSessionOptions } from '../session.ts';
import { ThrottleValve } from '../throttling/throttle-valve.ts';
import { PipelinedSession, type ServerTraits } from './pipelined-session.ts';

/** What may be on its way to one server: enough to keep it busy, little beside its own limits. */
const MAX_IN_FLIGHT_BYTES = 16 * 1024 * 1024;

/** Our own client. */
export const pipelinedDriver: Driver = {
  name: 'pipelined',
  async open({ onConnectionLost, onThrottled, requestLimit = new RequestLimit(), ...options }) {
    let isProbed = false;
    const client = await connect({
      ...options,
      maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
      maxPacketBytes: () => requestLimit.bytes,
      onStateChange: (state) => {
        if (state === 'disconnected' && isProbed) onConnectionLost?.();
      },
    });
    // Nothing is under way yet that would be lost: from here to the first answer it is dropped at once.
    const drop = (): void => {
      void client.detach();
    };
    options.signal?.addEventListener('abort', drop, { once: true });
    if (options.signal?.aborted === true) drop();
    try {
      const session = await settled(client, options, { onThrottled, requestLimit });
      isProbed = true;
      return session;
    } finally {
      options.signal?.removeEventListener('abort', drop);
    }
  },
};

interface Limits {
  readonly onThrottled: OpenSessionOptions['onThrottled'];
  readonly requestLimit: RequestLimit;
}

/** Finds out what the servers are. */
async function settled(
  client: ZooKeeperClient,
  { signal, attach }: Pick<OpenSessionOptions, 'signal' | 'attach'>,
  { onThrottled, requestLimit }: Limits,
): Promise<PipelinedSession> {
  if (client.isServerBefore34) {
    await client.close();
    throw new ZooKeeperError('Unimplemented', 'servers before 3.4 know no transactions');
  }
  // A session that was taken from another client is taken back at any moment: ask it nothing.
  const valve = new ThrottleValve({ clock: systemClock, signal, onThrottled });
  const traits = attach === undefined ? await probe(client, valve) : UNKNOWN;
  return new PipelinedSession(client, valve, { ...traits, requestLimit });
}

/** What stands in every ClickHouse Keeper, and in no ZooKeeper. */
const KEEPER_ZNODE = '/keeper/api_version';

const UNKNOWN: Omit<ServerTraits, 'requestLimit'> = { hasMultiRead: false, isKeeper: false };

/**
 * Servers before 3.6 answer "unimplemented" and drop the connection; the session survives that,
 * and nothing else is under way yet.
 */
async function probe(client: ZooKeeperClient, valve: ThrottleValve): Promise<typeof UNKNOWN> {
  try {
    const ops = [{ type: 'getData', path: KEEPER_ZNODE }] as const;
    const { results } = await valve.pass('read', () => client.multiRead(ops));
    return { hasMultiRead: true, isKeeper: results[0]?.type === 'getData' };
  } catch (error) {
    if (error instanceof ZooKeeperError && error.code === 'Unimplemented') return UNKNOWN;
    await client.detach();
    throw error;
  }
}
