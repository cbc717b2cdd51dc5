import { errorMessage } from '../../../common/describe-error.ts';
import {
  timeoutStageHints,
  type ErrorCode,
  type TlsFailureReason,
  ZooKeeperError,
} from '../../../zookeeper/index.ts';
import type { ProbeFailure } from './server-probe.ts';

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
    'something answers there that does not speak the ZooKeeper protocol: give the client port, 2181 as a rule',
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

/** What a probe that failed with this error found: a word of the table, and a sentence for a person. */
export function probeFailureOf(lost: ZooKeeperError): {
  readonly reason: ProbeFailure;
  readonly message: string;
} {
  const error = causeOf(lost);
  const reason = FAILURES[error.code] ?? 'Unreachable';
  return { reason, message: describe(reason, error) };
}

/** A connection that was dropped for what came over it was not closed by the server. */
function causeOf(error: ZooKeeperError): ZooKeeperError {
  const { cause } = error;
  return cause instanceof ZooKeeperError && cause.code === 'ProtocolError' ? cause : error;
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
    case 'NotZooKeeper':
      return `${SENTENCES[reason]} (${error.message}).`;
    case 'Unreachable':
      return `${SENTENCES[reason]}: ${errorMessage(error)}.`;
    default:
      return SENTENCES[reason];
  }
}
