import { JUTE_MAX_BUFFER_BYTES } from '../../../api/options/synchronize-options.ts';
import type { SkipReason } from '../../../api/worker-contract.ts';
import { isServerErrorName } from '../../../api/server-errors.ts';
import { parentPath } from '../../tree/paths.ts';
import {
  batchWeight,
  sameData,
  writeWeight,
  type TreeReader,
  type TreeReadResult,
  type TreeWrite,
  type WriteOutcome,
} from '../../tree/tree.ts';
import { writeOf } from './write-of.ts';
import type { WriteContext } from './write-context.ts';

type Refused = Extract<WriteOutcome, { kind: 'refused' }>;
type DataWrite = Extract<TreeWrite, { kind: 'create' | 'update' }>;

/** A write that is turned round and round, because both sides keep changing, is left to verifying. */
const MAX_TURNS = 5;

/** No server is set up to take less than this in a request (`jute.maxbuffer` is 1 MiB by default). */
const NEVER_TOO_LARGE_BYTES = JUTE_MAX_BUFFER_BYTES.min;

const FINAL_REASONS: Partial<Record<Refused['refusal'], SkipReason>> = {
  ParentIsEphemeral: 'DestinationEphemeral',
  Forbidden: 'NoPermission',
  TooLarge: 'TooLarge',
};

/**
 * Brings batches to an end that the destination refused, or that went down with a connection.
 * A refused batch is split at the write that was refused; that one is settled by looking at both
 * sides again, for the source may have changed and the destination may not be as it was read.
 */
export class RefusalResolver {
  readonly #options: WriteContext;

  constructor(options: WriteContext) {
    this.#options = options;
  }

  /** Resolves when every write of the batch is done, dropped, or on record as not done. */
  async settle(batch: readonly TreeWrite[], outcome: WriteOutcome, turns = 0): Promise<void> {
    if (outcome.kind === 'done') {
      this.#countDone(batch, outcome.zxid);
    } else if (outcome.kind === 'unknown') {
      await this.#sendAgain(batch, turns);
    } else {
      await this.#split(batch, outcome, turns);
    }
  }

  async #send(batch: readonly TreeWrite[], turns: number): Promise<void> {
    if (batch.length === 0) return;
    if (batch.length > this.#options.sink.maxBatchWrites) {
      for (const write of batch) await this.#send([write], turns);
      return;
    }
    // The side may have turned out to take less than when the batch was put together.
    if (batch.length > 1 && batchWeight(batch) > this.#options.sink.maxBatchBytes) {
      const middle = Math.ceil(batch.length / 2);
      await this.#send(batch.slice(0, middle), turns);
      await this.#send(batch.slice(middle), turns);
      return;
    }
    this.#options.signal.throwIfAborted();
    await this.settle(batch, await this.#options.sink.write(batch), turns);
  }

