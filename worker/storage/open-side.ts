import type { Logger } from '../../common/logger.ts';
import { readCredentials } from './credentials.ts';
import type { Driver } from './session.ts';
import type { Side, SideName, SideOptions } from './side.ts';
import { connectFailure } from './zookeeper-failure.ts';

export interface OpenSideOptions {
  readonly driver: Driver;
  readonly logger: Logger;
  /** Aborts connecting. */
  readonly signal: AbortSignal;
}

/**
 * Opens a session on one side.
 *
 * @throws WorkerFailure `SourceUnavailable`, `DestinationUnavailable` or `AuthenticationFailed`
 */
export async function openSide(
  name: SideName,
  options: SideOptions,
  { driver, logger, signal }: OpenSideOptions,
): Promise<Side> {
  const credentials = await readCredentials(name, options);
  try {
    const session = await driver.open({
      servers: options.servers,
      sessionTimeoutMs: options.sessionTimeoutMs,
      ...credentials,
      signal,
      onConnectionLost: () => {
        logger.warn('connection lost, reconnecting', { side: name });
      },
    });
    logger.info('connected', {
      side: name,
      ...(session.server === null ? {} : { server: session.server }),
      session: `0x${session.ticket.sessionId.toString(16)}`,
      sessionTimeoutMs: session.timeoutMs,
      driver: driver.name,
      multiRead: session.hasMultiRead,
      tls: options.tls !== null,
      authentication: session.authSchemes,
    });
    return { name, options, session };
  } catch (error) {
    throw connectFailure(name, options, error);
  }
}
