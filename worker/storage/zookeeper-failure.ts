import type { ExitName } from '../../api/worker-contract.ts';
import { connectionFailureOf, tellingError } from '../../assets/zookeeper/connection-failure.ts';
import { ZooKeeperError, type ErrorCode, type TlsFailureReason } from '../../zookeeper/index.ts';
import { WorkerFailure } from '../failure.ts';
import { offeredBy } from './credentials.ts';
import { answerFailure } from './server-answer.ts';
import type { Side, SideName, SideOptions } from './side.ts';

const AUTHENTICATION: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'AuthFailed',
  'SessionClosedRequireAuth',
]);

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
  if (error.code === 'Unimplemented' && error.serverCode === null) {
    const message = `The ${name} (${servers}) is older than ZooKeeper 3.4, the oldest release that can be copied from or to: upgrade it.`;
    return new WorkerFailure('GuardRefused', message, { cause: error, guard: 'ServerTooOld' });
  }
  const { message } = connectionFailureOf(error, offeredBy(options));
  return new WorkerFailure(
    isFinal(error) ? 'AuthenticationFailed' : UNAVAILABLE[name],
    `No session with the ${name} (${servers}), ${tellingError(error).code}: ${message}`,
    { cause: error },
  );
}

const UNAVAILABLE = {
  source: 'SourceUnavailable',
  destination: 'DestinationUnavailable',
} as const satisfies Record<SideName, ExitName>;

/** No other attempt ends otherwise: somebody has to change the credentials, or a certificate. */
function isFinal({ code, tlsReason }: ZooKeeperError): boolean {
  return AUTHENTICATION.has(code) || (tlsReason !== null && FINAL_TLS_REASONS.has(tlsReason));
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
