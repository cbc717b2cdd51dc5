import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { ZooKeeperError, abortError } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { formatAddress } from './server-address.ts';
import type { ServerAddress } from './server-address.ts';

export interface ConnectionHandlers {
  onData: (chunk: Buffer) => void;
  /** What was written has left; more is welcome. */
  onDrain?: () => void;
  /** Once, after which nothing else is called; `error` is null when the other side just closed. */
  onClose: (error: Error | null) => void;
}

export interface ConnectionOptions {
  address: ServerAddress;
  /** Gives up; its reason is thrown, if it is a ZooKeeperError. Deadlines are the caller's. */
  signal: AbortSignal;
  handlers: ConnectionHandlers;
}

/** Of a name with several addresses, how long to try each before starting on the next. */
const perAddressTimeoutMs = 2_000;

/** How long the other side may take to read the last bytes. */
const finishTimeoutMs = 2_000;

/** Silence after which the operating system starts to probe the other side. */
const keepAliveDelayMs = 15_000;

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
  return new ZooKeeperError(code, `${formatAddress(address)}: ${reason}`, { cause });
}

/**
 * One TCP connection, without any notion of the protocol and without retries. This is the only
 * file of the client that opens sockets.
 */
export class Connection {
  readonly #socket: Socket;
  #isClosed = false;
  #isFinishing = false;

  constructor(socket: Socket, { onData, onDrain, onClose }: ConnectionHandlers) {
    this.#socket = socket;
    let failure: Error | null = null;
    socket.on('data', (chunk) => {
      if (!this.#isClosed) onData(chunk);
    });
    socket.on('drain', () => {
      if (!this.#isClosed) onDrain?.();
    });
    socket.once('error', (error) => {
      failure = error;
    });
    // A half-closed connection is of no use: ZooKeeper closes whole sessions.
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      onClose(failure);
    });
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
    this.#socket.setTimeout(finishTimeoutMs, () => this.#socket.destroy());
    this.#socket.destroySoon();
  }
}

/**
 * Opens a connection, resolving the name anew each time (addresses of pods change).
 *
 * @throws ZooKeeperError ConnectionRefused, HostUnreachable, NameNotResolved, ConnectTimeout,
 *   ClosedByServer or what the signal says
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { address, signal, handlers } = options;
  if (signal.aborted) throw abortError(signal);
  const socket = connect({
    host: address.host,
    port: address.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveDelayMs,
    autoSelectFamilyAttemptTimeout: perAddressTimeoutMs,
  });
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
    };
    const fail = (error: ZooKeeperError): void => {
      settle();
      socket.on('error', ignore);
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => {
      fail(abortError(signal));
    };
    const onError = (error: Error): void => {
      fail(connectError(address, error));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once('connect', () => {
      settle();
      resolve(new Connection(socket, handlers));
    });
  });
}

function ignore(): void {
  // The caller has already been told.
}