  /**
   * All of it was done or nothing: sent again it succeeds, or is refused and looked at. A batch
   * that goes down twice is halved, for a server also drops the connection, without a word, on a
   * request that is larger than its `jute.maxbuffer`.
   */
  async #sendAgain(batch: readonly TreeWrite[], turns: number): Promise<void> {
    const [only] = batch;
    if (only === undefined) return;
    if (turns === 0) {
      await this.#send(batch, 1);
    } else if (batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      await this.#send(batch.slice(0, middle), 1);
      await this.#send(batch.slice(middle), 1);
    } else {
      await this.#sendOneAgain(only, turns);
    }
  }

  async #sendOneAgain(write: TreeWrite, turns: number): Promise<void> {
    const isLarge = mayBeTooLarge(write);
    if (isLarge && turns === 2) await this.#sendLarge(write, turns + 1, true);
    else if (turns < MAX_TURNS) await this.#send([write], turns + 1);
    else if (isLarge) this.#refuse('TooLarge', write, 'ConnectionLoss');
    else this.#options.record.leaveBehind(write.path);
  }

  async #split(batch: readonly TreeWrite[], refused: Refused, turns: number): Promise<void> {
    const culprit = batch[refused.index];
    if (culprit === undefined) throw new Error(`no write ${refused.index} in the refused batch`);
    await this.#send(batch.slice(0, refused.index), turns);
    // Together they were too large: whether this one is shows when it goes alone.
    const isAlone = refused.refusal !== 'TooLarge' || batch.length === 1;
    if (turns >= MAX_TURNS) this.#options.record.leaveBehind(culprit.path);
    else if (isAlone) await this.#settleRefused(culprit, refused, turns + 1);
    else await this.#send([culprit], turns + 1);
    // One refusal often means many: what follows goes in halves, so that few writes go twice.
    const rest = batch.slice(refused.index + 1);
    const middle = Math.ceil(rest.length / 2);
    await this.#send(rest.slice(0, middle), 0);
    await this.#send(rest.slice(middle), 0);
  }

  async #settleRefused(write: TreeWrite, refused: Refused, turns: number): Promise<void> {
    if (refused.refusal === 'Forbidden' && (await this.#open(write))) {
      await this.#send([write], turns);
      return;
    }
    if (refused.refusal === 'TooLarge' && write.kind !== 'delete') {
      await this.#sendLarge(write, turns, false);
      return;
    }
    const reason = finalReason(refused);
    if (reason !== null) this.#refuse(reason, write, refused.code);
    else if (write.kind === 'delete') await this.#settleDelete(write, refused, turns);
    else if (refused.refusal === 'Exists') await this.#settleExists(write, turns);
    else if (write.kind === 'update')
      await this.#send(await this.#createInstead(write.path), turns);
    else await this.#settleNoParent(write, turns);
  }

  async #sendLarge(write: DataWrite, turns: number, wasLost: boolean): Promise<void> {
    const outcome = await this.#options.sink.writeLarge(write, wasLost);
    const isFinal = outcome.kind === 'refused' && outcome.refusal === 'TooLarge';
    if (!isFinal) {
      await this.settle([write], outcome, turns);
      return;
    }
    if (outcome.detail !== undefined) this.#options.record.tooLargeBecause = outcome.detail;
    this.#refuse('TooLarge', write, outcome.code);
  }

  /** Creating and deleting take a right on the parent, updating one on the znode itself. */
  async #open({ kind, path }: TreeWrite): Promise<boolean> {
    const guarded = kind === 'update' ? path : parentPath(path);
    return guarded !== null && (await this.#options.acls?.open(guarded)) === true;
  }

  /** None if the source has no such znode any more, or it cannot have its access control list. */
  async #createInstead(path: string): Promise<TreeWrite[]> {
    const { acls, nodeTypes, source, record } = this.#options;
    const znode = await this.#look(source, path);
    if (znode.kind === 'missing') record.sawSourceChange();
    else if (znode.kind !== 'znode' || znode.ephemeral) record.leaveBehind(path);
    if (znode.kind !== 'znode' || znode.ephemeral) return [];
    if (acls === null) return [writeOf({ kind: 'create', path, data: znode.data }, nodeTypes)];
    return await acls.prepare([{ kind: 'create', path, znode }]);
  }

  #refuse(reason: SkipReason, write: TreeWrite, code: string): void {
    const { path } = write;
    this.#options.logger.warn('destination refused a znode', { path, write: write.kind, code });
    this.#options.record.refuse(reason, path);
  }

  /**
   * Gone is gone, whoever did it. One that has children is tried once more, for what was to delete
   * them may have come after it; else it is looked at when verifying.
   */
  async #settleDelete(write: TreeWrite, { refusal }: Refused, turns: number): Promise<void> {
    if (refusal !== 'NotEmpty') return;
    if (turns === 1) await this.#send([write], turns);
    else this.#options.record.leaveBehind(write.path);
  }

  async #settleExists(write: DataWrite, turns: number): Promise<void> {
    const there = await this.#look(this.#options.sink, write.path);
    if (there.kind === 'forbidden') this.#refuse('NoPermission', write, 'NoAuth');
    else if (there.kind !== 'znode') await this.#send([{ ...write, kind: 'create' }], turns);
    else if (there.ephemeral) this.#refuse('DestinationEphemeral', write, 'NodeExists');
    else if (sameData(there.data, write.data)) this.#countDone([write], null);
    else if (write.kind === 'create') await this.#updateInstead(write, turns);
    else await this.#send([{ ...write, kind: 'update' }], turns);
  }

  /** Somebody else made it: its access control list is not the one it was to be made with. */
  async #updateInstead({ path, data }: DataWrite, turns: number): Promise<void> {
    this.#options.acls?.later(path);
    await this.#send([{ kind: 'update', path, data }], turns);
  }

  /** A create whose parent is not there: refused before, or deleted on either side meanwhile. */
  async #settleNoParent(write: DataWrite, turns: number): Promise<void> {
    const parent = parentPath(write.path);
    const { record } = this.#options;
    if (parent === null) {
      record.leaveBehind(write.path);
      return;
    }
    const refusal = record.refusalOf(parent);
    if (refusal !== null) {
      record.refuse(refusal, write.path);
      return;
    }
    const above = await this.#missingAbove(parent);
    if (above === null) await this.#send([write], turns);
    else if (above.length > 0) await this.#send([...above, write], turns);
    else if (record.leftBehind.has(parent)) record.leaveBehind(write.path);
    else this.#dropBelow(parent, write.path);
  }

  /** The parent, if the source still has it; null if it is at the destination by now. */
  async #missingAbove(parent: string): Promise<TreeWrite[] | null> {
    const there = await this.#look(this.#options.sink, parent);
    return there.kind === 'missing' ? await this.#createInstead(parent) : null;
  }

  #dropBelow(parent: string, path: string): void {
    const refusal = this.#options.record.refusalOf(parent);
    if (refusal !== null) this.#options.record.refuse(refusal, path);
  }

  async #look(side: TreeReader, path: string): Promise<TreeReadResult> {
    const [result] = await side.read([{ kind: 'znode', path }]);
    return result ?? { kind: 'missing' };
  }

  /** @param zxid of the transaction; null if nobody knows which one it was */
  #countDone(batch: readonly TreeWrite[], zxid: bigint | null): void {
    const { record } = this.#options;
    for (const write of batch) {
      if (write.kind === 'create') record.created += 1;
      else if (write.kind === 'update') record.updated += 1;
      else record.deleted += 1;
      if (write.kind !== 'delete') record.bytesWritten += write.data?.length ?? 0;
    }
    this.#options.acls?.created(batch, zxid);
    if (record.progress.phase === 'apply') record.advance(batch.length);
  }
}

/** Null where another look at both sides settles it. */
function finalReason({ refusal, code }: Refused): SkipReason | null {
  if (refusal !== 'Other') return FINAL_REASONS[refusal] ?? null;
  return isServerErrorName(code) ? code : 'ServerRefused';
}

function mayBeTooLarge(write: TreeWrite): write is DataWrite {
  return write.kind !== 'delete' && writeWeight(write) >= NEVER_TOO_LARGE_BYTES;
}
