/** What a server knows about a znode; 64-bit values as bigint. */
export interface Stat {
  /** zxid of the transaction that created the znode. */
  readonly czxid: bigint;
  /** zxid of the transaction that last changed its data. */
  readonly mzxid: bigint;
  /** Creation, in milliseconds since the epoch by the server's clock. */
  readonly ctime: bigint;
  /** Last change of the data, in milliseconds since the epoch by the server's clock. */
  readonly mtime: bigint;
  /** Number of changes of the data, starting at 0. */
  readonly version: number;
  /** Number of changes of the list of children. */
  readonly cversion: number;
  /** Number of changes of the ACL. */
  readonly aversion: number;
  /** Session that owns an ephemeral znode; 0 for the others, containers and TTL znodes included. */
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;
  /** zxid of the transaction that last created or deleted a direct child. */
  readonly pzxid: bigint;
}

export const STAT_BYTES = 68;

/**
 * A Stat still in its wire form: a bulk reader looks at one or two of the eleven fields, so each
 * is decoded when asked for. It reads from bytes that nobody else writes.
 */
export class EncodedStat implements Stat {
  readonly #bytes: DataView;
  readonly #offset: number;

  /** @param bytes hold the 68 bytes of the record at `offset` */
  constructor(bytes: DataView, offset: number) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  get czxid(): bigint {
    return this.#bytes.getBigInt64(this.#offset);
  }

  get mzxid(): bigint {
    return this.#bytes.getBigInt64(this.#offset + 8);
  }

  get ctime(): bigint {
    return this.#bytes.getBigInt64(this.#offset + 16);
  }

  get mtime(): bigint {
    return this.#bytes.getBigInt64(this.#offset + 24);
  }

  get version(): number {
    return this.#bytes.getInt32(this.#offset + 32);
  }

  get cversion(): number {
    return this.#bytes.getInt32(this.#offset + 36);
  }

  get aversion(): number {
    return this.#bytes.getInt32(this.#offset + 40);
  }

  get ephemeralOwner(): bigint {
    return this.#bytes.getBigInt64(this.#offset + 44);
  }

  get dataLength(): number {
    return this.#bytes.getInt32(this.#offset + 52);
  }

  get numChildren(): number {
    return this.#bytes.getInt32(this.#offset + 56);
  }

  get pzxid(): bigint {
    return this.#bytes.getBigInt64(this.#offset + 60);
  }
}

/** The same values as plain properties, for logs, comparisons and copies. */
export function statFields(stat: Stat): Stat {
  return {
    czxid: stat.czxid,
    mzxid: stat.mzxid,
    ctime: stat.ctime,
    mtime: stat.mtime,
    version: stat.version,
    cversion: stat.cversion,
    aversion: stat.aversion,
    ephemeralOwner: stat.ephemeralOwner,
    dataLength: stat.dataLength,
    numChildren: stat.numChildren,
    pzxid: stat.pzxid,
  };
}
