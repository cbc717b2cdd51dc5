import { tmpdir } from 'node:os';
import { SpillFile } from './spill-file.ts';

/** One znode that has to change at the destination. */
export interface Difference {
  /** `acl`: nothing but its access control list. */
  readonly kind: 'create' | 'update' | 'delete' | 'acl';
  readonly path: string;
}

/**
 * The differences of a pass, in the order they were found: a parent always before its children.
 * Appending and reading do not overlap.
 */
export interface DifferenceLog {
  readonly size: number;
  /** @throws WorkerFailure `TemporaryFileFailed` */
  append(kind: Difference['kind'], path: string): void;
  /** Parents before children. */
  forward(): Iterable<Difference>;
  /** Children before parents. */
  backward(): Iterable<Difference>;
  /** Frees memory and disk. Idempotent. */
  close(): void;
}

export interface DifferenceLogOptions {
  /** Bytes kept in memory; what is beyond goes to a temporary file. Default 32 MiB. */
  readonly memoryBytes?: number;
  /** Where that file is made. Default: the system's directory for temporary files. */
  readonly spillDir?: string;
}

const DEFAULT_MEMORY_BYTES = 32 * 1024 * 1024;
/** A segment holds many entries and is read and written as one. */
const SEGMENT_BYTES = 256 * 1024;

/**
 * An entry is: length of its path (u32), kind (u8), path, length again (u32). The length stands at
 * both ends so that a segment can be walked in both directions.
 */
const LENGTH_BYTES = 4;
const ENTRY_OVERHEAD_BYTES = 2 * LENGTH_BYTES + 1;
const KINDS = ['create', 'update', 'delete', 'acl'] as const;

/** Opens an empty log. */
export function createDifferenceLog(options: DifferenceLogOptions = {}): DifferenceLog {
  return new SegmentedDifferenceLog({
    memoryBytes: options.memoryBytes ?? DEFAULT_MEMORY_BYTES,
    spillDir: options.spillDir ?? tmpdir(),
  });
}

class SegmentedDifferenceLog implements DifferenceLog {
  readonly #options: Required<DifferenceLogOptions>;
  readonly #inMemory: Buffer[] = [];
  readonly #spilled: { readonly offset: number; readonly length: number }[] = [];
  #file: SpillFile | null = null;
  #memoryBytes = 0;
  #open = Buffer.allocUnsafe(0);
  #openBytes = 0;
  #size = 0;

  constructor(options: Required<DifferenceLogOptions>) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  append(kind: Difference['kind'], path: string): void {
    const needed = Buffer.byteLength(path) + ENTRY_OVERHEAD_BYTES;
    if (this.#openBytes + needed > this.#open.length) {
      this.#seal();
      this.#open = Buffer.allocUnsafe(Math.max(SEGMENT_BYTES, needed));
    }
    const start = this.#openBytes;
    const length = this.#open.write(path, start + LENGTH_BYTES + 1);
    this.#open.writeUInt32LE(length, start);
    this.#open[start + LENGTH_BYTES] = KINDS.indexOf(kind);
    this.#open.writeUInt32LE(length, start + LENGTH_BYTES + 1 + length);
    this.#openBytes += length + ENTRY_OVERHEAD_BYTES;
    this.#size += 1;
  }

  *forward(): Iterable<Difference> {
    for (let index = 0; index <= this.#sealedCount; index += 1) {
      const segment = this.#segment(index);
      for (let at = 0; at < segment.length;) {
        const length = segment.readUInt32LE(at);
        yield entryAt(segment, at, length);
        at += length + ENTRY_OVERHEAD_BYTES;
      }
    }
  }

  *backward(): Iterable<Difference> {
    for (let index = this.#sealedCount; index >= 0; index -= 1) {
      const segment = this.#segment(index);
      for (let end = segment.length; end > 0;) {
        const length = segment.readUInt32LE(end - LENGTH_BYTES);
        end -= length + ENTRY_OVERHEAD_BYTES;
        yield entryAt(segment, end, length);
      }
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
    this.#inMemory.length = 0;
    this.#spilled.length = 0;
    this.#open = Buffer.allocUnsafe(0);
    this.#openBytes = 0;
    this.#size = 0;
  }

  get #sealedCount(): number {
    return this.#inMemory.length + this.#spilled.length;
  }

  /** Segments in order: those in memory, those in the file, the one being filled. */
  #segment(index: number): Buffer {
    const inMemory = this.#inMemory[index];
    if (inMemory) return inMemory;
    const spilled = this.#spilled[index - this.#inMemory.length];
    if (spilled && this.#file) return this.#file.read(spilled.offset, spilled.length);
    return this.#open.subarray(0, this.#openBytes);
  }

  #seal(): void {
    if (this.#openBytes === 0) return;
    const segment = this.#open.subarray(0, this.#openBytes);
    this.#openBytes = 0;
    if (this.#memoryBytes + segment.length <= this.#options.memoryBytes) {
      this.#memoryBytes += segment.length;
      this.#inMemory.push(segment);
      return;
    }
    this.#file ??= new SpillFile(this.#options.spillDir);
    this.#spilled.push({ offset: this.#file.append(segment), length: segment.length });
  }
}

function entryAt(segment: Buffer, at: number, length: number): Difference {
  const kind = KINDS[segment[at + LENGTH_BYTES] ?? 0] ?? 'create';
  const start = at + LENGTH_BYTES + 1;
  return { kind, path: segment.toString('utf8', start, start + length) };
}
