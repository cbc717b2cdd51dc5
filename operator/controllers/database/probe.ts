import { parseServer } from '../../../api/servers.ts';
import type { Clock } from '../../../common/clock.ts';
import { errorMessage } from '../../../common/describe-error.ts';
import {
  connect,
  fourLetterWord,
  parseSrvr,
  permissions,
  ZooKeeperError,
  type AuthInfo,
  type ErrorCode,
  type ZooKeeperClient,
} from '../../../zookeeper/index.ts';
import type { Credentials } from './credentials.ts';
import type { CredentialCheck, ProbeFailure, ServerProbe } from './server-probe.ts';

/** What a probe is to try. */
export interface ProbeRequest {
  /** As in the spec, in its order. */
  readonly servers: readonly string[];
  /** Undefined: no authentication. */
  readonly credentials: Credentials | undefined;
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

const FAILURES: Partial<Record<ErrorCode, ProbeFailure>> = {
  ConnectionRefused: 'ConnectionRefused',
  ConnectTimeout: 'ConnectTimeout',
  HostUnreachable: 'HostUnreachable',
  NameNotResolved: 'NameNotResolved',
  ClosedByServer: 'ConnectionClosed',
  ConnectionLoss: 'ConnectionClosed',
  NotZooKeeper: 'NotZooKeeper',
  ProtocolError: 'NotZooKeeper',
  NotServing: 'NotServing',
  AuthFailed: 'AuthenticationFailed',
  SessionClosedRequireAuth: 'AuthenticationRequired',
};

/** What each failure means, for a person; the address stands before it. */
const SENTENCES: Readonly<Record<ProbeFailure, string>> = {
  ConnectionRefused:
    'nothing listens on that port (connection refused): check host and port, and that the server runs.',
  ConnectTimeout:
    'no answer within the time of the probe: check the address, and network policies and firewalls on the way.',
  HostUnreachable:
    'the network says that there is no way to that host: check the address, and routes, network policies and firewalls on the way.',
  NameNotResolved:
    'the host name cannot be resolved inside the cluster: correct it; a Service in another namespace is name.namespace.',
  ConnectionClosed:
    'the connection was closed without an answer: look into the log of the server, which may be overloaded or expect TLS.',
  NotZooKeeper:
    'something answers there that does not speak the ZooKeeper protocol: give the client port, 2181 as a rule.',
  NotServing: 'ZooKeeper runs there, but serves nobody: it has no quorum.',
  AuthenticationFailed: 'the server refuses the user and password of the Secret.',
  AuthenticationRequired: 'the server demands an authentication that was not offered.',
  Unreachable: 'the probe failed',
};

/**
 * Probes servers by their own `srvr` and by a real session, all at once: `srvr` tells version and
 * mode but may be switched off, a session is what the worker will need.
 */
export function zooKeeperProber(
  clock: Clock,
  { timeoutMs = DEFAULT_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Prober {
  return ({ servers, credentials }, signal) => {
    const chroot = chrootOf(servers);
    const addresses = new Set(servers.map((server) => server.replace(/\/.*$/su, '')));
    const auth = credentials === undefined ? [] : [digest(credentials)];
    return Promise.all(
      [...addresses].map((address) =>
        probeServer({ address, chroot, auth, clock, timeoutMs }, signal),
      ),
    );
  };
}

interface Target {
  /** `host:port`. */
  readonly address: string;
  /** Path that the session is confined to; empty for none. */
  readonly chroot: string;
  readonly auth: readonly AuthInfo[];
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
  const reason = FAILURES[error.code] ?? 'Unreachable';
  return { address, ...told, reachable: false, reason, message: describe(reason, error) };
}

function describe(reason: ProbeFailure, error: ZooKeeperError): string {
  return reason === 'Unreachable'
    ? `${SENTENCES[reason]}: ${errorMessage(error)}.`
    : SENTENCES[reason];
}

/** A server without a quorum only closes sessions; its own words say why. */
function isMoreTelling({ code }: ZooKeeperError): boolean {
  return code === 'NotServing' || NO_CONNECTION.has(code);
}

async function askStatus({ address, timeoutMs }: Target, signal: AbortSignal) {
  return parseSrvr(await fourLetterWord(address, 'srvr', { timeoutMs, signal }));
}

async function trySession(target: Target, signal: AbortSignal): Promise<CredentialCheck> {
  const { address, chroot, auth, timeoutMs } = target;
  const client = await connect({
    servers: `${address}${chroot}`,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    connectTimeoutMs: timeoutMs,
    auth,
    signal,
  });
  try {
    return auth.length === 0 ? 'NotUsed' : await checkCredentials(client);
  } finally {
    await client.close();
  }
}

/**
 * ZooKeeper takes any user and password of the scheme digest; whether they are right shows only
 * where a list of rights asks for them.
 */
async function checkCredentials(client: ZooKeeperClient): Promise<CredentialCheck> {
  try {
    await client.getChildren('/');
    const { acl } = await client.getAcl('/');
    const isOpen = acl.some(
      (entry) => entry.scheme === 'world' && (entry.permissions & permissions.read) !== 0,
    );
    return isOpen ? 'Unverifiable' : 'Verified';
  } catch (error) {
    if (!(error instanceof ZooKeeperError)) throw error;
    if (error.code === 'NoAuth') return 'NoRightOnRoot';
    // The chroot may be for the worker to create.
    if (error.code === 'NoNode') return 'Unverifiable';
    throw error;
  }
}

function digest({ user, password }: Credentials): AuthInfo {
  return { scheme: 'digest', credential: Buffer.concat([user, Buffer.from(':'), password]) };
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
