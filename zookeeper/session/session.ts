import type { AuthInfo } from '../acl.ts';
import { Authenticator, type SaslOptions } from '../auth/authenticator.ts';
import type { Clock } from '../clock.ts';
import { startDeadline } from '../deadline.ts';
import { ZooKeeperError, serverError, toZooKeeperError } from '../errors.ts';
import type { HandshakeStep } from '../link/handshake.ts';
import { Identities } from '../auth/identities.ts';
import { closeSession } from '../protocol/operations.ts';
import type { JuteReader } from '../protocol/jute-reader.ts';
import type { Operation } from '../protocol/operation.ts';
import {
  joinLong,
  SESSION_PASSWORD_BYTES,
  type ConnectResponse,
  type ReplyHeader,
} from '../protocol/records.ts';
import { readChangeEvent, type WatchedPaths } from '../protocol/watches.ts';
import { RearmStep } from '../watches/rearm-step.ts';
import { RequestQueue, type RequestQueueLimits } from './request-queue.ts';
import type { SessionEnd, SessionState } from './session-state.ts';
import type { ServerAddress } from '../servers/server-address.ts';
import { ServerLink } from '../link/server-link.ts';
import { ServerRotation } from '../servers/server-rotation.ts';
import {
  isFinal,
  isTlsHopeless,
  searchError,
  searchServer,
  type ServerSearchOptions,
} from '../servers/server-search.ts';
import type { TlsSource } from '../link/tls-options.ts';
import type { WatchRegistry } from '../watches/watch-registry.ts';

export interface SessionOptions {
  servers: readonly ServerAddress[];
  sessionTimeoutMs: number;
  connectTimeoutMs: number;
  auth: readonly AuthInfo[];
  sasl: SaslOptions | null;
  tls: TlsSource | null;
  attach: { sessionId: bigint; password: Buffer } | null;
  limits: RequestQueueLimits;
  maxReplyBytes: number;
  clock: Clock;
  random: () => number;
  onStateChange: (state: SessionState) => void;
  lastXid: number;
}

/** Share of the timeout for one attempt: two servers are tried before the session expires. */
const ATTEMPT_SHARE = 2 / 5;
const MIN_ATTEMPT_MS = 1_000;

/**
 * Without contact for this share of the timeout the session counts as expired, although no
 * server said so: servers expire in steps, so theirs is surely over (ZOOKEEPER-4508).
 */
const EXPIRY_SHARE = 4 / 3;

/** How long a close waits for its confirmation, with and without a connection to begin with. */
const CONNECTED_CLOSE_WAIT_MS = 5_000;
const RECONNECTING_CLOSE_WAIT_MS = 2_000;

/** Bytes that are worth a write of their own before the current turn of the event loop ends. */
const INLINE_FLUSH_BYTES = 64 * 1024;

const UNIMPLEMENTED = -6;
const SESSION_EXPIRED = -112;
const SESSION_CLOSED_REQUIRE_AUTH = -124;

