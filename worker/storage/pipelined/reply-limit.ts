/**
 * How many questions may be asked in one request so that the answers fit into memory. Nobody says how
 * large a znode is before it is read: what came out too large tells, until answers are small again.
 */
export class ReplyLimit {
  readonly #maxReplyBytes: number;
  #maxOps = Infinity;

  constructor(maxReplyBytes: number) {
    this.#maxReplyBytes = maxReplyBytes;
  }

  /** Most questions of one request. */
  get maxOps(): number {
    return this.#maxOps;
  }

  /**
   * The answers to so many questions, more than one, were too large.
   *
   * @returns how many to ask instead
   */
  exceeded(ops: number, replyBytes: number): number {
    // Half of what would fit on average: the first may be the larger ones.
    const fitting = Math.floor((ops * this.#maxReplyBytes) / (2 * replyBytes));
    this.#maxOps = Math.max(1, Math.min(ops - 1, fitting));
    return this.#maxOps;
  }

  /** A request was answered. */
  answered(ops: number, replyBytes: number): void {
    if (ops >= this.#maxOps && replyBytes * 4 <= this.#maxReplyBytes) this.#maxOps *= 2;
  }
}
