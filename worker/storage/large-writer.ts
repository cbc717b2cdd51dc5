import { ZooKeeperError } from '../../zookeeper/index.ts';
import type { WriteOutcome } from '../tree/tree.ts';
import { retryRead } from './retry-read.ts';
import type { DataWrite, StepsReply, WriteStep } from './session.ts';
import type { Side } from './side.ts';
import type { FenceAround, WriteFence } from './write-fence.ts';

export interface LargeWriterOptions {
  /** The side that is written. */
  readonly side: Side;
  readonly fence: WriteFence;
  /** Writes as one batch with the fence. */
  readonly writeBatch: (write: DataWrite) => Promise<WriteOutcome>;
  /** What the reply to a single write comes to. */
  readonly outcomeOf: (reply: StepsReply) => WriteOutcome;
}

const NO_DATA = Buffer.alloc(0);

/**
 * Writes what does not fit into a request, as far as was known, by what finds its way: a larger
 * request, if it comes out that the side takes one; a request by itself, between two batches that hold
 * only while this run is the one that writes; and data and list one after the other.
 */
export class LargeWriter {
  readonly #options: LargeWriterOptions;

  constructor(options: LargeWriterOptions) {
    this.#options = options;
  }

  /**
   * @param write with a path as the servers know it
   * @param wasLost it went down with its connection twice, with nothing else
   * @throws ZooKeeperError; the fence's error once another run took over
   */
  async write(write: DataWrite, wasLost: boolean): Promise<WriteOutcome> {
    const { side, fence, writeBatch } = this.#options;
    const { session, requestLimit } = side;
    const fencedBytes = session.requestBytes([...fence.steps, write]);
    if (wasLost) requestLimit.doubt(fencedBytes);
    if (await requestLimit.allows(fencedBytes)) return await writeBatch(write);
    if (await requestLimit.allows(session.requestBytesAlone(write)))
      return await this.#alone(write);
    return await this.#inTwo(write);
  }

  /** A list of its own may be what makes it too large. */
  async #inTwo({ path, data, ...write }: DataWrite): Promise<WriteOutcome> {
    const { side, writeBatch } = this.#options;
    const update = { kind: 'update', path, data } as const;
    const isTooLarge =
      write.kind === 'update' ||
      !(await side.requestLimit.allows(side.session.requestBytesAlone(update)));
    if (isTooLarge) return refusedAsTooLarge(side);
    const created = await writeBatch({ ...write, path, data: NO_DATA });
    if (created.kind === 'refused' && created.refusal === 'TooLarge')
      return refusedAsTooLarge(side);
    if (created.kind !== 'done') return created;
    const updated = await this.#alone(update);
    return updated.kind === 'done' ? created : updated;
  }

  /**
   * Requests of one session take effect in their order, and none once it is over. The holder is an
   * ephemeral of the same session: while it stands, nobody else begins to write, and if it went with
   * the session this write did not take effect. Only somebody who removes it by hand can come between;
   * that shows after the write, and ends the run.
   */
  async #alone(write: DataWrite): Promise<WriteOutcome> {
    const { side, fence, outcomeOf } = this.#options;
    const around = fence.around(write.path, write.data);
    if (around !== null && !(await this.#holds(around.before))) return refusedAsTooLarge(side);
    const outcome = await side.session.writeAlone(write).then(outcomeOf, lostIsUnknown);
    if (around !== null) await this.#holds(around.after);
    return outcome;
  }

  /**
   * Moves the mark under the fence's check.
   *
   * @returns false if the path is so long that not even the mark can name it
   */
  async #holds(steps: FenceAround['before']): Promise<boolean> {
    const { side, fence } = this.#options;
    const batch: readonly WriteStep[] = steps;
    // To move it twice does no harm.
    const { refusal } = await retryRead(side, () => side.session.write(batch));
    if (refusal === null) return true;
    if (refusal.code === 'PacketTooLarge') return false;
    throw fence.refused(refusal);
  }
}

function refusedAsTooLarge({ requestLimit }: Side): WriteOutcome {
  const detail = requestLimit.remedy;
  return { kind: 'refused', index: 0, refusal: 'TooLarge', code: 'PacketTooLarge', detail };
}

function lostIsUnknown(error: unknown): WriteOutcome {
  if (error instanceof ZooKeeperError && error.code === 'ConnectionLoss')
    return { kind: 'unknown' };
  throw error;
}
