/**
 * Codes that a server sends, by the number on the wire (KeeperException.Code of Apache
 * ZooKeeper). Names are the upstream ones in camel case, but for `SessionClosedRequireAuth`
 * (SESSIONCLOSEDREQUIRESASLAUTH there, although SASL is not the only way) and `Throttled`
 * (THROTTLEDOP).
 */
export const serverCodes = {
  [-1]: 'SystemError',
  [-2]: 'RuntimeInconsistency',
  [-3]: 'DataInconsistency',
  [-4]: 'ConnectionLoss',
  [-5]: 'MarshallingError',
  [-6]: 'Unimplemented',
  [-7]: 'OperationTimeout',
  [-8]: 'BadArguments',
  [-12]: 'UnknownSession',
  [-13]: 'NewConfigNoQuorum',
  [-14]: 'ReconfigInProgress',
  [-100]: 'ApiError',
  [-101]: 'NoNode',
  [-102]: 'NoAuth',
  [-103]: 'BadVersion',
  [-108]: 'NoChildrenForEphemerals',
  [-110]: 'NodeExists',
  [-111]: 'NotEmpty',
  [-112]: 'SessionExpired',
  [-113]: 'InvalidCallback',
  [-114]: 'InvalidAcl',
  [-115]: 'AuthFailed',
  [-118]: 'SessionMoved',
  [-119]: 'NotReadOnly',
  [-120]: 'EphemeralOnLocalSession',
  [-121]: 'NoWatcher',
  [-122]: 'RequestTimeout',
  [-123]: 'ReconfigDisabled',
  [-124]: 'SessionClosedRequireAuth',
  [-125]: 'QuotaExceeded',
  [-127]: 'Throttled',
} as const satisfies Record<number, string>;

export type ServerErrorCode = (typeof serverCodes)[keyof typeof serverCodes];

/**
 * Everything that can go wrong on this side of the wire:
 *
 * - `ConnectionRefused`, `HostUnreachable`, `NameNotResolved`: no connection came about.
 * - `ConnectTimeout`: nothing answered within the deadline; `timeoutStage` says what was waited for.
 * - `NotZooKeeper`: something answers there, in another protocol.
 * - `TlsFailed`: no TLS came about; `tlsReason` says why.
 * - `ClosedByServer`: the server closed the connection instead of answering.
 * - `ConnectionLoss`: an established connection broke.
 * - `ProtocolError`: an established connection carried bytes that make no sense.
 * - `ReplyTooLarge`: the reply to this request is larger than the call allows; it was not read, and
 *   the connection was dropped.
 * - `PacketTooLarge`: the request was not sent, because the server would drop the connection.
 * - `InvalidAddress`, `BadArguments`: the caller's mistake.
 * - `Aborted`: the caller's AbortSignal; `Closed`: the caller closed the client.
 * - `NotServing`, `CommandRefused`: answers to a four-letter word.
 */
export type ClientErrorCode =
  | 'ConnectionRefused'
  | 'HostUnreachable'
  | 'NameNotResolved'
  | 'ConnectTimeout'
  | 'NotZooKeeper'
  | 'TlsFailed'
  | 'ClosedByServer'
  | 'ProtocolError'
  | 'PacketTooLarge'
  | 'ReplyTooLarge'
  | 'InvalidAddress'
  | 'Aborted'
  | 'Closed'
  | 'NotServing'
  | 'CommandRefused';

/** `Unknown` is a server's code that this client has no name for; see `serverCode`. */
export type ErrorCode = ServerErrorCode | ClientErrorCode | 'Unknown';

const retryableCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ConnectionLoss',
  'OperationTimeout',
  'SessionMoved',
  'NotReadOnly',
  'RequestTimeout',
  'Throttled',
  'ReconfigInProgress',
  'NewConfigNoQuorum',
  'ConnectionRefused',
  'HostUnreachable',
  'NameNotResolved',
  'ConnectTimeout',
  'ClosedByServer',
  'ProtocolError',
  'NotServing',
]);

/**
 * Why TLS did not come about:
 *
 * - `untrustedServer`: its certificate comes from none of the authorities trusted here.
 * - `wrongServerName`: its certificate is for another name.
 * - `serverCertificateNotValidNow`: its certificate has expired, or is not valid yet.
 * - `clientCertificateRequired`: the server demands one, and none is configured.
 * - `clientCertificateRefused`: the server does not accept the one that is.
 * - `unusableCredentials`: certificate, key or authorities on this side cannot be read.
 * - `noCommonProtocol`: no version or cipher in common; `notTls`: the answer is not TLS at all.
 */
