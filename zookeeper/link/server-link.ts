import type { Clock } from '../clock.ts';
import { openConnection, type Connection } from './connection.ts';
import { startDeadline, type Deadline } from '../deadline.ts';
import {
  ZooKeeperError,
  protocolError,
  serverError,
  toZooKeeperError,
  type TimeoutStage,
} from '../errors.ts';
import {
  Handshake,
  writeAuth,
  writeCloseSession,
  writePing,
  type HandshakeStep,
  type SessionOffer,
} from './handshake.ts';
import type { AuthInfo } from '../acl.ts';
import { Heartbeat } from './heartbeat.ts';
import { FrameDecoder } from '../protocol/frame-decoder.ts';
import { JuteReader } from '../protocol/jute-reader.ts';
import { JuteWriter } from '../protocol/jute-writer.ts';
import {
  ReplyHeader,
  AUTH_XID,
  NOTIFICATION_XID,
  PING_XID,
  type ConnectResponse,
} from '../protocol/records.ts';
import { formatAddress, type ServerAddress } from '../servers/server-address.ts';
import type { TlsSource } from './tls-options.ts';

export interface LinkHandlers {
  /** Once, when requests may be written. */
  onOpen: (link: ServerLink, response: ConnectResponse) => void;
  /** A reply to a request; an exception breaks the link. */
  onReply: (header: ReplyHeader, reader: JuteReader) => void;
  /** How long a reply is that is about to be read; an exception breaks the link. */
  onLargeReply: (byteCount: number) => void;
  onAuthReply: (header: ReplyHeader) => void;
  onNotification: (header: ReplyHeader, reader: JuteReader) => void;
  /** All replies that had arrived were delivered, or the network takes bytes again. */
  onReady: () => void;
  /** Once, after the link was established. */
  onLost: (error: ZooKeeperError) => void;
}

export interface LinkOptions {
  address: ServerAddress;
  offer: SessionOffer;
  steps: readonly HandshakeStep[];
  tls: TlsSource | null;
  /** Until the handshake is complete, name resolution included. */
  timeoutMs: number;
  maxReplyBytes: number;
  clock: Clock;
  signal: AbortSignal;
  handlers: LinkHandlers;
}

const TLS_ALERT = 0x15;

const missing: Readonly<Record<TimeoutStage, string>> = {
  connection: 'no connection',
  tlsHandshake: 'connected, but no TLS handshake',
  answer: 'connected, but no answer',
  authentication: 'authentication not answered',
};

const tlsHint = '; is it a port with TLS?';

/**
 * One connection to one server that speaks ZooKeeper: handshake, heartbeat, and frames handed to
 * where they belong. Never reconnects.
 */
