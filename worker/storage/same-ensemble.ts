import { ZooKeeperError } from '../../zookeeper/index.ts';
import { isAtOrBelow } from '../../api/znode-path.ts';
import { readCredentials } from './credentials.ts';
import type { Driver } from './session.ts';
import { absolutePath } from './side.ts';
import type { Side, SideOptions } from './side.ts';
import { connectFailure, sessionFailure } from './zookeeper-failure.ts';

/** The probe's own session is of no use for longer. */
const PROBE_SESSION_TIMEOUT_MS = 10_000;

/**
 * True if both sides are one ensemble, whatever addresses they are reached by: a session opened at
 * the destination is offered to the source, and only servers of the same ensemble know it. It is a
 * session of the probe's own, for whoever is offered one takes it from the client that holds it.
 *
 * @throws WorkerFailure if one of the sides cannot be reached
 */
export async function isSameEnsemble(
  source: SideOptions,
  destination: SideOptions,
  { driver, signal }: { driver: Driver; signal: AbortSignal },
): Promise<boolean> {
  const probe = await driver
    .open({
      servers: destination.servers,
      sessionTimeoutMs: PROBE_SESSION_TIMEOUT_MS,
      connectTimeoutMs: destination.sessionTimeoutMs,
      ...(await readCredentials('destination', destination)),
      signal,
    })
    .catch((error: unknown) => {
      throw connectFailure('destination', destination, error);
    });
  try {
    const twin = await driver.open({
      servers: source.servers,
      sessionTimeoutMs: PROBE_SESSION_TIMEOUT_MS,
      connectTimeoutMs: source.sessionTimeoutMs,
      ...(await readCredentials('source', source)),
      attach: probe.ticket,
      signal,
    });
    await twin.detach();
    return true;
  } catch (error) {
    if (error instanceof ZooKeeperError && error.code === 'SessionExpired') return false;
    throw connectFailure('source', source, error);
  } finally {
    await probe.close();
  }
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
