import { parseServer } from '../../../api/servers.ts';
import type { Clock } from '../../../common/clock.ts';
import { errorMessage } from '../../../common/describe-error.ts';
import {
  connect,
  fourLetterWord,
  parseSrvr,
  digestAuth,
  permissions,
  timeoutStageHints,
  ZooKeeperError,
  type ConnectOptions,
  type ErrorCode,
  type TlsFailureReason,
  type ZooKeeperClient,
} from '../../../zookeeper/index.ts';
import type { Credentials, TlsCredentials } from './credentials.ts';
import type { CredentialCheck, ProbeFailure, ServerProbe } from './server-probe.ts';

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
  TlsFailed: 'TLSFailed',
  AuthFailed: 'AuthenticationFailed',
  SessionClosedRequireAuth: 'AuthenticationRequired',
};

/** What each failure means, for a person; the address stands before it. */
const SENTENCES: Readonly<Record<ProbeFailure, string>> = {
  ConnectionRefused:
    'nothing listens on that port (connection refused): check host and port, and that the server runs.',
  ConnectTimeout:
    'no answer within the time of the probe: check the address, and network policies and firewalls on the way',
  HostUnreachable:
    'the network says that there is no way to that host: check the address, and routes, network policies and firewalls on the way.',
  NameNotResolved:
    'the host name cannot be resolved inside the cluster: correct it; a Service in another namespace is name.namespace.',
  ConnectionClosed:
    'the connection was closed without an answer: check that spec.zookeeper.client.tls is right for that port, and look into the log of the server, which may be overloaded.',
  NotZooKeeper:
    'something answers there that does not speak the ZooKeeper protocol: give the client port, 2181 as a rule.',
  NotServing: 'ZooKeeper runs there, but serves nobody: it has no quorum.',
  TLSFailed: 'the TLS handshake failed',
  AuthenticationFailed: 'the server does not authenticate this client',
  AuthenticationRequired: 'the server demands an authentication that was not offered.',
  Unreachable: 'the probe failed',
};

/** What each failure of TLS means. */
const TLS_SENTENCES: Readonly<Record<TlsFailureReason, string>> = {
  untrustedServer:
    "the certificate of the server comes from no authority that is trusted: put the servers' authority into ca.crt of the Secret",
  wrongServerName:
    'the certificate of the server is for another name: write the host in servers as the certificate has it, or set spec.zookeeper.client.tls.serverName',
  serverCertificateNotValidNow:
    'the certificate of the server, or that of its authority, has expired or is not valid yet: renew it',
  clientCertificateRequired:
    'the server demands a client certificate: put it into the Secret as tls.crt and tls.key',
  clientCertificateRefused:
    'the server does not accept the client certificate: renew tls.crt and tls.key of the Secret, or let the server trust their authority',
  unusableCredentials: 'ca.crt, tls.crt or tls.key of the Secret cannot be used',
  noCommonProtocol: 'no TLS version or cipher in common: the server must do at least TLS 1.2',
  notTls:
    'what answers there does not speak TLS: give the port that does, or leave spec.zookeeper.client.tls out',
  other: 'the TLS handshake failed: look into the log of the server',
};

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
  const reason = FAILURES[error.code] ?? 'Unreachable';
  return { address, ...told, reachable: false, reason, message: describe(reason, error) };
}

/** Where the sentence alone would leave open what to do, the error says the rest. */
function describe(reason: ProbeFailure, error: ZooKeeperError): string {
  switch (reason) {
    case 'ConnectTimeout':
      return error.timeoutStage === null
        ? `${SENTENCES[reason]}.`
        : `${SENTENCES[reason]} (${timeoutStageHints[error.timeoutStage]}).`;
    case 'TLSFailed':
      return `${TLS_SENTENCES[error.tlsReason ?? 'other']} (${error.message}).`;
    case 'AuthenticationFailed':
      return `${SENTENCES[reason]} (${error.message}): check user and password of the Secret, and spec.zookeeper.client.authentication.`;
    case 'Unreachable':
      return `${SENTENCES[reason]}: ${errorMessage(error)}.`;
    default:
      return SENTENCES[reason];
  }
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