/**
 * A session over changing connections: created once, taken up again on another server when a
 * connection breaks, ended for good by close, expiry or failed authentication.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #queue: RequestQueue;
  readonly #rotation: ServerRotation;
  readonly #watches: WatchRegistry;
  readonly #stop = new AbortController();
  readonly #identities: Identities;
  readonly #authenticator: Authenticator;
  readonly #ended: Promise<SessionEnd>;
  #resolveEnded: (end: SessionEnd) => void = () => undefined;
  #state: SessionState = 'connecting';
  #end: SessionEnd | null = null;
  #isClosing = false;
  #isDetaching = false;
  #closed: Promise<void> | null = null;
  #link: ServerLink | null = null;
  #isFlushScheduled = false;
  #sessionId: bigint;
  #password: Buffer;
  #timeoutMs: number;
  #isServerBefore34 = false;
  #connectionCount = 0;
  #lastContactMs = 0;
  #zxidHigh = 0;
  #zxidLow = 0;

  /** @param watches are armed again on every later connection, and told what happens */
  constructor(options: SessionOptions, watches: WatchRegistry) {
    this.#options = options;
    this.#watches = watches;
    this.#queue = new RequestQueue(options.limits, options.lastXid);
    this.#rotation = new ServerRotation(options.servers, options.random);
    this.#identities = new Identities(options.auth);
    this.#authenticator = new Authenticator(options.sasl);
    this.#sessionId = options.attach?.sessionId ?? 0n;
    this.#password = options.attach?.password ?? Buffer.alloc(SESSION_PASSWORD_BYTES);
    this.#timeoutMs = options.sessionTimeoutMs;
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  get sessionId(): bigint {
    return this.#sessionId;
  }

  get password(): Buffer {
    return this.#password;
  }

  /** As granted by the server; before that, as asked for. */
  get isServerBefore34(): boolean {
    return this.#isServerBefore34;
  }

  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** The highest zxid of a reply. Notifications do not count: one multi sends several with one zxid. */
  get lastZxid(): bigint {
    return joinLong(this.#zxidHigh, this.#zxidLow);
  }

  get server(): ServerAddress | null {
    return this.#link?.address ?? null;
  }

  /** Resolves, never rejects, when the session is over. */
  get ended(): Promise<SessionEnd> {
    return this.#ended;
  }

  /** Schemes of the identities that the latest connection presented. */
  get authSchemes(): readonly string[] {
    return this.#authenticator.schemes(this.#identities.all);
  }

  get isSaturated(): boolean {
    return this.#queue.isSaturated;
  }

  async drained(): Promise<void> {
    return this.#queue.drained();
  }

  /** Resolves when there is a session; rejects when there is none in time, or the signal aborts. */
  async start(signal?: AbortSignal): Promise<void> {
    const onAbort = (): void => {
      this.#stop.abort(signal?.reason);
    };
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const link = await this.#connectFirst();
      void this.#keepConnected(link);
    } catch (error) {
      const failure = toZooKeeperError(error, 'ConnectionLoss');
      this.#finish(failure);
      throw failure;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Queues a request; its place in the order is that of this call. */
  request<Request, Reply>(
    operation: Operation<Request, Reply>,
    request: Request,
    path: string | null,
    signal?: AbortSignal,
  ): Promise<Reply> {
    if (!this.#isOpen) return Promise.reject(this.#refusal(operation.name, path));
    const reply = this.#queue.enqueue(operation, request, path, signal);
    if (this.#queue.unsentBytes >= INLINE_FLUSH_BYTES) this.#send();
    this.#scheduleFlush();
    return reply;
  }

  /** Adds an identity, now and on every later connection. */
  addAuth(auth: AuthInfo): Promise<void> {
    if (!this.#isOpen) return Promise.reject(this.#refusal('addAuth', null));
    const accepted = this.#identities.add(auth);
    this.#link?.sendAuth(auth);
    return accepted;
  }

  /** @throws Closed, SessionExpired or what else ended the session, when no more can be asked */
  checkOpen(operation: string, path: string): void {
    if (!this.#isOpen) throw this.#refusal(operation, path);
  }

  get #isOpen(): boolean {
    return !this.#isClosing && this.#end === null;
  }

  /**
   * Waits for what was asked before, closes the session on the server, and ends. If no server
   * confirms within seconds, the session is left to expire. Idempotent.
   */
  async close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Ends without closing the session on the server. */
  async detach(): Promise<void> {
    this.#isDetaching = true;
    this.#isClosing = true;
    this.#stopWith(new ZooKeeperError('Closed', 'the client was detached'));
    await this.#ended;
  }

  async #close(): Promise<void> {
    if (this.#end !== null) return;
    this.#isClosing = true;
    await this.#closeOnServer();
    this.#stopWith(new ZooKeeperError('Closed', 'the client was closed'));
    await this.#ended;
  }

  /** Also right after a connection broke: ephemeral znodes should not linger for that. */
  async #closeOnServer(): Promise<void> {
    const closed = this.#queue.enqueue(closeSession, null, null);
    const waitMs = this.#link === null ? RECONNECTING_CLOSE_WAIT_MS : CONNECTED_CLOSE_WAIT_MS;
    this.#send();
    const deadline = startDeadline({
      clock: this.#options.clock,
      timeoutMs: Math.min(this.#timeoutMs, waitMs),
      explain: () => new ZooKeeperError('Closed', 'the server did not confirm the close'),
    });
    const timeUp = new Promise<void>((resolve) => {
      deadline.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    // Unanswered because of a broken connection, it was executed or the session expires.
    await Promise.race([closed.catch(() => undefined), timeUp]);
    deadline.clear();
  }

  #stopWith(error: ZooKeeperError): void {
    this.#stop.abort(error);
    this.#link?.fail(error);
  }

  async #connectFirst(): Promise<LostLink> {
    const { connectTimeoutMs, clock, servers } = this.#options;
    const result = await this.#search(clock.nowMs() + connectTimeoutMs, isTlsHopeless(servers));
    if ('found' in result) return result.found;
    throw searchError(result.failures, connectTimeoutMs);
  }

  async #keepConnected(first: LostLink): Promise<void> {
    let link = first;
    try {
      for (;;) {
        const loss = await link.lost;
        if (isFinal(loss)) throw loss;
        link = await this.#reconnect();
      }
    } catch (error) {
      this.#finish(toZooKeeperError(error, 'ConnectionLoss'));
    }
  }

  async #reconnect(): Promise<LostLink> {
    const expiryMs = this.#lastContactMs + this.#timeoutMs * EXPIRY_SHARE;
    const result = await this.#search(expiryMs);
    if ('found' in result) return result.found;
    const cause = searchError(result.failures, this.#timeoutMs * EXPIRY_SHARE);
    const message = 'the session was without a server for longer than its timeout';
    throw new ZooKeeperError('SessionExpired', message, { cause });
  }

  async #search(deadlineMs: number, isHopeless?: ServerSearchOptions<LostLink>['isHopeless']) {
    const { clock, servers } = this.#options;
    const share = Math.min(ATTEMPT_SHARE, 1 / servers.length);
    return searchServer({
      rotation: this.#rotation,
      clock,
      signal: this.#stop.signal,
      deadlineMs,
      isHopeless,
      attemptTimeoutMs: Math.max(MIN_ATTEMPT_MS, this.#timeoutMs * share),
      attempt: (server, timeoutMs) => this.#attempt(server, timeoutMs),
    });
  }

  async #attempt(address: ServerAddress, timeoutMs: number): Promise<LostLink> {
    let onLost: (error: ZooKeeperError) => void = () => undefined;
    const lost = new Promise<ZooKeeperError>((resolve) => {
      onLost = resolve;
    });
    const identities = this.#identities.all;
    const link = new ServerLink({
      address,
      offer: {
        sessionId: this.#sessionId,
        password: this.#password,
        timeoutMs: this.#options.sessionTimeoutMs,
        lastZxid: this.lastZxid,
      },
      steps: this.#handshakeSteps(address, identities),
      tls: this.#options.tls,
      timeoutMs,
      maxReplyBytes: this.#options.maxReplyBytes,
      clock: this.#options.clock,
      signal: this.#stop.signal,
      handlers: {
        onOpen: (opened, response) => {
          this.#adopt(opened, response, identities.length);
        },
        onReply: this.#onReply,
        onLargeReply: (byteCount) => {
          this.#queue.checkReplyBytes(byteCount);
        },
        onAuthReply: this.#onAuthReply,
        onNotification: this.#onNotification,
        onReady: this.#onReady,
        onLost: (error) => {
          this.#onLinkLost(error);
          onLost(error);
        },
      },
    });
    await link.open();
    return { lost };
  }

  /** In the order in which the Java client takes them (ClientCnxn.primeConnection). */
  #handshakeSteps(address: ServerAddress, identities: readonly AuthInfo[]): HandshakeStep[] {
    const authentication = this.#authenticator.steps(address, identities);
    if (this.#watches.isEmpty) return authentication;
    const watchedPaths = (): WatchedPaths => this.#watches.watchedPaths();
    return [...authentication, new RearmStep({ watchedPaths, lastZxid: this.lastZxid })];
  }

  #adopt(link: ServerLink, response: ConnectResponse, identityCount: number): void {
    this.#sessionId = response.sessionId;
    this.#password = response.password;
    this.#timeoutMs = response.timeoutMs;
    this.#isServerBefore34 = response.isReadOnly === null;
    this.#link = link;
    this.#connectionCount += 1;
    // Identities that were added while there was no connection went along with the handshake.
    for (const auth of this.#identities.accepted(identityCount)) link.sendAuth(auth);
    this.#watches.resync();
    this.#setState('connected');
    this.#send();
  }

  readonly #onReply = (header: ReplyHeader, reader: JuteReader): void => {
    this.#noteZxid(header);
    this.#queue.settleNext(header, reader);
    if (header.error !== 0) throwIfFatal(header);
  };

  readonly #onNotification = (header: ReplyHeader, reader: JuteReader): void => {
    const event = readChangeEvent(reader, header.zxid);
    if (event !== null) this.#watches.dispatch(event);
  };

  readonly #onAuthReply = (header: ReplyHeader): void => {
    this.#identities.answered(header);
  };

  readonly #onReady = (): void => {
    if (this.#queue.unsentCount > 0 && !this.#isFlushScheduled) queueMicrotask(this.#scheduleFlush);
  };

  #onLinkLost(error: ZooKeeperError): void {
    this.#lastContactMs = this.#link?.lastReceivedMs ?? this.#lastContactMs;
    this.#link = null;
    const { message } = error;
    this.#queue.failSent({ code: 'ConnectionLoss', message, cause: error });
    if (!isFinal(error) && !this.#isClosing) this.#setState('disconnected');
  }

  /** The zxid of writes that failed counts too: the server has moved on. */
  #noteZxid({ zxidHigh, zxidLow }: ReplyHeader): void {
    if (zxidHigh < this.#zxidHigh) return;
    const low = zxidLow >>> 0;
    if (zxidHigh === this.#zxidHigh && low <= this.#zxidLow) return;
    this.#zxidHigh = zxidHigh;
    this.#zxidLow = low;
  }

  /**
   * After the promise jobs of this turn, so that requests which answers give rise to go out in
   * one write with the others.
   */
  readonly #scheduleFlush = (): void => {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    process.nextTick(this.#flush);
  };

  readonly #flush = (): void => {
    this.#isFlushScheduled = false;
    this.#send();
  };

  #send(): void {
    const link = this.#link;
    if (link?.isWritable === true) link.write(this.#queue.takeSendable());
  }

  #finish(error: ZooKeeperError): void {
    const { reason, code } = judgeEnd(error, this.#isDetaching);
    this.#end = { reason, error };
    this.#queue.failAll({ code, message: error.message, cause: error });
    this.#identities.fail(this.#refusal('addAuth', null));
    this.#watches.end(
      new ZooKeeperError(code, error.message, { operation: 'watch', cause: error }),
    );
    this.#setState('ended');
    this.#resolveEnded(this.#end);
  }

  #refusal(operation: string, path: string | null): ZooKeeperError {
    if (this.#end === null) {
      return new ZooKeeperError('Closed', 'the client is being closed', { operation, path });
    }
    const { error } = this.#end;
    const { code } = judgeEnd(error, this.#isDetaching);
    return new ZooKeeperError(code, error.message, { operation, path, cause: error });
  }

  #setState(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onStateChange(state);
  }
}

