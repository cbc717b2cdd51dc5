import { ZooKeeperError } from '../../zookeeper/index.ts';
import type {
  CreatedParent,
  ListOfParent,
  TreeRead,
  TreeReadResult,
  TreeSink,
  TreeWrite,
  WriteOutcome,
  WriteRefusal,
} from '../tree/tree.ts';
import { createParents } from './create-parents.ts';
import { batchWithin, type RateLimits } from './pacing/rate-limits.ts';
import { LargeWriter } from './large-writer.ts';
import type { DataWrite, StepRefusal } from './session.ts';
import { absolutePath, type Side } from './side.ts';
import type { WriteFence } from './write-fence.ts';
import { sessionFailure } from './zookeeper-failure.ts';
import { ZooKeeperReader } from './zookeeper-reader.ts';

/**
 * Half of the servers' default `jute.maxbuffer`: before 3.5.7 a multi near the limit could take an
 * ensemble down, because its log entry is larger than the request (ZOOKEEPER-3496).
 */
const MAX_BATCH_BYTES = 512 * 1024;

/** What the fence adds to a batch, at most: two steps with paths of ours, and the mark's content. */
const FENCE_BYTES = 2_048;

/** Above some hundred writes a batch hardly gains, and holds others up longer. */
const MAX_BATCH_WRITES = 500;

const REFUSALS: Partial<Record<string, WriteRefusal>> = {
  NodeExists: 'Exists',
  NoNode: 'Missing',
  NotEmpty: 'NotEmpty',
  NoChildrenForEphemerals: 'ParentIsEphemeral',
  NoAuth: 'Forbidden',
  PacketTooLarge: 'TooLarge',
};

/** The destination of a mirror: every batch is one transaction, all of it or nothing. */
export class ZooKeeperSink implements TreeSink {
  readonly maxBatchWrites: number;
  readonly #maxBatchBytes: number;
  readonly #side: Side;
  readonly #reader: ZooKeeperReader;
  readonly #fence: WriteFence;
  readonly #large: LargeWriter;

  /** @param limits no batch is more than they let through at once */
  constructor(side: Side, fence: WriteFence, limits: RateLimits) {
    this.#side = side;
    this.#maxBatchBytes = batchWithin(limits.bytesPerSecond, MAX_BATCH_BYTES);
    this.maxBatchWrites = side.session.hasTransactions
      ? batchWithin(limits.writesPerSecond, MAX_BATCH_WRITES)
      : 1;
    this.#reader = new ZooKeeperReader(side);
    this.#fence = fence;
    this.#large = new LargeWriter({
      side,
      fence,
      writeBatch: (write) => this.#write([write]),
      outcomeOf: ({ refusal, zxid }) =>
        refusal === null ? { kind: 'done', zxid } : this.#refused(refusal, 0),
    });
  }

  get maxBatchBytes(): number {
    return Math.min(this.#maxBatchBytes, this.#side.requestLimit.batchBytes - FENCE_BYTES);
  }

  async sync(): Promise<bigint | null> {
    return await this.#reader.sync();
  }

  async read(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    return await this.#reader.read(batch);
  }

  async createAbove(path: string, listOf: ListOfParent | null): Promise<readonly CreatedParent[]> {
    return await createParents(this.#side, path, listOf);
  }

  async write(batch: readonly TreeWrite[]): Promise<WriteOutcome> {
    const { options } = this.#side;
    const writes =
      options.chroot === ''
        ? batch
        : batch.map((write) => ({ ...write, path: absolutePath(options, write.path) }));
    return await this.#write(writes);
  }

  async #write(writes: readonly TreeWrite[]): Promise<WriteOutcome> {
    const fence = this.#fence.steps;
    const { session } = this.#side;
    try {
      const { refusal, zxid } = await session.write([...fence, ...writes]);
      return refusal === null ? { kind: 'done', zxid } : this.#refused(refusal, fence.length);
    } catch (error) {
      if (error instanceof ZooKeeperError && error.code === 'ConnectionLoss') {
        return { kind: 'unknown' };
      }
      throw sessionFailure(this.#side, error);
    }
  }

  async writeLarge(write: DataWrite, wasLost: boolean): Promise<WriteOutcome> {
    const path = absolutePath(this.#side.options, write.path);
    try {
      return await this.#large.write({ ...write, path }, wasLost);
    } catch (error) {
      throw sessionFailure(this.#side, error);
    }
  }

  #refused(refusal: StepRefusal, fenceSteps: number): WriteOutcome {
    const { index, code } = refusal;
    if (index < fenceSteps) throw this.#fence.refused(refusal);
    return { kind: 'refused', index: index - fenceSteps, refusal: REFUSALS[code] ?? 'Other', code };
  }
}
