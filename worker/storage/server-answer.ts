import { isServerErrorName, SERVER_ERRORS } from '../../api/server-errors.ts';
import type { ExitName } from '../../api/worker-contract.ts';
import type { ErrorCode, ZooKeeperError } from '../../zookeeper/index.ts';
import { WorkerFailure } from '../failure.ts';
import type { SideName } from './side.ts';

/** What a run ends with that cannot go on after such an answer of a server. */
type Ending = Extract<
  ExitName,
  | 'SourceUnavailable'
  | 'DestinationUnavailable'
  | 'SessionLost'
  | 'AuthenticationFailed'
  | 'GuardRefused'
  | 'Incomplete'
>;

/** The server is there and cannot do it now: another attempt may find it well. */
const UNWELL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SystemError',
  'RuntimeInconsistency',
  'DataInconsistency',
  'MarshallingError',
  'OperationTimeout',
  'RequestTimeout',
  'NewConfigNoQuorum',
  'ReconfigInProgress',
  'NotReadOnly',
  'Throttled',
]);

/** The session is of no use any more. */
const OVER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'SessionExpired',
  'UnknownSession',
  'Closed',
]);

/** There is no session, or none that may ask. */
const NO_SESSION: readonly ErrorCode[] = [
  ...OVER,
  'ConnectionLoss',
  'SessionMoved',
  'AuthFailed',
  'SessionClosedRequireAuth',
  'Aborted',
];

const NOT_JUDGED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([...NO_SESSION, 'Throttled']);

/** An error that says nothing of what was asked: no server has judged it. */
export function isNotJudged(code: ErrorCode): boolean {
  return NOT_JUDGED.has(code);
}

/** Where nobody noted which side it was, the session with it counts as lost: that is tried again, too. */
const UNAVAILABLE = {
  source: 'SourceUnavailable',
  destination: 'DestinationUnavailable',
  server: 'SessionLost',
} as const;

/**
 * The end of a run by a server's answer, or by the end of a session: always one of the contract,
 * with the name of the error and what to do.
 */
export function answerFailure(side: SideName | 'server', error: ZooKeeperError): WorkerFailure {
  const outcome = outcomeOf(side, error);
  const details = { cause: error };
  if (outcome === 'SessionLost') {
    const message = `The session with the ${side} was lost (${error.code}): the next attempt goes on.`;
    return new WorkerFailure(outcome, message, details);
  }
  const guard = outcome === 'GuardRefused' ? { guard: 'LocalSessions' as const } : {};
  return new WorkerFailure(outcome, sentence(side, error), { ...details, ...guard });
}

function outcomeOf(side: SideName | 'server', { code, isRetryable }: ZooKeeperError): Ending {
  if (UNWELL.has(code)) return UNAVAILABLE[side];
  if (OVER.has(code) || isRetryable) return 'SessionLost';
  if (code === 'NoAuth') return 'AuthenticationFailed';
  return code === 'EphemeralOnLocalSession' ? 'GuardRefused' : 'Incomplete';
}

function sentence(side: SideName | 'server', error: ZooKeeperError): string {
  const { code, operation, path, serverCode } = error;
  const asked = [operation, path === null ? null : JSON.stringify(path)].filter(Boolean).join(' ');
  const number = serverCode === null ? '' : `, ${serverCode}`;
  if (code === 'ReplyTooLarge') {
    return `The answer of the ${side} to ${asked} is larger than a worker takes at once (${error.message}): exclude that znode (exclude.paths), or make its data or its list of children smaller.`;
  }
  const what = `The ${side} answered ${asked === '' ? 'a request' : asked} with ${code}${number}`;
  if (!isServerErrorName(code)) {
    return `${what} (${error.message}): look into the log of the server.`;
  }
  const { meaning, remedy } = SERVER_ERRORS[code];
  return `${what}: ${meaning} ${remedy}`;
}
