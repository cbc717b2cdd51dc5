import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JuteReader } from '../protocol/jute-reader.ts';

/** One change of one znode, as it stands in a server's log. */
export type LoggedChange =
  | {
      readonly kind: 'create';
      readonly path: string;
      readonly data: Buffer | null;
      readonly isEphemeral: boolean;
      /** Of one that goes by itself, which no client can see. */
      readonly nodeType?: LoggedNodeType;
    }
  | { readonly kind: 'setData'; readonly path: string; readonly data: Buffer | null }
  | { readonly kind: 'delete'; readonly path: string };

export type LoggedNodeType =
  { readonly type: 'Container' } | { readonly type: 'TTL'; readonly ttlMs: number };

/** A transaction that took effect. */
export interface LoggedTransaction {
  readonly sessionId: bigint;
  readonly zxid: bigint;
  /** True: it ends the session, whose ephemerals go with it. */
  readonly closesSession: boolean;
  /** In order; empty for one that changes no znode. */
  readonly changes: readonly LoggedChange[];
}

const FILE_HEADER_BYTES = 16;
const CHECKSUM_BYTES = 8;
const END_OF_ENTRY = 0x42;

const types = {
  create: 1,
  delete: 2,
  setData: 5,
  multi: 14,
  create2: 15,
  createContainer: 19,
  deleteContainer: 20,
  createTtl: 21,
  closeSession: -11,
} as const;

/**
 * Follows the transaction log of a server: every change that took effect, by whom and in which
 * order, which is the truth about who wrote what. A server writes it before it answers.
 */
export class TransactionLog {
  readonly #dir: string;
  #file: string | null = null;
  #offset = FILE_HEADER_BYTES;

  /** @param dataDir of a server that keeps its log beside its data */
  constructor(dataDir: string) {
    this.#dir = join(dataDir, 'version-2');
  }

  /** The transactions since the last call, in order. */
  async read(): Promise<LoggedTransaction[]> {
    const transactions: LoggedTransaction[] = [];
    for (const file of await this.#filesFrom()) {
      if (file !== this.#file) this.#offset = FILE_HEADER_BYTES;
      this.#file = file;
      const bytes = await readFrom(join(this.#dir, file), this.#offset);
      this.#offset += decodeEntries(bytes, transactions);
    }
    return transactions;
  }

  /** A server begins a new file now and then; what was read from one before it is read. */
  async #filesFrom(): Promise<string[]> {
    const files = (await readdir(this.#dir).catch(() => [])).filter((name) =>
      name.startsWith('log.'),
    );
    const current = this.#file === null ? -1n : firstZxid(this.#file);
    return files
      .filter((file) => firstZxid(file) >= current)
      .sort((one, other) => (firstZxid(one) < firstZxid(other) ? -1 : 1));
  }
}

function firstZxid(file: string): bigint {
  return BigInt(`0x${file.slice('log.'.length)}`);
}

async function readFrom(file: string, offset: number): Promise<Buffer> {
  if (offset === FILE_HEADER_BYTES) return (await readFile(file)).subarray(offset);
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.max(0, size - offset));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Files are allocated ahead, in zeros, and the last entry may be half written. */
function decodeEntries(bytes: Buffer, transactions: LoggedTransaction[]): number {
  for (let at = 0; ;) {
    const start = at + CHECKSUM_BYTES + 4;
    const length = start > bytes.length ? 0 : bytes.readInt32BE(start - 4);
    const end = start + length;
    if (length === 0 || bytes[end] !== END_OF_ENTRY) return at;
    const transaction = decodeTransaction(bytes.subarray(start, end));
    if (transaction !== null) transactions.push(transaction);
    at = end + 1;
  }
}

/** null for one that failed. */
function decodeTransaction(bytes: Buffer): LoggedTransaction | null {
  const reader = new JuteReader(bytes);
  const sessionId = reader.readLong();
  reader.readInt();
  const zxid = reader.readLong();
  reader.readLong();
  const type = reader.readInt();
  const closesSession = type === types.closeSession;
  const changes = type === types.multi ? decodeMulti(reader) : decodeChange(type, reader);
  return changes === null ? null : { sessionId, zxid, closesSession, changes };
}

/** A multi that failed holds errors only. */
function decodeMulti(reader: JuteReader): LoggedChange[] | null {
  const changes: LoggedChange[] = [];
  const count = reader.readInt();
  for (let index = 0; index < count; index++) {
    const type = reader.readInt();
    const step = decodeChange(type, new JuteReader(reader.readBuffer() ?? Buffer.alloc(0)));
    if (step === null) return null;
    changes.push(...step);
  }
  return changes;
}

const FAILED = -1;

function decodeChange(type: number, reader: JuteReader): LoggedChange[] | null {
  switch (type) {
    case types.create:
    case types.create2:
      return [{ ...decodeCreate(reader), isEphemeral: reader.readBool() }];
    case types.createContainer:
      return [{ ...decodeCreate(reader), isEphemeral: false, nodeType: { type: 'Container' } }];
    case types.createTtl: {
      const created = decodeCreate(reader);
      // The counter of the parent stands between.
      reader.readInt();
      const ttlMs = Number(reader.readLong());
      return [{ ...created, isEphemeral: false, nodeType: { type: 'TTL', ttlMs } }];
    }
    case types.setData:
      return [{ kind: 'setData', path: reader.readString(), data: reader.readBuffer() }];
    case types.delete:
    case types.deleteContainer:
      return [{ kind: 'delete', path: reader.readString() }];
    default:
      return type === FAILED ? null : [];
  }
}

function decodeCreate(
  reader: JuteReader,
): Pick<LoggedChange & { kind: 'create' }, 'kind' | 'path' | 'data'> {
  const path = reader.readString();
  const data = reader.readBuffer();
  const aclCount = reader.readInt();
  for (let index = 0; index < aclCount; index++) {
    reader.readInt();
    reader.readString();
    reader.readString();
  }
  return { kind: 'create', path, data };
}
