import {
  ZooKeeperError,
  abortError,
  protocolError,
  serverError,
  toZooKeeperError,
  type ErrorCode,
} from '../errors.ts';
import type { JuteReader } from '../protocol/jute-reader.ts';
import { JuteWriter } from '../protocol/jute-writer.ts';
import type { Operation } from '../protocol/operation.ts';
import { writeRequestHeader, type ReplyHeader } from '../protocol/records.ts';

export interface RequestQueueLimits {
  /** Requests sent and not answered. The server's own limit is 1,000 by default. */
  maxInFlightRequests: number;
  /** Their size; one request is sent even when it alone is larger. */
  maxInFlightBytes: number;
  /** Payload of one request; a server drops the connection on more than its jute.maxbuffer. */
  maxPacketBytes: number | (() => number);
}

/** Why requests are given up. */
export interface Failure {
  code: ErrorCode;
  message: string;
  cause?: unknown;
  replyBytes?: number;
}

interface PendingRequest {
  readonly xid: number;
  readonly operation: Operation<never, unknown>;
  readonly path: string | null;
  readonly frameBytes: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: ZooKeeperError) => void;
  /** The caller has been told already: not sent if that is not done yet, its reply of no interest. */
  isAbandoned: boolean;
}

function nothing(): void {
  // Everything has been done.
}

/** Takes a settled entry's place, so that a reply does not live as long as the array does. */
const settledEntry: PendingRequest = {
  xid: 0,
  operation: { name: '', opcode: 0, isWrite: false, write: nothing, read: nothing },
  path: null,
  frameBytes: 0,
  resolve: nothing,
  reject: nothing,
  isAbandoned: true,
};

const NO_NODE = -101;
const MAX_XID = 0x7fffffff;
const FRAME_HEADER_BYTES = 4;

/** So many settled entries may stand in front of the array before it is cut. */
const COMPACT_AFTER = 256;

/**
 * Requests from the call to their answer, in one order: that of the calls, of the bytes and of
 * the replies. Owns no socket. Bytes are produced at the call, so the caller may reuse its
 * buffers at once and a request that is too large is known immediately.
 *
 * Entries: [settled | sent, from #head | not sent, from #unsent]. An entry is settled exactly
 * once because settling it is what removes it.
 */
export class RequestQueue {
  readonly #limits: RequestQueueLimits;
  readonly #writer = new JuteWriter();
  #entries: PendingRequest[] = [];
  #head = 0;
  #unsent = 0;
  #inFlightBytes = 0;
  #unsentBytes = 0;
  #lastXid: number;
  #abandonedUnsent = 0;
  #drainWaiters: (() => void)[] = [];

  /** @param lastXid number of the request before the first; only tests have waited for so many */
  constructor(limits: RequestQueueLimits, lastXid = 0) {
    this.#limits = limits;
    this.#lastXid = lastXid;
  }

  get inFlightCount(): number {
    return this.#unsent - this.#head;
  }

