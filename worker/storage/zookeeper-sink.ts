import { MultiError, ZooKeeperError } from '../../zookeeper/index.ts';
import type { ErrorCode, MultiOp } from '../../zookeeper/index.ts';
import { WorkerFailure } from '../failure.ts';
import { parentPath } from '../mirror/paths.ts';
import type {
  TreeRead,
  TreeReadResult,
  TreeSink,
  TreeWrite,
  WriteOutcome,
  WriteRefusal,
} from '../mirror/tree.ts';
import { absolutePath } from './side.ts';
import type { Side } from './side.ts';
import { sessionFailure } from './zookeeper-failure.ts';
import { ZooKeeperReader } from './zookeeper-reader.ts';

/**
 * Half of the servers' default `jute.maxbuffer`: before 3.5.7 a multi near the limit could take an
 * ensemble down, because its log entry is larger than the request (ZOOKEEPER-3496).
 */
const MAX_BATCH_BYTES = 512 * 1024;

const REFUSALS: Partial<Record<ErrorCode, WriteRefusal>> = {
  NodeExists: 'Exists',
  NoNode: 'Missing',
  NotEmpty: 'NotEmpty',
  NoChildrenForEphemerals: 'ParentIsEphemeral',
  NoAuth: 'Forbidden',
  PacketTooLarge: 'TooLarge',
};

/** What keeps a superseded run from writing: a step that every batch begins with. */
export interface WriteFence {
  /** Step that fails once another writer took over; null where there is no fence. */
  readonly check: MultiOp | null;
  /** The error to end with when it failed. */
  lost(): Error;
}

/** The destination of a mirror: every batch is one multi, all of it or nothing. */
export class ZooKeeperSink implements TreeSink {
  readonly maxBatchBytes = MAX_BATCH_BYTES;
  readonly #side: Side;
  readonly #reader: ZooKeeperReader;
  readonly #fence: WriteFence;

  constructor(side: Side, fence: WriteFence) {
    this.#side = side;
    this.#reader = new ZooKeeperReader(side);
    this.#fence = fence;
  }

  async sync(): Promise<bigint> {
    return await this.#reader.sync();
  }

  async read(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    return await this.#reader.read(batch);
  }

  async createAbove(path: string): Promise<void> {
    await this.#ensure(parentPath(absolutePath(this.#side.options, path)));
  }

  async write(batch: readonly TreeWrite[]): Promise<WriteOutcome> {
    const { check } = this.#fence;
    const steps = batch.map((write) => this.#step(write));
    try {
      await this.#side.client.multi(check === null ? steps : [check, ...steps]);
      return { kind: 'done' };
    } catch (error) {
      return this.#outcomeOf(error, check === null ? 0 : 1);
    }
  }

  /** Not fenced: an empty znode that is there already is just as good. */
  async #ensure(absolute: string | null): Promise<void> {
    if (absolute === null || absolute === '/') return;
    const { client } = this.#side;
    try {
      if ((await client.exists(absolute)) !== null) return;
      await this.#ensure(parentPath(absolute));
      await client.create(absolute, Buffer.alloc(0));
    } catch (error) {
      if (!(error instanceof ZooKeeperError)) throw error;
      if (error.code === 'NodeExists') return;
      if (error.code !== 'NoAuth') throw sessionFailure(this.#side, error);
      const message = `The destination does not let this user create ${absolute}: check the ACL above it, or create the path.`;
      throw new WorkerFailure('AuthenticationFailed', message, { cause: error });
    }
  }

  #step(write: TreeWrite): MultiOp {
    const path = absolutePath(this.#side.options, write.path);
    if (write.kind === 'create') return { type: 'create', path, data: write.data };
    if (write.kind === 'update') return { type: 'setData', path, data: write.data };
    return { type: 'delete', path };
  }

  #outcomeOf(error: unknown, fenceSteps: number): WriteOutcome {
    if (error instanceof MultiError) {
      const index = error.index - fenceSteps;
      if (index < 0) throw this.#fence.lost();
      return { kind: 'refused', index, refusal: refusalOf(error), code: error.code };
    }
    if (error instanceof ZooKeeperError) {
      if (error.code === 'ConnectionLoss') return { kind: 'unknown' };
      // Only a write that is too large by itself gets here, for batches keep to half the limit.
      if (error.code === 'PacketTooLarge') {
        return { kind: 'refused', index: 0, refusal: 'TooLarge', code: error.code };
      }
    }
    throw sessionFailure(this.#side, error);
  }
}

function refusalOf(error: MultiError): WriteRefusal {
  return REFUSALS[error.code] ?? 'Other';
}
