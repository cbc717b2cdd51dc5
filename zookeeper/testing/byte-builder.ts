/**
 * Builds expected and scripted bytes without the code under test: each method appends one jute
 * primitive, big-endian.
 */
export class ByteBuilder {
  readonly #parts: Buffer[] = [];

  bool(value: boolean): this {
    return this.raw(Buffer.from([value ? 1 : 0]));
  }

  int(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return this.raw(bytes);
  }

  long(value: bigint): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(value);
    return this.raw(bytes);
  }

  buffer(value: Uint8Array | null): this {
    if (value === null) return this.int(-1);
    return this.int(value.length).raw(value);
  }

  string(value: string): this {
    return this.buffer(Buffer.from(value, 'utf8'));
  }

  strings(values: readonly string[]): this {
    this.int(values.length);
    for (const value of values) this.string(value);
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  build(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /** With the length in front. */
  frame(): Buffer {
    const payload = this.build();
    return new ByteBuilder().int(payload.length).raw(payload).build();
  }
}

export function bytes(): ByteBuilder {
  return new ByteBuilder();
}

/** The 68 bytes of a Stat; what is not given is 0. */
export function statRecord(fields: Partial<StatFields> = {}): Buffer {
  const stat = { ...zeroStat, ...fields };
  return bytes()
    .long(stat.czxid)
    .long(stat.mzxid)
    .long(stat.ctime)
    .long(stat.mtime)
    .int(stat.version)
    .int(stat.cversion)
    .int(stat.aversion)
    .long(stat.ephemeralOwner)
    .int(stat.dataLength)
    .int(stat.numChildren)
    .long(stat.pzxid)
    .build();
}

export interface StatFields {
  czxid: bigint;
  mzxid: bigint;
  ctime: bigint;
  mtime: bigint;
  version: number;
  cversion: number;
  aversion: number;
  ephemeralOwner: bigint;
  dataLength: number;
  numChildren: number;
  pzxid: bigint;
}

export const zeroStat: Readonly<StatFields> = {
  czxid: 0n,
  mzxid: 0n,
  ctime: 0n,
  mtime: 0n,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  dataLength: 0,
  numChildren: 0,
  pzxid: 0n,
};
