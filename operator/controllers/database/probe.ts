import { parseServer } from '../../../api/servers.ts';
import type { Clock } from '../../../common/clock.ts';
import {
  connect,
  fourLetterWord,
  parseSrvr,
  digestAuth,
  permissions,
  ZooKeeperError,
  type ConnectOptions,
  type ErrorCode,
  type ZooKeeperClient,
} from '../../../zookeeper/index.ts';
import type { Credentials, TlsCredentials } from './credentials.ts';
import { probeFailureOf } from './probe-failure.ts';
import type { CredentialCheck, ServerProbe } from './server-probe.ts';

/** What a probe is to try. */
export interface ProbeRequest {
  /** As in the spec, in its order. */
  readonly servers: readonly string[];
  /** Undefined: no authentication. */
  readonly credentials: Credentials | undefined;
  /** Undefined: no TLS. */
  readonly tls?: TlsCredentials | undefined;
}

/** Finds out how the servers of an ensemble stand. Never rejects unless `signal` aborts. */
export type Prober = (
  request: ProbeRequest,
  signal: AbortSignal,
) => Promise<readonly ServerProbe[]>;

/** A server that takes longer would not serve a client either. */
const DEFAULT_TIMEOUT_MS = 5_000;

/** What the probe leaves behind if it dies is gone after this. */
const SESSION_TIMEOUT_MS = 10_000;

/** After these the session need not be waited for: it meets the same wall. */
const NO_CONNECTION: ReadonlySet<ErrorCode> = new Set([
  'ConnectionRefused',
  'HostUnreachable',
  'NameNotResolved',
]);

/**
 * Probes servers by their own `srvr` and by a real session, all at once: `srvr` tells version and
 * mode but may be switched off, a session is what the worker will need.
 */
export function zooKeeperProber(
  clock: Clock,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Prober {
  return ({ servers, ...request }, signal) => {
    const chroot = chrootOf(servers);
    const addresses = new Set(servers.map((server) => server.replace(/\/.*$/su, '')));
    const security = securityOf(request);
    return Promise.all(
      [...addresses].map((address) =>
        probeServer({ address, chroot, security, clock, timeoutMs }, signal),
      ),
    );
  };
}

interface Target {
  /** `host:port`. */
  readonly address: string;
  /** Path that the session is confined to; empty for none. */
  readonly chroot: string;
  readonly security: Pick<ConnectOptions, 'auth' | 'sasl' | 'tls'>;
  readonly clock: Clock;
  /** For the whole of it. */
  readonly timeoutMs: number;
}

type Tried<T> = { readonly value: T } | { readonly error: ZooKeeperError };

async function probeServer(target: Target, signal: AbortSignal): Promise<ServerProbe> {
  const { address } = target;
  const hopeless = new AbortController();
  const startedMs = target.clock.monotonicMs();
  const statusCall = tried(askStatus(target, signal)).then((status) => {
    if ('error' in status && NO_CONNECTION.has(status.error.code)) hopeless.abort(status.error);
    return { status, latencyMs: target.clock.monotonicMs() - startedMs };
  });
  const sessionCall = tried(trySession(target, AbortSignal.any([signal, hopeless.signal])));
  const [{ status, latencyMs }, session] = await Promise.all([statusCall, sessionCall]);
  signal.throwIfAborted();
  const told =
    'value' in status ? { version: status.value.version, mode: status.value.mode, latencyMs } : {};
  if ('value' in session) return { address, ...told, reachable: true, credentials: session.value };
  const error = 'error' in status && isMoreTelling(status.error) ? status.error : session.error;
  return { address, ...told, reachable: false, ...probeFailureOf(error) };
}

/** A server without a quorum only closes sessions; its own words say why. */
function isMoreTelling({ code }: ZooKeeperError): boolean {
  return code === 'NotServing' || NO_CONNECTION.has(code);
}

async function askStatus({ address, timeoutMs, security }: Target, signal: AbortSignal) {
  const tls = security.tls === undefined ? {} : { tls: security.tls };
  return parseSrvr(await fourLetterWord(address, 'srvr', { timeoutMs, signal, ...tls }));
}

async function trySession(target: Target, signal: AbortSignal): Promise<CredentialCheck> {
  const { address, chroot, security, timeoutMs } = target;
  const client = await connect({
    servers: `${address}${chroot}`,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    connectTimeoutMs: timeoutMs,
    ...security,
    signal,
  });
  try {
    return client.authSchemes.length === 0 ? 'NotUsed' : await checkCredentials(client);
  } finally {
    await client.close();
  }
}

/**
 * SASL verifies user and password. With the scheme digest ZooKeeper takes any; whether they are
 * right shows only where a list of rights asks for them.
 */
async function checkCredentials(client: ZooKeeperClient): Promise<CredentialCheck> {
  const isVerified = client.authSchemes.includes('sasl');
  try {
    await client.getChildren('/');
    const { acl } = await client.getAcl('/');
    if (isVerified) return 'VerifiedBySasl';
    const isOpen = acl.some(
      (entry) => entry.scheme === 'world' && (entry.permissions & permissions.read) !== 0,
    );
    return isOpen ? 'Unverifiable' : 'Verified';
  } catch (error) {
    if (!(error instanceof ZooKeeperError)) throw error;
    if (error.code === 'NoAuth') return isVerified ? 'VerifiedBySaslWithoutRight' : 'NoRightOnRoot';
    // The chroot may be for the worker to create.
    if (error.code === 'NoNode') return isVerified ? 'VerifiedBySasl' : 'Unverifiable';
    throw error;
  }
}

function securityOf({ credentials, tls }: Omit<ProbeRequest, 'servers'>): Target['security'] {
  return { ...identityOf(credentials), ...(tls === undefined ? {} : { tls: () => tls }) };
}

function identityOf(credentials: Credentials | undefined): Pick<ConnectOptions, 'auth' | 'sasl'> {
  if (credentials === undefined) return {};
  const { password, mechanism } = credentials;
  const user = credentials.user.toString('utf8');
  if (mechanism === 'Digest') return { auth: [digestAuth(user, password)] };
  return { sasl: { user, password, whenNotOffered: mechanism === 'Auto' ? 'digest' : 'fail' } };
}

/** One path holds for all servers: it stands after the last. */
function chrootOf(servers: readonly string[]): string {
  return parseServer(servers.at(-1) ?? '')?.chroot ?? '';
}

async function tried<T>(promise: Promise<T>): Promise<Tried<T>> {
  try {
    return { value: await promise };
  } catch (error) {
    if (error instanceof ZooKeeperError) return { error };
    throw error;
  }
}
