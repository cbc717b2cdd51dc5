import type { Logger } from '../../common/logger.ts';
import { connect, ZooKeeperError } from '../../zookeeper/index.ts';
import type { ZooKeeperClient } from '../../zookeeper/index.ts';
import { readCredentials } from './credentials.ts';
import { connectFailure } from './zookeeper-failure.ts';
import { absolutePath } from './side.ts';
import type { Side, SideName, SideOptions } from './side.ts';

export interface OpenSideOptions {
  readonly logger: Logger;
  /** Aborts connecting. */
  readonly signal: AbortSignal;
}

/** What may be on its way to one server: enough to keep it busy, little beside its own limits. */
const MAX_IN_FLIGHT_BYTES = 16 * 1024 * 1024;

/**
 * Opens a session on one side and finds out what its servers can do.
 *
 * @throws WorkerFailure `SourceUnavailable`, `DestinationUnavailable` or `AuthenticationFailed`
 */
export async function openSide(
  name: SideName,
  options: SideOptions,
  { logger, signal }: OpenSideOptions,
): Promise<Side> {
  const auth = await readCredentials(name, options);
  try {
    const client = await connect({
      servers: options.servers,
      sessionTimeoutMs: options.sessionTimeoutMs,
      maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
      auth,
      signal,
      onStateChange: (state) => {
        if (state === 'disconnected') logger.warn('connection lost, reconnecting', { side: name });
      },
    });
    const hasMultiRead = await probeMultiRead(client, absolutePath(options, '/'));
    logger.info('connected', {
      side: name,
      server: client.server,
      session: `0x${client.sessionId.toString(16)}`,
      sessionTimeoutMs: client.negotiatedTimeoutMs,
      multiRead: hasMultiRead,
    });
    return { name, options, client, hasMultiRead };
  } catch (error) {
    throw connectFailure(name, options, error);
  }
}

/**
 * Servers before 3.6 answer "unimplemented" and drop the connection; the session survives that,
 * and nothing else is under way yet.
 */
async function probeMultiRead(client: ZooKeeperClient, path: string): Promise<boolean> {
  try {
    await client.multiRead([{ type: 'getData', path }]);
    return true;
  } catch (error) {
    if (error instanceof ZooKeeperError && error.code === 'Unimplemented') return false;
    await client.detach();
    throw error;
  }
}
