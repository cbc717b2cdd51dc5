import { errorMessage } from '../../common/describe-error.ts';
import { WorkerFailure } from '../failure.ts';
import { ZooKeeperError } from '../../zookeeper/index.ts';
import type { ErrorCode } from '../../zookeeper/index.ts';
import type { Side, SideName, SideOptions } from './side.ts';

const AUTHENTICATION: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'AuthFailed',
  'SessionClosedRequireAuth',
]);

/** What to do about servers that could not be reached, where the error tells. */
const REMEDIES: Partial<Record<ErrorCode, string>> = {
  ConnectionRefused: 'nothing listens there: check host and port, and that the server runs',
  HostUnreachable: 'there is no way to that host: check the address and the network',
  NameNotResolved: 'the name is not known: check the host name and the DNS',
  ConnectTimeout: 'nothing answered in time: check address, network policies and firewalls',
  NotZooKeeper: 'what answers there is no ZooKeeper client port: check the port',
  ClosedByServer: 'the server closed the connection: check that it serves, and its log',
};

/** The end of a run that could not open a session on one side. */
export function connectFailure(name: SideName, options: SideOptions, error: unknown): Error {
  if (!(error instanceof ZooKeeperError)) return toError(error);
  const servers = options.servers.join(', ');
  if (AUTHENTICATION.has(error.code)) {
    const message = `The ${name} (${servers}) refused the credentials: check user and password in its Secret.`;
    return new WorkerFailure('AuthenticationFailed', message, { cause: error });
  }
  const outcome = name === 'source' ? 'SourceUnavailable' : 'DestinationUnavailable';
  const remedy = REMEDIES[error.code] ?? errorMessage(error);
  const message = `No session with the ${name} (${servers}), ${error.code}: ${remedy}.`;
  return new WorkerFailure(outcome, message, { cause: error });
}

/** The end of a run whose session on one side cannot be used any more. */
export function sessionFailure({ name, options }: Side, error: unknown): Error {
  if (!(error instanceof ZooKeeperError)) return toError(error);
  if (AUTHENTICATION.has(error.code)) return connectFailure(name, options, error);
  if (error.code === 'SessionExpired' || error.isRetryable) {
    const message = `The session with the ${name} was lost (${error.code}): the next attempt goes on.`;
    return new WorkerFailure('SessionLost', message, { cause: error });
  }
  return error;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
