import { JUTE_MAX_BUFFER_BYTES } from '../../api/options/synchronize-options.ts';

/** The servers' own default of `jute.maxbuffer`. */
export const DEFAULT_REQUEST_BYTES = 0xfffff;

/** No server is set up to take less than this; so what is smaller did not go down for its size. */
const NEVER_TOO_LARGE_BYTES = JUTE_MAX_BUFFER_BYTES.min;

/** More would not fit into memory, whatever the servers take. */
const MAX_REQUEST_BYTES = JUTE_MAX_BUFFER_BYTES.max;

/** One loss may be chance. */
const LOSSES_TO_HALVE = 2;

/** Limits are multiples of this as a rule; what lies between is tried when it comes up. */
const STEP_BYTES = 4_096;

/** After so many in a row that found no server, none is begun any more. */
const MAX_FAILED_TRIALS = 3;

/** Tries how large a request a side takes, in a way that changes nothing there. */
export interface RequestTrial {
  /** False if the servers drop the connection on a request of so many bytes, each time. */
  takes(bytes: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface RequestLimitOptions {
  /** What somebody said of `jute.maxbuffer`: nothing is tried then. Default: nobody did. */
  readonly configuredBytes?: number | null;
  /** Null where no connection can be had to try it with. Default: none can. */
  readonly openTrial?: () => Promise<RequestTrial | null>;
  /** Told that batches have at most so many bytes from now on. */
  readonly onHalved?: (bytes: number) => void;
}

/**
 * How large the requests to one side may be. Servers drop the connection, without a word, on one that
 * is larger than their `jute.maxbuffer`; nothing else tells what that is. Batches are halved when they
 * go down twice in a row, and stay so for the rest of the run. Where a single request is larger than
 * servers take by default, or went down, it is tried how large one may be.
 */
export class RequestLimit {
  readonly #options: RequestLimitOptions;
  /** What may be sent, as far as is known: by default, what servers take by default. */
  #bytes: number;
  /** So many are taken for certain. */
  #taken: number;
  /** So many are not. */
  #refused = Infinity;
  /** What may be sent went down. */
  #isDoubted = false;
  #failedTrials = 0;
  #batchBytes: number;
  #losses = 0;
  /** The largest request that went down with the latest connection that did. */
  #lost: { readonly connection: number; readonly bytes: number } | null = null;
  /** One trial at a time. */
  #trying: Promise<unknown> = Promise.resolve();

  constructor(options: RequestLimitOptions = {}) {
    this.#options = options;
    const { configuredBytes = null } = options;
    this.#taken = configuredBytes ?? NEVER_TOO_LARGE_BYTES;
    if (configuredBytes !== null) this.#refused = configuredBytes + 1;
    this.#bytes = configuredBytes ?? DEFAULT_REQUEST_BYTES;
    this.#batchBytes = this.#bytes;
  }

  /** Most bytes of one request, as far as is known now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Most bytes of a request that could as well be several. */
  get batchBytes(): number {
    return this.#batchBytes;
  }

  /** True while {@link took} has something to learn. */
  get isInDoubt(): boolean {
    return this.#losses > 0;
  }

  /** For a person: who takes nothing larger at the destination, and what to do. */
  get remedy(): string {
    const { configuredBytes = null } = this.#options;
    if (configuredBytes !== null) {
      return `Requests to the destination have at most ${configuredBytes} bytes, as spec.zookeeper.client.juteMaxBufferBytes of its Database (--destination-jute-max-buffer-bytes) says: raise it, if jute.maxbuffer of the servers is higher.`;
    }
    if (this.#failedTrials > 0) {
      return `How large a request the destination takes was not found out, for it granted no second session to try it with; ${this.#bytes} bytes were assumed: set spec.zookeeper.client.juteMaxBufferBytes of its Database to jute.maxbuffer of the servers.`;
    }
    if (this.#taken >= MAX_REQUEST_BYTES) {
      return `This worker sends requests of at most ${MAX_REQUEST_BYTES} bytes: exclude what is larger (exclude.paths).`;
    }
    return `The destination takes requests of at most ${this.#taken} bytes, as was tried: raise jute.maxbuffer of its servers (and zookeeper.largeRequestMaxBytes, where that is lower), or exclude what is larger (exclude.paths).`;
  }

  /** Finds out whether a single request of so many bytes may be sent. */
  async allows(bytes: number): Promise<boolean> {
    const known = this.#known(bytes);
    if (known !== null) return known;
    const trying = this.#trying.then(() => this.#try(bytes));
    this.#trying = trying.catch(() => undefined);
    return await trying;
  }

  /** A single request of so many bytes went down twice: that they are taken is not certain any more. */
  doubt(bytes: number): void {
    if (bytes > this.#taken) this.#isDoubted = true;
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
    this.#options.onHalved?.(half);
  }

  /** Null where it has to be tried. */
  #known(bytes: number): boolean | null {
    if (bytes <= this.#taken) return true;
    if (bytes >= this.#refused || bytes > MAX_REQUEST_BYTES) return false;
    return bytes <= this.#bytes && !this.#isDoubted ? true : null;
  }

  async #try(bytes: number): Promise<boolean> {
    // An earlier trial may have told.
    const known = this.#known(bytes);
    if (known !== null) return known;
    const trial = await this.#openTrial();
    // Where it cannot be tried, what went down is sent again, as if nothing were known.
    this.#isDoubted = false;
    if (trial === null) return bytes <= this.#bytes;
    try {
      if (await this.#tryOne(trial, bytes)) {
        this.#bytes = Math.max(this.#bytes, bytes);
        return true;
      }
      await this.#narrow(trial);
      this.#bytes = this.#taken;
      this.#batchBytes = Math.min(this.#batchBytes, this.#taken);
      return false;
    } finally {
      await trial.close();
    }
  }

  /** A server may be away for a moment; one that grants no more sessions is not asked for ever. */
  async #openTrial(): Promise<RequestTrial | null> {
    if (this.#failedTrials >= MAX_FAILED_TRIALS) return null;
    const trial = (await this.#options.openTrial?.()) ?? null;
    this.#failedTrials = trial === null ? this.#failedTrials + 1 : 0;
    return trial;
  }

  async #tryOne(trial: RequestTrial, bytes: number): Promise<boolean> {
    const isTaken = await trial.takes(bytes);
    if (isTaken) this.#taken = Math.max(this.#taken, bytes);
    else this.#refused = Math.min(this.#refused, bytes);
    return isTaken;
  }

  /** Until nothing is left to try; what servers take by default is tried first. */
  async #narrow(trial: RequestTrial): Promise<void> {
    for (const bytes of [DEFAULT_REQUEST_BYTES, DEFAULT_REQUEST_BYTES + 1]) {
      if (this.#taken < bytes && bytes < this.#refused) await this.#tryOne(trial, bytes);
    }
    for (;;) {
      const middle = (this.#taken + this.#refused) / 2;
      const bytes = Math.round(middle / STEP_BYTES) * STEP_BYTES;
      if (bytes <= this.#taken || bytes >= this.#refused) return;
      await this.#tryOne(trial, bytes);
    }
  }
}
