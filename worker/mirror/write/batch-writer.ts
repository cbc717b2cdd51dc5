import { RefusalResolver } from './refusal-resolver.ts';
import { writeWeight, type TreeWrite } from '../../tree/tree.ts';
import type { WriteContext } from './write-context.ts';

/** What may be on its way to the destination before {@link BatchWriter.ready} says to wait. */
const MAX_IN_FLIGHT_BATCHES = 8;
/** The same for batches so small that a handful of them leaves the destination waiting. */
const MAX_IN_FLIGHT_WRITES = 500;
const MAX_IN_FLIGHT_BYTES = 8 * 1024 * 1024;

/**
 * Collects writes into batches and keeps several of them on their way. Writes take effect in the
 * order they were added; a batch that is refused is taken apart once all before it are settled, so
 * that a child never overtakes its parent.
 */
export class BatchWriter {
  readonly #options: WriteContext;
  readonly #resolver: RefusalResolver;
  readonly #maxInFlightBatches: number;
  #open: TreeWrite[] = [];
  #openBytes = 0;
  #inFlightBatches = 0;
  #inFlightBytes = 0;
  /** Settles when every batch that was sent so far is; rejects once one could not be. */
  #tail: Promise<void> = Promise.resolve();
  #wake: (() => void) | null = null;
  #failed = false;

  constructor(options: WriteContext) {
    this.#options = options;
    this.#resolver = new RefusalResolver(options);
    this.#maxInFlightBatches = Math.max(
      MAX_IN_FLIGHT_BATCHES,
      Math.floor(MAX_IN_FLIGHT_WRITES / options.sink.maxBatchWrites),
    );
  }

  /** Queues a write; what is full enough goes out. Never waits: see {@link ready}. */
  add(write: TreeWrite): void {
    const weight = writeWeight(write);
    if (this.#openBytes + weight > this.#options.sink.maxBatchBytes) this.#flush();
    this.#open.push(write);
    this.#openBytes += weight;
    if (this.#open.length >= this.#options.sink.maxBatchWrites) this.#flush();
  }

  /** Null if more may be added; else resolves when it may, and rejects if writing failed. */
  ready(): Promise<void> | null {
    if (this.#failed) return this.#tail;
    if (
      this.#inFlightBatches < this.#maxInFlightBatches &&
      this.#inFlightBytes < MAX_IN_FLIGHT_BYTES
    ) {
      return null;
    }
    return this.#waitForRoom();
  }

  /** Resolves when everything that was added is settled; rejects if the destination was lost. */
  async finish(): Promise<void> {
    this.#flush();
    await this.#tail;
  }

  async #waitForRoom(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#failed) await this.#tail;
  }

  #flush(): void {
    if (this.#open.length === 0) return;
    const batch = this.#open;
    const bytes = this.#openBytes;
    this.#open = [];
    this.#openBytes = 0;
    this.#inFlightBatches += 1;
    this.#inFlightBytes += bytes;
    this.#tail = this.#settle(batch, bytes, this.#tail);
    this.#tail.catch(() => undefined);
  }

  async #settle(batch: readonly TreeWrite[], bytes: number, before: Promise<void>): Promise<void> {
    try {
      // After a failure nothing more goes out; before it, batches follow each other unanswered.
      if (this.#failed) return await before;
      const sent = this.#options.sink.write(batch);
      sent.catch(() => undefined);
      await before;
      await this.#resolver.settle(batch, await sent);
    } catch (error) {
      this.#failed = true;
      throw error;
    } finally {
      this.#inFlightBatches -= 1;
      this.#inFlightBytes -= bytes;
      this.#wake?.();
      this.#wake = null;
    }
  }
}
