import { isServerErrorName, SERVER_ERRORS } from '../../api/server-errors.ts';
import { errorMessage } from '../../common/describe-error.ts';
import {
  timeoutStageHints,
  type ErrorCode,
  type TlsFailureReason,
  ZooKeeperError,
} from '../../zookeeper/index.ts';
import type { ReasonOf } from '../../api/reasons.ts';
import type { AuthenticationScheme } from './connection-options.ts';

/** Why there is no session with a server, in a word of the table of reasons. */
export type ConnectionFailure = Extract<
  ReasonOf<'Database'>,
  | 'ConnectionRefused'
  | 'ConnectTimeout'
  | 'HostUnreachable'
  | 'NameNotResolved'
  | 'ConnectionClosed'
  | 'NotZooKeeper'
  | 'NotServing'
  | 'TLSFailed'
  | 'AuthenticationRequired'
  | 'AuthenticationFailed'
  | 'Unreachable'
>;

const FAILURES: Partial<Record<ErrorCode, ConnectionFailure>> = {
  ConnectionRefused: 'ConnectionRefused',
  ConnectTimeout: 'ConnectTimeout',
  HostUnreachable: 'HostUnreachable',
  NameNotResolved: 'NameNotResolved',
  ClosedByServer: 'ConnectionClosed',
  ConnectionLoss: 'ConnectionClosed',
  NotZooKeeper: 'NotZooKeeper',
  ProtocolError: 'NotZooKeeper',
  NotServing: 'NotServing',
  NotReadOnly: 'NotServing',
  TlsFailed: 'TLSFailed',
  AuthFailed: 'AuthenticationFailed',
  SessionClosedRequireAuth: 'AuthenticationRequired',
};

/** A server that has lost its ensemble, and was told to go on for readers (readonlymode.enabled). */
const ONLY_READING =
  'ZooKeeper runs there, but offers only reading: its ensemble has no quorum. Bring its other servers back.';

/** What to do so that it is offered. */
const OFFERS: Readonly<Record<AuthenticationScheme, string>> = {
  sasl: 'user and password by SASL (spec.zookeeper.client.authentication: Sasl)',
  digest: 'user and password as a digest (spec.zookeeper.client.authentication: Digest)',
  x509: 'a client certificate (spec.zookeeper.client.tls.enabled, tls.crt and tls.key in the Secret, and the port with TLS)',
};

/** What each failure means, for a person; the address stands before it. */
const SENTENCES: Readonly<Record<ConnectionFailure, string>> = {
  ConnectionRefused:
    'nothing listens on that port (connection refused): check host and port, and that the server runs.',
  ConnectTimeout:
    'no answer in time: check the address, and network policies and firewalls on the way',
  HostUnreachable:
    'the network says that there is no way to that host: check the address, and routes, network policies and firewalls on the way.',
  NameNotResolved:
    'the host name cannot be resolved inside the cluster: correct it; a Service in another namespace is name.namespace.',
  ConnectionClosed:
    'the connection was closed without an answer: the server has as many connections as it takes (maxClientCnxns from one address, maxCnxns in all), spec.zookeeper.client.tls is not right for that port, or the server is overloaded; its log tells.',
  NotZooKeeper:
    'something answers there that does not speak the ZooKeeper protocol: give the client port, 2181 as a rule',
  NotServing:
    'ZooKeeper runs there, but serves nobody: it has no quorum. Bring its ensemble to a quorum.',
  TLSFailed: 'the TLS handshake failed',
  AuthenticationFailed: 'the server refused the credentials',
  AuthenticationRequired: 'the server serves only clients that authenticate (enforce.auth)',
  Unreachable: 'the connection failed',
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
 * What a connection that failed with this error found: a word of the table, and a sentence for a
 * person, which says what to do. Both programs say it so; the server stands before it.
 *
 * @param offered what the client authenticated with
 */
export function connectionFailureOf(
  lost: ZooKeeperError,
  offered: readonly AuthenticationScheme[] = [],
): {
  readonly reason: ConnectionFailure;
  readonly message: string;
} {
  const error = tellingError(lost);
  const reason = FAILURES[error.code] ?? 'Unreachable';
  return { reason, message: describe(reason, error, offered) };
}

/** A connection that was dropped for what came over it was not closed by the server: that error tells. */
export function tellingError(error: ZooKeeperError): ZooKeeperError {
  const { cause } = error;
  return cause instanceof ZooKeeperError && cause.code === 'ProtocolError' ? cause : error;
}

/** Where the sentence alone would leave open what to do, the error says the rest. */
function describe(
  reason: ConnectionFailure,
  error: ZooKeeperError,
  offered: readonly AuthenticationScheme[],
): string {
  switch (reason) {
    case 'ConnectTimeout':
      return `${SENTENCES[reason]}${whatDidNotCome(error)}.`;
    case 'TLSFailed':
      return `${TLS_SENTENCES[error.tlsReason ?? 'other']} (${error.message}).`;
    case 'AuthenticationFailed':
      return `${SENTENCES[reason]} (${error.message}): check user and password of the Secret, and spec.zookeeper.client.authentication.`;
    case 'NotZooKeeper':
      return `${SENTENCES[reason]} (${error.message}).`;
    case 'AuthenticationRequired':
      return `${SENTENCES[reason]}${authenticationRemedy(offered)}`;
    case 'NotServing':
      return error.code === 'NotReadOnly' ? ONLY_READING : SENTENCES[reason];
    case 'Unreachable':
      return unreachable(error);
    default:
      return SENTENCES[reason];
  }
}

/** Errors of a server have words of their own. */
function unreachable(error: ZooKeeperError): string {
  const { code } = error;
  if (!isServerErrorName(code)) return `${SENTENCES.Unreachable}: ${errorMessage(error)}.`;
  const { meaning, remedy } = SERVER_ERRORS[code];
  return `the server answered with ${code}: ${meaning} ${remedy}`;
}

function whatDidNotCome({ timeoutStage }: ZooKeeperError): string {
  return timeoutStage === null ? '' : ` (${timeoutStageHints[timeoutStage]})`;
}

/** What was offered cannot be what the server asks for: the rest is. */
function authenticationRemedy(offered: readonly AuthenticationScheme[]): string {
  const schemes = Object.keys(OFFERS) as AuthenticationScheme[];
  const rest = schemes.filter((scheme) => !offered.includes(scheme));
  const was =
    offered.length === 0 ? 'no credentials are used' : `${offered.join(' and ')} did not do`;
  if (rest.length === 0) return `, and ${was}: look into enforce.auth.schemes of the server.`;
  const offers = rest.map((scheme) => OFFERS[scheme]).join(', or ');
  return `, and ${was}: offer ${offers}, whichever enforce.auth.schemes of the server names.`;
}
