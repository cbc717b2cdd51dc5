/** The servers' own default of `jute.maxbuffer`. */
export const DEFAULT_REQUEST_BYTES = 0xfffff;

/** No server is set up to take less than this; so what is smaller did not go down for its size. */
const NEVER_TOO_LARGE_BYTES = 8 * 1024;

/** One loss may be chance. */
const LOSSES_TO_HALVE = 2;

/**
 * How large the requests to one side may be. Servers drop the connection, without a word, on one that
 * is larger than their `jute.maxbuffer`. Batches are halved when they go down twice in a row, and stay
 * so for the rest of the run.
 */
export class RequestLimit {
  /** Most bytes of one request, as far as is known. */
  readonly bytes: number;
  readonly #onHalved: (bytes: number) => void;
  #batchBytes: number;
  #losses = 0;
  /** The largest request that went down with the latest connection that did. */
  #lost: { readonly connection: number; readonly bytes: number } | null = null;

  /** @param configuredBytes null where nobody said it: the default of the servers */
  constructor(
    configuredBytes: number | null = null,
    onHalved: (bytes: number) => void = () => undefined,
  ) {
    this.bytes = configuredBytes ?? DEFAULT_REQUEST_BYTES;
    this.#batchBytes = this.bytes;
    this.#onHalved = onHalved;
  }

  /** Most bytes of a request that could as well be several. */
  get batchBytes(): number {
    return this.#batchBytes;
  }

  /** True while {@link took} has something to learn. */
  get isInDoubt(): boolean {
    return this.#losses > 0;
  }

  /**
   * A request went down with its connection.
   *
   * @param connection tells apart what went down together
   */
  lost(bytes: number, connection: number): void {
    if (this.#lost?.connection === connection) {
      if (bytes > this.#lost.bytes) this.#lost = { connection, bytes };
    } else {
      this.#losses += 1;
      this.#lost = { connection, bytes };
    }
    this.#halveIfNeeded();
  }

  /** A request was answered. */
  took(bytes: number): void {
    const isLarge = bytes * 2 > this.#batchBytes || bytes >= (this.#lost?.bytes ?? 0);
    if (isLarge) this.#losses = 0;
  }

  #halveIfNeeded(): void {
    const lostBytes = this.#lost?.bytes ?? 0;
    if (this.#losses < LOSSES_TO_HALVE || lostBytes <= NEVER_TOO_LARGE_BYTES) return;
    const half = Math.max(NEVER_TOO_LARGE_BYTES, Math.floor(lostBytes / 2));
    if (half >= this.#batchBytes) return;
    this.#batchBytes = half;
    // The next loss halves again: a doubt remains until something of this size is answered.
    this.#losses = 1;
    this.#onHalved(half);
  }
}
