/** Bounds of one read batch. */
export interface BatchLimits {
  /** Most questions in a batch. */
  readonly maxOps: number;
  /** Bytes of answers that a batch should bring, as far as the past tells. */
  readonly targetBytes: number;
  /** The largest that a znode may be as far as is known before the first is read. */
  readonly largestBytes: number;
}

/** What came of a batch. */
export interface BatchAnswer {
  /** Questions that were answered. */
  readonly ops: number;
  /** Bytes of all answers. */
  readonly bytes: number;
  /** Bytes of the largest. */
  readonly largestBytes: number;
}

const FIRST_OPS = 8;
const GROWTH = 2;

/**
 * What a server may come to hold for one batch, if all of it is as large as the largest known: it puts
 * the whole answer together, of whatever size, before it sends the first byte.
 */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * Chooses how many znodes are asked for at once. Nobody says how large a znode is before it is
 * read, and a server answers a batch of any size; so batches start small, grow while znodes are
 * small, and shrink at once where they are large. Where one was larger than servers take by default,
 * others may be, too: from then on no batch asks for more than servers can bear to hold.
 */
export class BatchSizer {
  readonly #limits: BatchLimits;
  #largestBytes: number;
  #ops: number;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
    this.#largestBytes = limits.largestBytes;
    this.#ops = this.#bounded(FIRST_OPS);
  }

  /** Questions for the next batch, at least one. */
  get ops(): number {
    return this.#ops;
  }

  /** Learns from an answered batch. */
  observe({ ops, bytes, largestBytes }: BatchAnswer): void {
    if (ops === 0) return;
    this.#largestBytes = Math.max(this.#largestBytes, largestBytes);
    const fitting = Math.floor(this.#limits.targetBytes / Math.max(1, bytes / ops));
    // A batch that was far from full says nothing about the next full one, unless it was heavy.
    const wanted = ops * GROWTH >= this.#ops ? this.#ops * GROWTH : this.#ops;
    this.#ops = this.#bounded(Math.min(fitting, wanted));
  }

  #bounded(ops: number): number {
    const bearable = Math.floor(MAX_ANSWER_BYTES / this.#largestBytes);
    return Math.max(1, Math.min(ops, this.#limits.maxOps, bearable));
  }
}
