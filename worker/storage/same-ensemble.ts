import { ZooKeeperError } from '../../zookeeper/index.ts';
import { isAtOrBelow } from '../../api/znode-path.ts';
import { readCredentials } from './credentials.ts';
import type { Driver, SessionTicket } from './session.ts';
import { absolutePath, type Side, type SideOptions } from './side.ts';
import { connectFailure, sessionFailure } from './zookeeper-failure.ts';

/** What answers is settled at once; the session is of no use for longer. */
const TWIN_SESSION_TIMEOUT_MS = 10_000;

/** For each server that is asked beside the one that answered. */
const EACH_TIMEOUT_MS = 2_000;

/**
 * True if both sides are one ensemble, whatever addresses they are reached by: the session that was
 * opened at the destination is offered to the source, and only servers of the same ensemble know it.
 * If they do, that session is over: it was taken from the client that held it.
 *
 * @throws WorkerFailure if the source cannot be reached
 */
export async function isSameEnsemble(
  source: SideOptions,
  destination: SessionTicket,
  { driver, signal }: { driver: Driver; signal: AbortSignal },
): Promise<boolean> {
  const offer = { driver, source, ticket: destination, signal };
  return (await isKnownTo(source.servers, offer)) || (await isKnownToOne(offer));
}

interface Offer {
  readonly driver: Driver;
  readonly source: SideOptions;
  readonly ticket: SessionTicket;
  readonly signal: AbortSignal;
}

/** False if the first server that answers does not know the session. */
async function isKnownTo(
  servers: readonly string[],
  { driver, source, ticket, signal }: Offer,
  connectTimeoutMs = source.sessionTimeoutMs,
): Promise<boolean> {
  try {
    const twin = await driver.open({
      servers,
      sessionTimeoutMs: TWIN_SESSION_TIMEOUT_MS,
      connectTimeoutMs,
      ...(await readCredentials('source', source)),
      attach: ticket,
      signal,
    });
    await twin.close();
    return true;
  } catch (error) {
    if (error instanceof ZooKeeperError && error.code === 'SessionExpired') return false;
    throw connectFailure('source', source, error);
  }
}

/**
 * Where sessions are local, only the member that opened one knows it: so each of the source's servers
 * is asked. One that does not answer proves nothing.
 */
async function isKnownToOne(offer: Offer): Promise<boolean> {
  const { servers } = offer.source;
  if (servers.length === 1) return false;
  const known = await Promise.all(
    servers.map((server) => isKnownTo([server], offer, EACH_TIMEOUT_MS).catch(() => false)),
  );
  offer.signal.throwIfAborted();
  return known.includes(true);
}

/**
 * True if the source has the holder that was just made at the destination: so it is the same
 * ensemble, although it did not know the session (ClickHouse Keeper resumes none).
 */
export async function seesHolder(source: Side, holderPath: string): Promise<boolean> {
  try {
    await source.session.sync(holderPath);
    return (await source.session.exists(holderPath)) !== null;
  } catch (error) {
    // What may not be read is no proof of anything; all else is the end of the run.
    if (error instanceof ZooKeeperError && error.code === 'NoAuth') return false;
    throw sessionFailure(source, error);
  }
}

/** True if the tree of one side is, or contains, the tree of the other. */
export function rootsOverlap(source: SideOptions, destination: SideOptions, root: string): boolean {
  const a = absolutePath(source, root);
  const b = absolutePath(destination, root);
  return isAtOrBelow(a, b) || isAtOrBelow(b, a);
}
