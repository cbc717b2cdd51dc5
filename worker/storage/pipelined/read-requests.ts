import { ZooKeeperError } from '../../../zookeeper/index.ts';
import type { ReadOp, ReadResult, ZooKeeperClient } from '../../../zookeeper/index.ts';
import type { RequestLimit } from '../request-limit.ts';
import type { ThrottleValve } from '../throttling/throttle-valve.ts';

/** Header and terminator of the request. */
const EMPTY_BYTES = 8 + 9;
/** Of each question besides its path: type, length of the path, watch. */
const OP_BYTES = 9 + 4 + 1;

/** The answer to a batch, or a long list of children: a server puts it together without looking at its size. */
const MAX_REPLY_BYTES = 128 * 1024 * 1024;

/** Sends batches of reads, each in as many requests as it takes. */
export class ReadRequests {
  readonly #client: ZooKeeperClient;
  readonly #valve: ThrottleValve;
  readonly #limit: RequestLimit;

  constructor(client: ZooKeeperClient, valve: ThrottleValve, limit: RequestLimit) {
    this.#client = client;
    this.#valve = valve;
    this.#limit = limit;
  }

  /** Rejects with `ReplyTooLarge` where the answers are more than fits into memory at once. */
  async read(ops: readonly ReadOp[]): Promise<readonly ReadResult[]> {
    const parts = splitReads(ops, this.#limit.batchBytes);
    const results = await Promise.all(parts.map((part) => this.#send(part)));
    return results.length === 1 && results[0] !== undefined ? results[0] : results.flat();
  }

  async #send(ops: readonly ReadOp[]): Promise<readonly ReadResult[]> {
    const limit = this.#limit;
    let connection = 0;
    try {
      const { results } = await this.#valve.pass('read', () => {
        connection = this.#client.connectionCount;
        return this.#client.multiRead(ops, { maxReplyBytes: MAX_REPLY_BYTES });
      });
      if (limit.isInDoubt) limit.took(bytesOf(ops));
      return results;
    } catch (error) {
      const isLost = error instanceof ZooKeeperError && error.code === 'ConnectionLoss';
      if (isLost && ops.length > 1) limit.lost(bytesOf(ops), connection);
      throw error;
    }
  }
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