export class ServerLink {
  readonly #options: LinkOptions;
  readonly #handshake: Handshake;
  readonly #decoder: FrameDecoder;
  readonly #reader = new JuteReader();
  readonly #header = new ReplyHeader();
  readonly #writer = new JuteWriter(1_024);
  readonly #deadline: Deadline;
  #connection: Connection | null = null;
  #isTlsPending = false;
  #heartbeat: Heartbeat | null = null;
  #state: 'opening' | 'live' | 'dead' = 'opening';
  #firstByte: number | null = null;
  #onOpened: () => void = () => undefined;
  #onOpenFailed: (error: ZooKeeperError) => void = () => undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#handshake = new Handshake(options.offer, options.steps);
    this.#decoder = new FrameDecoder(
      (buffer, start, end) => {
        this.#reader.reset(buffer, start, end);
        this.#onFrame();
      },
      options.maxReplyBytes,
      (byteCount) => {
        if (this.#state === 'live') options.handlers.onLargeReply(byteCount);
      },
    );
    this.#deadline = startDeadline({
      clock: options.clock,
      timeoutMs: options.timeoutMs,
      outer: options.signal,
      explain: () => this.#timeout(),
    });
  }

  get address(): ServerAddress {
    return this.#options.address;
  }

  /** The network takes more bytes. */
  get isWritable(): boolean {
    return this.#state === 'live' && this.#connection?.isWritable === true;
  }

  /** When the server was last heard of, by the clock of the options. */
  get lastReceivedMs(): number {
    return this.#heartbeat?.lastReceivedMs ?? 0;
  }

  /** Connects and shakes hands. Rejects with a ZooKeeperError; the link is then of no use. */
  async open(): Promise<void> {
    const { signal } = this.#deadline;
    try {
      const opened = this.#whenOpened(signal);
      this.#connection = await openConnection({
        address: this.#options.address,
        tls: this.#options.tls,
        signal,
        handlers: {
          onTcpConnected: () => {
            this.#isTlsPending = true;
          },
          onData: this.#onData,
          onDrain: this.#options.handlers.onReady,
          onClose: this.#onClose,
        },
      });
      this.#connection.write([this.#handshake.begin()]);
      await opened;
    } catch (error) {
      this.#die();
      throw error;
    } finally {
      this.#deadline.clear();
    }
  }

  /** Writes requests; {@link isWritable} tells whether that is welcome. */
  write(parts: readonly Buffer[]): void {
    if (parts.length === 0) return;
    this.#connection?.write(parts);
    this.#heartbeat?.sent();
  }

  sendAuth(auth: AuthInfo): void {
    writeAuth(this.#writer, auth);
    this.write([this.#writer.takeAll()]);
  }

  /** Ends the link; its owner hears of it through `onLost`. Idempotent. */
  fail(error: ZooKeeperError): void {
    const before = this.#state;
    if (before === 'dead') return;
    this.#die();
    if (before === 'live') this.#options.handlers.onLost(error);
    else this.#onOpenFailed(error);
  }

  /** Set up before there is a connection, which may close as soon as it exists. */
  #whenOpened(signal: AbortSignal): Promise<void> {
    const opened = new Promise<void>((resolve, reject) => {
      this.#onOpened = resolve;
      this.#onOpenFailed = reject;
    });
    // While the connection is being opened, that is what reports the failure.
    opened.catch(() => undefined);
    signal.addEventListener(
      'abort',
      () => {
        this.fail(toZooKeeperError(signal.reason, 'Aborted'));
      },
      { once: true },
    );
    return opened;
  }

  #die(): void {
    this.#state = 'dead';
    this.#decoder.stop();
    this.#heartbeat?.stop();
    this.#connection?.destroy();
  }

  readonly #onData = (buffer: Buffer, byteCount: number): void => {
    this.#firstByte ??= buffer[0] ?? null;
    this.#heartbeat?.received();
    try {
      this.#decoder.push(buffer, byteCount);
    } catch (error) {
      this.fail(this.#judge(toZooKeeperError(error, 'ProtocolError')));
      return;
    }
    if (this.#state === 'live') this.#options.handlers.onReady();
  };

  readonly #onClose = (cause: Error | null): void => {
    if (this.#state === 'live') {
      this.fail(this.#error('ConnectionLoss', 'connection lost', cause));
    } else {
      this.fail(this.#judgeClose(cause));
    }
  };

  #onFrame(): void {
    if (this.#state === 'live') this.#dispatch(this.#header.read(this.#reader));
    else this.#continueHandshake();
  }

  #continueHandshake(): void {
    const handshake = this.#handshake;
    if (handshake.response === null) {
      const next = handshake.acceptResponse(this.#reader);
      if (handshake.isForeignSession) this.#refuseForeignSession();
      this.#connection?.write([next]);
    } else {
      const header = this.#header.read(this.#reader);
      if (header.xid === NOTIFICATION_XID) {
        this.#options.handlers.onNotification(header, this.#reader);
        return;
      }
      const next = handshake.acceptReply(header, this.#reader);
      if (next.length > 0) this.#connection?.write([next]);
    }
    if (handshake.isComplete && handshake.response !== null) this.#goLive(handshake.response);
  }

  #goLive(response: ConnectResponse): void {
    this.#state = 'live';
    this.#heartbeat = new Heartbeat({
      clock: this.#options.clock,
      sessionTimeoutMs: response.timeoutMs,
      sendPing: () => {
        writePing(this.#writer);
        this.write([this.#writer.takeAll()]);
      },
      onSilence: () => {
        this.fail(this.#error('ConnectionLoss', 'the server fell silent'));
      },
    });
    this.#heartbeat.start();
    this.#options.handlers.onOpen(this, response);
    this.#onOpened();
  }

  /** The session that was given instead is closed rather than left to expire. */
  #refuseForeignSession(): never {
    writeCloseSession(this.#writer);
    this.#connection?.write([this.#writer.takeAll()]);
    this.#connection?.finish();
    throw new ZooKeeperError(
      'SessionExpired',
      'the server opened another session than the one offered',
    );
  }

  #dispatch(header: ReplyHeader): void {
    const { handlers } = this.#options;
    if (header.xid > 0) {
      handlers.onReply(header, this.#reader);
      return;
    }
    switch (header.xid) {
      case NOTIFICATION_XID:
        handlers.onNotification(header, this.#reader);
        return;
      case PING_XID:
        if (header.error !== 0) throw serverError(header.error, { operation: 'ping' });
        this.#heartbeat?.pingAnswered();
        return;
      case AUTH_XID:
        handlers.onAuthReply(header);
        return;
      default:
        throw protocolError(`reply with xid ${header.xid}`);
    }
  }

  /** What is nonsense before the first answer was understood comes from something else. */
  #judge(error: ZooKeeperError): ZooKeeperError {
    if (this.#state !== 'opening') return error;
    if (this.#handshake.response === null && error.code === 'ProtocolError') {
      const hint = this.#firstByte === TLS_ALERT ? '; it answers in TLS' : '';
      return this.#error('NotZooKeeper', `no ZooKeeper server answers there${hint}`, error);
    }
    const message = `${formatAddress(this.#options.address)}: ${error.message}`;
    return new ZooKeeperError(error.code, message, { cause: error, serverCode: error.serverCode });
  }

  /** A TLS alert says by itself what is wrong, even if it comes after the TLS handshake. */
  #judgeClose(cause: Error | null): ZooKeeperError {
    if (cause instanceof ZooKeeperError) return cause;
    const meant = this.#handshake.explainClose();
    if (meant !== null) return this.#judge(meant);
    return this.#error('ClosedByServer', this.#explainClose(), cause);
  }

  #explainClose(): string {
    if (this.#handshake.response !== null) return 'closed the connection during authentication';
    const { tls } = this.#options;
    // Upstream's ways of saying no without words (NIOServerCnxn, ZooKeeperServer).
    return (
      'closed the connection without opening a session: not serving, too many connections ' +
      '(maxClientCnxns, maxCnxns), ' +
      `${tls === null ? 'TLS expected' : 'an identity it refuses'}, ` +
      'or its data is older than what this session has seen'
    );
  }

  #timeout(): ZooKeeperError {
    const timeoutStage = this.#stage;
    const reason = `${missing[timeoutStage]} within ${Math.round(this.#options.timeoutMs)} ms`;
    const hint = timeoutStage === 'answer' && this.#options.tls === null ? tlsHint : '';
    const message = `${formatAddress(this.#options.address)}: ${reason}${hint}`;
    return new ZooKeeperError('ConnectTimeout', message, { timeoutStage });
  }

  get #stage(): TimeoutStage {
    if (this.#connection === null) return this.#isTlsPending ? 'tlsHandshake' : 'connection';
    return this.#handshake.response === null ? 'answer' : 'authentication';
  }

  #error(code: ZooKeeperError['code'], reason: string, cause?: unknown): ZooKeeperError {
    const message = `${formatAddress(this.#options.address)}: ${reason}`;
    return new ZooKeeperError(code, message, { cause: cause ?? undefined });
  }
}