export type TlsFailureReason =
  | 'untrustedServer'
  | 'wrongServerName'
  | 'serverCertificateNotValidNow'
  | 'clientCertificateRequired'
  | 'clientCertificateRefused'
  | 'unusableCredentials'
  | 'noCommonProtocol'
  | 'notTls'
  | 'other';

/**
 * What did not come within the deadline:
 *
 * - `connection`: not even a connection, so that packets are lost on the way, or nobody is there.
 * - `tlsHandshake`: there is a connection, and what answers there does not finish TLS.
 * - `answer`: there is a connection, and whoever accepted it stays silent.
 * - `authentication`: the server opened a session and does not answer who the client is.
 */
export type TimeoutStage = 'connection' | 'tlsHandshake' | 'answer' | 'authentication';

/** The same for people, to go on a sentence that says that nothing came in time. */
export const timeoutStageHints: Readonly<Record<TimeoutStage, string>> = {
  connection: 'no answer to the connection attempt: a firewall that drops packets?',
  tlsHandshake: 'what is there accepts connections and does not finish the TLS handshake',
  answer: 'what is there accepts connections and stays silent',
  authentication: 'the server opens a session and does not answer who the client is',
};

export interface ZooKeeperErrorDetails {
  path?: string | null;
  operation?: string | null;
  serverCode?: number | null;
  isOutcomeUnknown?: boolean;
  tlsReason?: TlsFailureReason | null;
  timeoutStage?: TimeoutStage | null;
  replyBytes?: number | null;
  cause?: unknown;
}

/**
 * The one class of errors that this client throws. Decide by `code`; `message` is for people.
 */
export class ZooKeeperError extends Error {
  override readonly name: string = 'ZooKeeperError';
  readonly code: ErrorCode;
  /** The znode that the operation was about, as the caller named it. */
  readonly path: string | null;
  /** The method of the client that failed, for example `setData`. */
  readonly operation: string | null;
  /** The number that the server sent; `null` when the error arose on this side. */
  readonly serverCode: number | null;
  /**
   * The operation may have taken effect: it was handed to the network and no answer came. Always
   * false for operations that change nothing.
   */
  readonly isOutcomeUnknown: boolean;
  /** With the code `TlsFailed`: why; null otherwise. */
  readonly tlsReason: TlsFailureReason | null;
  /** With the code `ConnectTimeout`: what was waited for; null otherwise. */
  readonly timeoutStage: TimeoutStage | null;
  /** With the code `ReplyTooLarge`: how long the reply would have been; null otherwise. */
  readonly replyBytes: number | null;

  constructor(code: ErrorCode, message: string, details: ZooKeeperErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.path = details.path ?? null;
    this.operation = details.operation ?? null;
    this.serverCode = details.serverCode ?? null;
    this.isOutcomeUnknown = details.isOutcomeUnknown ?? false;
    this.tlsReason = details.tlsReason ?? null;
    this.replyBytes = details.replyBytes ?? null;
    this.timeoutStage = details.timeoutStage ?? null;
  }

  /**
   * The same call may succeed later although nobody repairs anything. A retry of a write whose
   * `isOutcomeUnknown` is true may execute it twice.
   */
  get isRetryable(): boolean {
    return retryableCodes.has(this.code);
  }
}

/** The name of a number that a server sent as an error. */
export function errorCodeOf(serverCode: number): ServerErrorCode | 'Unknown' {
  const names: Partial<Record<number, ServerErrorCode>> = serverCodes;
  return names[serverCode] ?? 'Unknown';
}

/** The error for a negative answer of the server to one operation. */
export function serverError(
  serverCode: number,
  details: Omit<ZooKeeperErrorDetails, 'serverCode'> = {},
): ZooKeeperError {
  const code = errorCodeOf(serverCode);
  const what = code === 'Unknown' ? `error ${serverCode}` : code;
  const about = [details.operation, details.path].filter(Boolean).join(' ');
  const message = about === '' ? `server answered ${what}` : `${about}: ${what}`;
  return new ZooKeeperError(code, message, { ...details, serverCode });
}

/** Bytes that violate the protocol. */
export function protocolError(message: string, cause?: unknown): ZooKeeperError {
  return new ZooKeeperError('ProtocolError', message, { cause });
}

/** Any thrown thing as a ZooKeeperError; what is one already stays as it is. */
export function toZooKeeperError(error: unknown, code: ErrorCode): ZooKeeperError {
  if (error instanceof ZooKeeperError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ZooKeeperError(code, message, { cause: error });
}

/** The error for an aborted signal: its reason, if that is already one of ours. */
export function abortError(signal: AbortSignal): ZooKeeperError {
  const reason: unknown = signal.reason;
  if (reason instanceof ZooKeeperError) return reason;
  return new ZooKeeperError('Aborted', 'aborted by the caller', { cause: reason });
}
