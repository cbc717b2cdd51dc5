import { isServerErrorName, SERVER_ERRORS } from '../../api/server-errors.ts';
import { errorMessage } from '../../common/describe-error.ts';
import { WorkerFailure } from '../failure.ts';
import {
  ZooKeeperError,
  timeoutStageHints,
  type ErrorCode,
  type TlsFailureReason,
} from '../../zookeeper/index.ts';
import { answerFailure } from './server-answer.ts';
import type { Side, SideName, SideOptions } from './side.ts';

const AUTHENTICATION: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'AuthFailed',
  'SessionClosedRequireAuth',
]);

const WITHOUT_QUORUM =
  'ZooKeeper runs there, but without a quorum it serves nobody, or offers nothing but reading: bring the ensemble to a quorum';

/** What to do about servers that could not be reached, where the error tells. */
const REMEDIES: Partial<Record<ErrorCode, string>> = {
  ConnectionRefused: 'nothing listens there: check host and port, and that the server runs',
  HostUnreachable: 'there is no way to that host: check the address and the network',
  NameNotResolved: 'the name is not known: check the host name and the DNS',
  ConnectTimeout: 'nothing answered in time: check address, network policies and firewalls',
  NotZooKeeper: 'what answers there is no ZooKeeper client port: check the port',
  NotServing: WITHOUT_QUORUM,
  NotReadOnly: WITHOUT_QUORUM,
  ClosedByServer:
    'the server closed the connection without a word: it has as many connections as it takes (maxClientCnxns from one address, maxCnxns in all), that port has TLS and this client does not use it, or the other way round, or it does not serve; its log tells',
};

/** What to do about certificates, keys of the Secret by their names. */
const TLS_REMEDIES: Record<TlsFailureReason, string> = {
  untrustedServer:
    "the authority of its certificate is not trusted: put the servers' authority into ca.crt",
  wrongServerName:
    'its certificate is for another name: give the servers as it names them, or the name to expect',
  serverCertificateNotValidNow:
    'its certificate, or that of its authority, has expired or is not valid yet: renew it',
  clientCertificateRequired: 'it demands a client certificate: put it into tls.crt and tls.key',
  clientCertificateRefused: 'it does not accept the client certificate in tls.crt: check that one',
  unusableCredentials: 'ca.crt, tls.crt or tls.key cannot be used: check them',
  noCommonProtocol: 'there is no TLS version or cipher in common, at least TLS 1.2',
  notTls: 'what answers there does not speak TLS: check the port',
  other: 'the TLS handshake failed: look into the log of the server',
};

/** The others may pass by themselves, or be about another server than the one that was meant. */
const FINAL_TLS_REASONS: ReadonlySet<TlsFailureReason> = new Set<TlsFailureReason>([
  'untrustedServer',
  'wrongServerName',
  'serverCertificateNotValidNow',
  'clientCertificateRequired',
  'clientCertificateRefused',
  'unusableCredentials',
]);

/** The end of a run that could not open a session on one side. */
export function connectFailure(name: SideName, options: SideOptions, error: unknown): Error {
  if (!(error instanceof ZooKeeperError)) return toError(error);
  const servers = options.servers.join(', ');
  if (AUTHENTICATION.has(error.code)) {
    const message = `The ${name} (${servers}) ${refusal(options, error)}`;
    return new WorkerFailure('AuthenticationFailed', message, { cause: error });
  }
  if (error.tlsReason !== null && FINAL_TLS_REASONS.has(error.tlsReason)) {
    const message = `No TLS with the ${name} (${servers}): ${TLS_REMEDIES[error.tlsReason]} (${error.message}).`;
    return new WorkerFailure('AuthenticationFailed', message, { cause: error });
  }
  if (error.code === 'Unimplemented' && error.serverCode === null) {
    const message = `The ${name} (${servers}) is older than ZooKeeper 3.4, the oldest release that can be copied from or to: upgrade it.`;
    return new WorkerFailure('GuardRefused', message, { cause: error, guard: 'ServerTooOld' });
  }
  const message = `No session with the ${name} (${servers}), ${error.code}: ${remedyFor(error)}`;
  return new WorkerFailure(unavailable(name), message, { cause: error });
}

function unavailable(name: SideName): 'SourceUnavailable' | 'DestinationUnavailable' {
  return name === 'source' ? 'SourceUnavailable' : 'DestinationUnavailable';
}

/** What a server wants that lets nobody in without an identity, and what it was offered. */
function refusal(options: SideOptions, { code, message }: ZooKeeperError): string {
  if (code === 'AuthFailed') {
    return `refused the credentials: ${message}. Check user and password in its Secret, and how they are used.`;
  }
  const { authentication, credentialsDir } = options;
  if (authentication === 'None' || credentialsDir === null) {
    return `serves nobody who does not authenticate (${code}), and this client was given no user and password: give its Database a Secret with them, and an authentication other than None (spec.zookeeper.client.authentication).`;
  }
  return `serves nobody who does not authenticate by a scheme of its own choice (${code}), and user and password (${authentication}) are not it: look at enforce.auth.schemes of its servers. x509 takes a client certificate (tls.crt and tls.key of the Secret, spec.zookeeper.client.tls), sasl takes the authentication Sasl.`;
}

function remedyFor(error: ZooKeeperError): string {
  const { code, tlsReason, timeoutStage } = error;
  if (tlsReason !== null) return `${TLS_REMEDIES[tlsReason]}.`;
  const remedy = REMEDIES[code];
  if (remedy === undefined && isServerErrorName(code)) {
    return `${SERVER_ERRORS[code].meaning} ${SERVER_ERRORS[code].remedy}`;
  }
  const hint = timeoutStage === null ? '' : ` (${timeoutStageHints[timeoutStage]})`;
  return `${remedy ?? errorMessage(error)}${hint}.`;
}

/** The end of a run whose session on one side cannot be used any more. */
export function sessionFailure({ name, options }: Side, error: unknown): Error {
  if (!(error instanceof ZooKeeperError)) return toError(error);
  if (AUTHENTICATION.has(error.code)) return connectFailure(name, options, error);
  return answerFailure(name, error);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
