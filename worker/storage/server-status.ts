import { fourLetterWord, parseSrvr, ZooKeeperError } from '../../zookeeper/index.ts';
import type { SideCredentials } from './credentials.ts';

/** For all servers together: they are asked at once. */
const ASK_TIMEOUT_MS = 2_000;

export interface AskedServers {
  readonly servers: readonly string[];
  readonly credentials: SideCredentials;
  readonly signal: AbortSignal;
}

/**
 * A server without a quorum only closes connections; its own status says why. Returns the error that
 * tells more: `NotServing` where a server says that it does not serve, else the one given.
 */
export async function asTold(
  error: unknown,
  { servers, credentials, signal }: AskedServers,
): Promise<unknown> {
  if (!(error instanceof ZooKeeperError) || error.code !== 'ClosedByServer') return error;
  const tls = credentials.tls === undefined ? {} : { tls: credentials.tls };
  const options = { timeoutMs: ASK_TIMEOUT_MS, signal, ...tls };
  const told = await Promise.all(servers.map((server) => refusalOf(server, options)));
  return told.find((each) => each !== null) ?? error;
}

async function refusalOf(
  server: string,
  options: Parameters<typeof fourLetterWord>[2],
): Promise<ZooKeeperError | null> {
  try {
    const { mode } = parseSrvr(await fourLetterWord(server, 'srvr', options));
    if (mode !== 'read-only') return null;
    return new ZooKeeperError('NotServing', `${server} is read-only: it has no quorum`);
  } catch (error) {
    return error instanceof ZooKeeperError && error.code === 'NotServing' ? error : null;
  }
}
