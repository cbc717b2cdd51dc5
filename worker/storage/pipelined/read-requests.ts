import {
  ZooKeeperError,
  type ReadOp,
  type ReadResult,
  type ZooKeeperClient,
} from '../../../zookeeper/index.ts';
import { joinParts } from '../join-parts.ts';
import type { RequestLimit } from '../request-limit.ts';
import { ReplyLimit } from './reply-limit.ts';
import type { ThrottleValve } from '../throttling/throttle-valve.ts';

/** Header and terminator of the request. */
const EMPTY_BYTES = 8 + 9;
/** Of each question besides its path: type, length of the path, watch. */
const OP_BYTES = 9 + 4 + 1;

/** The answer to one question: one znode, or a long list of children. */
const MAX_REPLY_BYTES = 128 * 1024 * 1024;

/**
 * The answers to a batch, which a server puts together without looking at their size: what would be
 * more is asked in smaller ones. Some batches are on their way at once, on each side.
 */
const MAX_BATCH_REPLY_BYTES = 16 * 1024 * 1024;

/** Sends batches of reads, each in as many requests as it takes. */
export class ReadRequests {
  readonly #client: ZooKeeperClient;
  readonly #valve: ThrottleValve;
  readonly #limit: RequestLimit;
  readonly #replyLimit = new ReplyLimit(MAX_BATCH_REPLY_BYTES);

  constructor(client: ZooKeeperClient, valve: ThrottleValve, limit: RequestLimit) {
    this.#client = client;
    this.#valve = valve;
    this.#limit = limit;
  }

  /**
   * Answers the first questions, as many as fit into memory at once, and at least one. Rejects with
   * `ReplyTooLarge` where not even one does.
   */
  async read(ops: readonly ReadOp[]): Promise<readonly ReadResult[]> {
    const { maxOps } = this.#replyLimit;
    const some = ops.length > maxOps ? ops.slice(0, maxOps) : ops;
    const parts = splitReads(some, this.#limit.batchBytes);
    const results = await Promise.all(parts.map((part) => this.#sendFirst(part)));
    return joinParts(
      results,
      parts.map((part) => part.length),
    );
  }

  /** The first of them, where all are too many for one reply. */
  async #sendFirst(ops: readonly ReadOp[]): Promise<readonly ReadResult[]> {
    for (let asked = ops; ;) {
      try {
        return await this.#send(asked);
      } catch (error) {
        const isTooLarge = error instanceof ZooKeeperError && error.code === 'ReplyTooLarge';
        if (!isTooLarge) throw error;
        if (asked.length === 1) throw about(asked[0], error);
        const fitting = this.#replyLimit.exceeded(asked.length, error.replyBytes ?? Infinity);
        asked = asked.slice(0, fitting);
      }
    }
  }

  async #send(ops: readonly ReadOp[]): Promise<readonly ReadResult[]> {
    const limit = this.#limit;
    const maxReplyBytes = ops.length === 1 ? MAX_REPLY_BYTES : MAX_BATCH_REPLY_BYTES;
    let connection = 0;
    try {
      const { results } = await this.#valve.pass('read', () => {
        connection = this.#client.connectionCount;
        return this.#client.multiRead(ops, { maxReplyBytes });
      });
      if (limit.isInDoubt) limit.took(bytesOf(ops));
      if (ops.length >= this.#replyLimit.maxOps) {
        this.#replyLimit.answered(ops.length, bytesOfResults(results));
      }
      return results;
    } catch (error) {
      if (wentDown(error) && ops.length > 1) limit.lost(bytesOf(ops), connection);
      throw error;
    }
  }
}

/** True if a request went down with its connection; false if this side dropped that for a long reply. */
export function wentDown(error: unknown): boolean {
  if (!(error instanceof ZooKeeperError) || error.code !== 'ConnectionLoss') return false;
  const { cause } = error;
  return !(cause instanceof ZooKeeperError && cause.code === 'ReplyTooLarge');
}

/** In order, as few parts as fit; what does not fit by itself is a part of its own. */
export function splitReads(ops: readonly ReadOp[], maxBytes: number): readonly ReadOp[][] {
  const parts: ReadOp[][] = [];
  let part: ReadOp[] = [];
  let partBytes = EMPTY_BYTES;
  for (const op of ops) {
    const bytes = opBytes(op);
    if (part.length > 0 && partBytes + bytes > maxBytes) {
      parts.push(part);
      part = [];
      partBytes = EMPTY_BYTES;
    }
    part.push(op);
    partBytes += bytes;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

function bytesOf(ops: readonly ReadOp[]): number {
  return ops.reduce((bytes, op) => bytes + opBytes(op), EMPTY_BYTES);
}

function opBytes({ path }: ReadOp): number {
  return OP_BYTES + Buffer.byteLength(path);
}

function about(op: ReadOp | undefined, cause: ZooKeeperError): ZooKeeperError {
  const { code, message, replyBytes } = cause;
  const details = { operation: op?.type ?? null, path: op?.path ?? null, replyBytes, cause };
  return new ZooKeeperError(code, message, details);
}

function bytesOfResults(results: readonly ReadResult[]): number {
  let bytes = 0;
  for (const result of results) {
    if (result.type === 'getData') bytes += result.data?.length ?? 0;
    else if (result.type === 'getChildren')
      for (const { length } of result.children) bytes += length;
  }
  return bytes;
}
