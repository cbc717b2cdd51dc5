import type { AclCarrier, PlannedWrite } from '../acls/acl-carrier.ts';
import type { BatchWriter } from './batch-writer.ts';
import { writeOf } from './write-of.ts';
import type { WriteContext } from './write-context.ts';

/** Writes whose lists are read at once, at most. */
const CHUNK = 256;
const CHUNKS_IN_FLIGHT = 4;
/** Data of a chunk that waits for no more of them. */
const CHUNK_BYTES = 2 * 1024 * 1024;
/** Data that may wait for its lists before {@link PlannedWriter.ready} says to wait. */
const BYTES_IN_FLIGHT = 8 * 1024 * 1024;

/** Gives planned writes their access control lists and hands them on, in the order they came. */
export class PlannedWriter {
  readonly #writer: BatchWriter;
  readonly #acls: AclCarrier | null;
  readonly #nodeTypes: WriteContext['nodeTypes'];
  #open: PlannedWrite[] = [];
  #openBytes = 0;
  #inFlight = 0;
  #inFlightBytes = 0;
  /** Settles when everything so far was handed on; rejects once something could not be. */
  #tail: Promise<void> = Promise.resolve();

  constructor(writer: BatchWriter, { acls, nodeTypes }: Pick<WriteContext, 'acls' | 'nodeTypes'>) {
    this.#writer = writer;
    this.#acls = acls;
    this.#nodeTypes = nodeTypes;
  }

  /** Queues a write. Never waits: see {@link ready}. */
  put(write: PlannedWrite): void {
    if (this.#acls === null) {
      const { kind, path, znode } = write;
      this.#writer.add(writeOf({ kind, path, data: znode.data }, this.#nodeTypes));
      return;
    }
    this.#open.push(write);
    this.#openBytes += write.znode.data?.length ?? 0;
    const isFull = this.#open.length === CHUNK || this.#openBytes >= CHUNK_BYTES;
    if (isFull || this.#inFlight === 0) this.#flush(this.#acls);
  }

  /** Null if more may be put; else resolves when it may, and rejects if writing failed. */
  ready(): Promise<void> | null {
    // The writer takes one that waits for it, and with lists that is whoever hands writes on.
    if (this.#acls === null) return this.#writer.ready();
    const isFull = this.#inFlight >= CHUNKS_IN_FLIGHT || this.#inFlightBytes >= BYTES_IN_FLIGHT;
    return isFull ? this.#tail : null;
  }

  /** Resolves when everything that was put is settled; rejects if a side was lost. */
  async finish(): Promise<void> {
    if (this.#acls !== null) this.#flush(this.#acls);
    await this.#tail;
    await this.#writer.finish();
  }

  #flush(acls: AclCarrier): void {
    if (this.#open.length === 0) return;
    const preparing = acls.prepare(this.#open);
    preparing.catch(() => undefined);
    const bytes = this.#openBytes;
    this.#open = [];
    this.#openBytes = 0;
    this.#inFlight += 1;
    this.#inFlightBytes += bytes;
    this.#tail = this.#handOn(preparing, this.#tail).then(() => {
      this.#inFlight -= 1;
      this.#inFlightBytes -= bytes;
      // Where little comes, nothing waits for a full chunk.
      if (this.#inFlight === 0) this.#flush(acls);
    });
    this.#tail.catch(() => undefined);
  }

  async #handOn(
    preparing: ReturnType<AclCarrier['prepare']>,
    before: Promise<void>,
  ): Promise<void> {
    await before;
    for (const write of await preparing) {
      this.#writer.add(write);
      const full = this.#writer.ready();
      if (full) await full;
    }
  }
}
