import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { readCredentials } from './credentials.ts';
import { paced } from './pacing/paced-session.ts';
import type { RateLimits } from './pacing/rate-limits.ts';
import { openRequestTrial } from './request-trial.ts';
import { RequestLimit } from './request-limit.ts';
import type { Driver } from './session.ts';
import { absolutePath, type Side, type SideName, type SideOptions } from './side.ts';
import { asTold } from './server-status.ts';
import { connectFailure } from './zookeeper-failure.ts';

export interface OpenSideOptions {
  readonly driver: Driver;
  readonly logger: Logger;
  /** Aborts connecting, and ends all waiting for the limits. */
  readonly signal: AbortSignal;
  /** null for none. */
  readonly pace: Pace | null;
}

/** How fast a side may be worked on. */
export interface Pace {
  readonly limits: RateLimits;
  readonly clock: Clock;
}

/**
 * Opens a session on one side.
 *
 * @throws WorkerFailure `SourceUnavailable`, `DestinationUnavailable` or `AuthenticationFailed`
 */
export async function openSide(
  name: SideName,
  options: SideOptions,
  { driver, logger, signal, pace }: OpenSideOptions,
): Promise<Side> {
  const credentials = await readCredentials(name, options);
  const requestLimit = requestLimitOf(name, options, { driver, logger, signal });
  try {
    const session = await driver.open({
      servers: options.servers,
      sessionTimeoutMs: options.sessionTimeoutMs,
      ...credentials,
      signal,
      requestLimit,
      onConnectionLost: () => {
        logger.warn('connection lost, reconnecting', { side: name });
      },
      onThrottled: (inFlight) => {
        const message = 'the servers turn requests away (Throttled): asking again, fewer at a time';
        logger.warn(message, { side: name, inFlight });
      },
    });
    logger.info('connected', {
      side: name,
      ...(session.server === null ? {} : { server: session.server }),
      session: `0x${session.ticket.sessionId.toString(16)}`,
      sessionTimeoutMs: session.timeoutMs,
      driver: driver.name,
      multiRead: session.hasMultiRead,
      ...(session.isKeeper ? { keeper: true } : {}),
      tls: options.tls !== null,
      authentication: session.authSchemes,
    });
    if (pace === null) return { name, options, session, requestLimit };
    const probePath = absolutePath(options, '/');
    const pacing = { side: name, ...pace, probePath, logger, signal };
    return { name, options, session: paced(session, pacing), requestLimit };
  } catch (error) {
    throw connectFailure(
      name,
      options,
      await asTold(error, { servers: options.servers, credentials, signal }),
    );
  }
}

function requestLimitOf(
  name: SideName,
  options: SideOptions,
  { driver, logger, signal }: Omit<OpenSideOptions, 'pace'>,
): RequestLimit {
  return new RequestLimit({
    configuredBytes: options.juteMaxBufferBytes ?? null,
    openTrial: () => openRequestTrial(name, options, { driver, signal }),
    onHalved: (batchBytes) => {
      const message = 'requests go down with their connections: sending smaller batches';
      logger.warn(message, { side: name, batchBytes, setting: 'jute.maxbuffer' });
    },
  });
}