  get unsentCount(): number {
    return this.#entries.length - this.#unsent;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /** Another window's worth of requests waits behind the one in flight. */
  get isSaturated(): boolean {
    const { maxInFlightRequests, maxInFlightBytes } = this.#limits;
    return this.unsentCount >= maxInFlightRequests || this.#unsentBytes >= maxInFlightBytes;
  }

  /** Resolves once the queue is not saturated, at once if it is not now. */
  async drained(): Promise<void> {
    while (this.isSaturated) {
      await new Promise<void>((resolve) => this.#drainWaiters.push(resolve));
    }
  }

  /**
   * Appends a request.
   *
   * @param path goes into errors
   * @param signal gives the request up: one that was not sent yet never is, one that was may have
   *   taken effect, as the error's `isOutcomeUnknown` tells
   * @returns the reply; rejects with PacketTooLarge or BadArguments when nothing was queued
   */
  enqueue<Request, Reply>(
    operation: Operation<Request, Reply>,
    request: Request,
    path: string | null,
    signal?: AbortSignal,
  ): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      if (signal?.aborted === true) throw abortedBeforeQueued(operation, path, signal);
      const xid = this.#lastXid === MAX_XID ? 1 : this.#lastXid + 1;
      const frameBytes = this.#encode(operation, request, { xid, path });
      this.#lastXid = xid;
      this.#unsentBytes += frameBytes;
      const entry = {
        xid,
        operation,
        path,
        frameBytes,
        resolve: resolve as (value: unknown) => void,
        reject,
        isAbandoned: false,
      };
      this.#entries.push(signal === undefined ? entry : this.#abortable(entry, signal));
    });
  }

  /**
   * Takes the bytes of as many waiting requests as the limits allow and counts them as sent,
   * whatever becomes of the bytes. Empty when there is nothing to send now.
   */
  takeSendable(): Buffer[] {
    if (this.#abandonedUnsent > 0) this.#dropAbandoned();
    let bytes = 0;
    while (this.#unsent < this.#entries.length) {
      const frameBytes = this.#entries[this.#unsent]?.frameBytes ?? 0;
      if (!this.#fitsInFlight(frameBytes)) break;
      bytes += frameBytes;
      this.#inFlightBytes += frameBytes;
      this.#unsent++;
    }
    if (bytes === 0) return [];
    this.#unsentBytes -= bytes;
    this.#wakeDrainWaiters();
    return this.#writer.take(bytes);
  }

  /**
   * Settles the oldest request in flight with its reply.
   *
   * @throws ProtocolError when this is not its reply, or is unreadable: the connection is then
   *   of no more use, because no later reply can be told apart
   */
  settleNext(header: ReplyHeader, reader: JuteReader): void {
    const entry = this.#head < this.#unsent ? this.#entries[this.#head] : undefined;
    if (entry?.xid !== header.xid) {
      const expected = entry === undefined ? 'none' : `xid ${entry.xid}`;
      throw protocolError(`reply with xid ${header.xid}, expected ${expected}`);
    }
    this.#removeHead(entry);
    if (entry.isAbandoned) return;
    if (header.error !== 0) this.#settleWithError(entry, header.error);
    else this.#settleWithReply(entry, header, reader);
  }

  /**
   * Judges the length of the next reply before it is read.
   *
   * @throws ReplyTooLarge, which the request is rejected with, when it allows less: the connection is
   *   then of no more use, because what it brings is not read
   */
  checkReplyBytes(byteCount: number): void {
    const entry = this.#head < this.#unsent ? this.#entries[this.#head] : undefined;
    const most = entry?.operation.maxReplyBytes ?? Infinity;
    if (entry === undefined || byteCount <= most) return;
    this.#removeHead(entry);
    const message = `reply of ${byteCount} bytes, at most ${most} are accepted`;
    const error = failureOf(
      entry,
      { code: 'ReplyTooLarge', message, replyBytes: byteCount },
      entry.operation.isWrite,
    );
    entry.reject(error);
    throw error;
  }

  /** Gives up what was sent; what was not sent stays queued, for the session's next connection. */
  failSent(failure: Failure): void {
    const sent = this.#entries.slice(this.#head, this.#unsent);
    this.#entries = this.#entries.slice(this.#unsent);
    this.#head = 0;
    this.#unsent = 0;
    this.#inFlightBytes = 0;
    for (const entry of sent) entry.reject(failureOf(entry, failure, entry.operation.isWrite));
  }

  /** Gives up everything. */
  failAll(failure: Failure): void {
    this.failSent(failure);
    const unsent = this.#entries;
    this.#entries = [];
    this.#unsentBytes = 0;
    this.#abandonedUnsent = 0;
    this.#writer.takeAll();
    for (const entry of unsent) entry.reject(failureOf(entry, failure, false));
    this.#wakeDrainWaiters();
  }

  /** The same entry, which settles once: by its reply, its failure or its signal. */
  #abortable(entry: PendingRequest, signal: AbortSignal): PendingRequest {
    const onAbort = (): void => {
      if (abortable.isAbandoned) return;
      abortable.isAbandoned = true;
      const isSent = this.#isSent(abortable);
      if (!isSent) this.#abandonedUnsent++;
      const { code, message, cause } = abortError(signal);
      const isOutcomeUnknown = isSent && entry.operation.isWrite;
      entry.reject(failureOf(entry, { code, message, cause }, isOutcomeUnknown));
    };
    const stopListening = (): void => {
      signal.removeEventListener('abort', onAbort);
    };
    const abortable = {
      ...entry,
      resolve: (value: unknown) => {
        stopListening();
        entry.resolve(value);
      },
      reject: (error: ZooKeeperError) => {
        stopListening();
        entry.reject(error);
      },
    };
    signal.addEventListener('abort', onAbort, { once: true });
    return abortable;
  }

  /** Of an entry that is not settled: by its place in the order, for entries do not know their index. */
  #isSent({ xid }: PendingRequest): boolean {
    const firstUnsent = this.#entries[this.#unsent];
    if (firstUnsent === undefined) return true;
    return (xid - firstUnsent.xid + MAX_XID) % MAX_XID > MAX_XID / 2;
  }

  /** Takes abandoned requests out of those that wait, and their bytes out of the arena. */
  #dropAbandoned(): void {
    const waiting = this.#entries.splice(this.#unsent);
    const bytes = Buffer.concat(this.#writer.take(this.#unsentBytes));
    let offset = 0;
    for (const entry of waiting) {
      const end = offset + entry.frameBytes;
      if (entry.isAbandoned) {
        this.#unsentBytes -= entry.frameBytes;
      } else {
        this.#entries.push(entry);
        this.#writer.appendFrame(bytes.subarray(offset, end));
      }
      offset = end;
    }
    this.#abandonedUnsent = 0;
    this.#wakeDrainWaiters();
  }

  #encode<Request, Reply>(
    operation: Operation<Request, Reply>,
    request: Request,
    { xid, path }: { xid: number; path: string | null },
  ): number {
    const writer = this.#writer;
    const details = { operation: operation.name, path };
    writer.beginFrame();
    try {
      writeRequestHeader(writer, xid, operation.opcode);
      operation.write(writer, request);
    } catch (error) {
      writer.abandonFrame();
      const cause = toZooKeeperError(error, 'BadArguments');
      throw new ZooKeeperError(cause.code, cause.message, { ...details, cause });
    }
    const { frameBytes } = writer;
    const { maxPacketBytes } = this.#limits;
    const most = typeof maxPacketBytes === 'function' ? maxPacketBytes() : maxPacketBytes;
    if (frameBytes > most) {
      writer.abandonFrame();
      const message = `${operation.name} of ${frameBytes} bytes, at most ${most} are accepted`;
      throw new ZooKeeperError('PacketTooLarge', message, details);
    }
    return writer.endFrame() + FRAME_HEADER_BYTES;
  }

  #fitsInFlight(frameBytes: number): boolean {
    const { maxInFlightRequests, maxInFlightBytes } = this.#limits;
    if (this.inFlightCount === 0) return true;
    if (this.inFlightCount >= maxInFlightRequests) return false;
    return this.#inFlightBytes + frameBytes <= maxInFlightBytes;
  }

  #removeHead(entry: PendingRequest): void {
    this.#inFlightBytes -= entry.frameBytes;
    this.#entries[this.#head] = settledEntry;
    this.#head++;
    if (this.#head === this.#entries.length) {
      this.#entries = [];
    } else if (this.#head > COMPACT_AFTER && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
    } else {
      return;
    }
    this.#unsent -= this.#head;
    this.#head = 0;
  }

  #settleWithError(entry: PendingRequest, serverCode: number): void {
    const { operation, path } = entry;
    if (serverCode === NO_NODE && operation.replyForNoNode !== undefined) {
      entry.resolve(operation.replyForNoNode());
    } else {
      entry.reject(serverError(serverCode, { operation: operation.name, path }));
    }
  }

  #settleWithReply(entry: PendingRequest, header: ReplyHeader, reader: JuteReader): void {
    let reply: unknown;
    try {
      reply = entry.operation.read(reader, header);
    } catch (error) {
      const cause = toZooKeeperError(error, 'ProtocolError');
      const { isWrite } = entry.operation;
      entry.reject(failureOf(entry, { code: cause.code, message: cause.message, cause }, isWrite));
      throw cause;
    }
    entry.resolve(reply);
  }

  #wakeDrainWaiters(): void {
    if (this.#drainWaiters.length === 0 || this.isSaturated) return;
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const wake of waiters) wake();
  }
}

function abortedBeforeQueued(
  { name }: Operation<never, unknown>,
  path: string | null,
  signal: AbortSignal,
): ZooKeeperError {
  const { code, message, cause } = abortError(signal);
  return new ZooKeeperError(code, message, { operation: name, path, cause });
}

function failureOf(
  { operation, path }: PendingRequest,
  { code, message, cause, replyBytes }: Failure,
  isOutcomeUnknown: boolean,
): ZooKeeperError {
  const about = path === null ? operation.name : `${operation.name} ${path}`;
  return new ZooKeeperError(code, `${about}: ${message}`, {
    operation: operation.name,
    path,
    isOutcomeUnknown,
    replyBytes: replyBytes ?? null,
    cause,
  });
}
