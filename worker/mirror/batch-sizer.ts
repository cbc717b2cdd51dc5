/** Bounds of one read batch. */
export interface BatchLimits {
  /** Most questions in a batch. */
  readonly maxOps: number;
  /** Bytes of answers that a batch should bring, as far as the past tells. */
  readonly targetBytes: number;
}

const FIRST_OPS = 8;
const GROWTH = 2;

/**
 * Chooses how many znodes are asked for at once. Nobody says how large a znode is before it is
 * read, and a server answers a batch of any size; so batches start small, grow while znodes are
 * small, and shrink at once where they are large.
 */
export class BatchSizer {
  readonly #limits: BatchLimits;
  #ops: number;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
    this.#ops = Math.min(FIRST_OPS, limits.maxOps);
  }

  /** Questions for the next batch, at least one. */
  get ops(): number {
    return this.#ops;
  }

  /** Learns from an answered batch. */
  observe(ops: number, bytes: number): void {
    if (ops === 0) return;
    const fitting = Math.floor(this.#limits.targetBytes / Math.max(1, bytes / ops));
    // A batch that was far from full says nothing about the next full one, unless it was heavy.
    const wanted = ops * GROWTH >= this.#ops ? this.#ops * GROWTH : this.#ops;
    this.#ops = Math.max(1, Math.min(fitting, wanted, this.#limits.maxOps));
  }
}