/**
 * Errors after which the server closes the connection. An unknown request is told from a known
 * one that is switched off by its zxid, which is -1. What follows must not be sent into a
 * connection that is about to close, where its fate would stay unknown.
 */
function throwIfFatal({ error, zxidHigh }: ReplyHeader): void {
  if (error === SESSION_EXPIRED || error === SESSION_CLOSED_REQUIRE_AUTH) throw serverError(error);
  if (error === UNIMPLEMENTED && zxidHigh === -1) {
    throw new ZooKeeperError('ConnectionLoss', 'the server does not know a request and closes');
  }
}

/** A link in use, as far as waiting for its end goes. */
interface LostLink {
  lost: Promise<ZooKeeperError>;
}

function judgeEnd(
  error: ZooKeeperError,
  isDetaching: boolean,
): { reason: SessionEnd['reason']; code: ZooKeeperError['code'] } {
  switch (error.code) {
    case 'Closed':
      return { reason: isDetaching ? 'detached' : 'closed', code: 'Closed' };
    case 'SessionExpired':
      return { reason: 'expired', code: 'SessionExpired' };
    case 'AuthFailed':
    case 'SessionClosedRequireAuth':
      return { reason: 'authenticationFailed', code: error.code };
    default:
      return { reason: 'notConnected', code: error.code };
  }
}
