import { connect, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import { ZooKeeperError, abortError, type ErrorCode } from '../errors.ts';
import { formatAddress, type ServerAddress } from '../servers/server-address.ts';
import { tlsFailure } from './tls-failure.ts';
import { loadTlsOptions, type TlsOptions, type TlsSource } from './tls-options.ts';

export interface ConnectionHandlers {
  /** With TLS: there is a connection, and the TLS handshake begins. */
  onTcpConnected?: () => void;
  /** The bytes that arrived are the first of `buffer`, which is overwritten once this returns. */
  onData: (buffer: Buffer, byteCount: number) => void;
  /** What was written has left; more is welcome. */
  onDrain?: () => void;
  /** Once, after which nothing else is called; `error` is null when the other side just closed. */
  onClose: (error: Error | null) => void;
}

export interface ConnectionOptions {
  address: ServerAddress;
  /** null: without TLS. */
  tls: TlsSource | null;
  /** Gives up; its reason is thrown, if it is a ZooKeeperError. Deadlines are the caller's. */
  signal: AbortSignal;
  handlers: ConnectionHandlers;
}

/** Of a name with several addresses, how long to try each before starting on the next. */
const PER_ADDRESS_TIMEOUT_MS = 2_000;

/** How long the other side may take to read the last bytes. */
const FINISH_TIMEOUT_MS = 2_000;

/**
 * Without TLS, one buffer receives all that arrives. A new one for each piece of input, as streams
 * make it, would be two thirds of the buffers that a read allocates (docs/benchmarks.md).
 */
const RECEIVE_BUFFER_BYTES = 64 * 1024;

/** Silence after which the operating system starts to probe the other side. */
const KEEP_ALIVE_DELAY_MS = 15_000;

const codesOfSystemErrors: Partial<Record<string, ErrorCode>> = {
  ECONNREFUSED: 'ConnectionRefused',
  ENOTFOUND: 'NameNotResolved',
  EAI_AGAIN: 'NameNotResolved',
  EAI_FAIL: 'NameNotResolved',
  ETIMEDOUT: 'ConnectTimeout',
  EHOSTUNREACH: 'HostUnreachable',
  ENETUNREACH: 'HostUnreachable',
  EADDRNOTAVAIL: 'HostUnreachable',
  EPERM: 'HostUnreachable',
  EACCES: 'HostUnreachable',
};

function connectError(address: ServerAddress, cause: NodeJS.ErrnoException): ZooKeeperError {
  const code = codesOfSystemErrors[cause.code ?? ''] ?? 'ClosedByServer';
  // Several addresses of one name fail together, as an AggregateError without a message.
  const reason = cause.message === '' ? (cause.code ?? cause.name) : cause.message;
  const timeoutStage = code === 'ConnectTimeout' ? 'connection' : null;
  return new ZooKeeperError(code, `${formatAddress(address)}: ${reason}`, { cause, timeoutStage });
}

/**
 * One TCP or TLS connection, without any notion of the protocol and without retries. This is the
 * only file of the client that opens sockets.
 */
export class Connection {
  readonly #socket: Socket;
  #isClosed = false;
  #isFinishing = false;

  constructor(
    socket: Socket,
    { onData, onDrain, onClose }: ConnectionHandlers,
    explain: (error: Error) => Error = (error) => error,
  ) {
    this.#socket = socket;
    let failure: Error | null = null;
    // A socket with a receive buffer has no such event.
    socket.on('data', (chunk) => {
      if (!this.#isClosed) onData(chunk, chunk.length);
    });
    socket.on('drain', () => {
      if (!this.#isClosed) onDrain?.();
    });
    socket.once('error', (error) => {
      failure = explain(error);
    });
    // A half-closed connection is of no use: ZooKeeper closes whole sessions.
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      onClose(failure);
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** False while earlier bytes still wait for the network. */
  get isWritable(): boolean {
    return !this.#isClosed && !this.#socket.writableNeedDrain;
  }

  /** Writes in one system call where that is possible. */
  write(parts: readonly Buffer[]): void {
    if (this.#isClosed || parts.length === 0) return;
    if (parts.length > 1) this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    if (parts.length > 1) this.#socket.uncork();
  }

  /** Drops the connection at once; no handler is called any more. Idempotent. */
  destroy(): void {
    this.#isClosed = true;
    if (!this.#isFinishing) this.#socket.destroy();
  }

  /** Sends what was written, then closes; no handler is called any more. */
  finish(): void {
    this.#isClosed = true;
    this.#isFinishing = true;
    this.#socket.setTimeout(FINISH_TIMEOUT_MS, () => this.#socket.destroy());
    this.#socket.destroySoon();
  }
}

/**
 * Opens a connection, resolving the name anew each time (addresses of pods change) and asking for
 * certificates anew (they are renewed).
 *
 * @throws ZooKeeperError ConnectionRefused, HostUnreachable, NameNotResolved, ConnectTimeout,
 *   ClosedByServer, TlsFailed or what the signal says
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { address, signal, handlers } = options;
  if (signal.aborted) throw abortError(signal);
  const tls = options.tls === null ? null : await loadedInTime(options.tls, signal);
  let plain: Connection | null = null;
  const buffer = Buffer.allocUnsafeSlow(RECEIVE_BUFFER_BYTES);
  const onRead = (byteCount: number): boolean => {
    if (plain?.isClosed === false) handlers.onData(buffer, byteCount);
    return true;
  };
  const socket = connect({
    host: address.host,
    port: address.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
    autoSelectFamilyAttemptTimeout: PER_ADDRESS_TIMEOUT_MS,
    // TLS on top of a socket that has such a buffer does not work.
    ...(tls === null ? { onread: { buffer, callback: onRead } } : {}),
  });
  const explain = (error: Error): ZooKeeperError => connectError(address, error);
  const whenConnected = { event: 'connect', signal, explain } as const;
  if (tls === null) {
    return established(socket, whenConnected, () => (plain = new Connection(socket, handlers)));
  }
  await established(socket, whenConnected, () => handlers.onTcpConnected?.());
  return startTls(socket, tls, options);
}

interface Establishment {
  event: 'connect' | 'secureConnect';
  signal: AbortSignal;
  explain: (error: Error) => ZooKeeperError;
}

/** Waits for the event and takes the socket over within it, before anything else can happen. */
async function established<T>(
  socket: Socket,
  { event, signal, explain }: Establishment,
  takeOver: () => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    // Whatever comes after the first failure was told already.
    socket.on('error', ignore);
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
    };
    const fail = (error: ZooKeeperError): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => {
      fail(abortError(signal));
    };
    const onError = (error: Error): void => {
      fail(explain(error));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once(event, () => {
      settle();
      resolve(takeOver());
    });
  });
}

/**
 * Nothing of the environment (NODE_TLS_REJECT_UNAUTHORIZED) can switch the verification off. Names
 * are compared with the host as it was configured, never with the address it resolved to.
 */
async function startTls(
  socket: Socket,
  tls: TlsOptions,
  { address, signal, handlers }: ConnectionOptions,
): Promise<Connection> {
  const expectedName = tls.serverName ?? address.host;
  const secure = connectTls({
    socket,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert, key: tls.key }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    // An address is no name that could be indicated (RFC 6066, 3).
    servername: isIP(expectedName) === 0 ? expectedName : '',
    checkServerIdentity: (_name, certificate) => checkServerIdentity(expectedName, certificate),
  });
  const hasClientCertificate = tls.cert !== undefined;
  const context = { server: formatAddress(address), expectedName, hasClientCertificate };
  const explain = (error: Error): ZooKeeperError =>
    tlsFailure(error, context) ?? closedDuringTls(address, error);
  return established(secure, { event: 'secureConnect', signal, explain }, () => {
    // In TLS 1.3 the server judges the client's certificate after the client is done.
    const explainLater = (error: Error): Error => tlsFailure(error, context) ?? error;
    return new Connection(secure, handlers, explainLater);
  });
}

function closedDuringTls(address: ServerAddress, cause: Error): ZooKeeperError {
  const reason = 'closed the connection instead of a TLS handshake; is it the port without TLS?';
  return new ZooKeeperError('ClosedByServer', `${formatAddress(address)}: ${reason}`, { cause });
}

/** The caller's function may take as long as it likes, but not longer than the deadline. */
async function loadedInTime(source: TlsSource, signal: AbortSignal): Promise<TlsOptions> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(abortError(signal));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    const settled = (): void => {
      signal.removeEventListener('abort', onAbort);
    };
    loadTlsOptions(source).then(resolve, reject).finally(settled);
  });
}

function ignore(): void {
  // The caller has already been told.
}
