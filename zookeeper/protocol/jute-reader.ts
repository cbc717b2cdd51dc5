import { protocolError } from '../errors.ts';
import { keepBytes } from './byte-slab.ts';

const emptyBuffer = Buffer.alloc(0);
const emptyView = new DataView(emptyBuffer.buffer, 0, 0);

/** What a few kept bytes may hold in memory beside themselves. */
const MAX_RUN_BYTES = 16 * 1024;

/**
 * Reads jute records out of one frame. Never reads past the frame's end: a record that claims
 * more than the frame holds throws a ProtocolError. One reader is reused for all frames of a
 * connection, see {@link JuteReader.reset}.
 */
export class JuteReader {
  #buffer: Buffer = emptyBuffer;
  #view: DataView = emptyView;
  #offset = 0;
  #end = 0;
  #kept: Buffer = emptyBuffer;
  #keptView: DataView = emptyView;
  /** Bytes of the frame from some place up to this one are in #kept, by so much further back. */
  #keptEnd = 0;
  #keptShift = 0;

  constructor(frame?: Buffer) {
    if (frame !== undefined) this.reset(frame, 0, frame.length);
  }

  /** Points the reader at the frame that lies in `buffer` from `start` up to `end`. */
  reset(buffer: Buffer, start: number, end: number): void {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
    }
    this.#offset = start;
    this.#end = end;
    this.#keptEnd = 0;
  }

  /** Lets go of the last buffer. */
  release(): void {
    this.reset(emptyBuffer, 0, 0);
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  /** Holds what {@link keep} was last asked for; nobody overwrites it. */
  get kept(): Buffer {
    return this.#kept;
  }

  /** The same bytes as {@link kept}. */
  get keptView(): DataView {
    return this.#keptView;
  }

  /**
   * Moves past `byteCount` bytes that are to outlive the frame and returns where they start in
   * {@link kept}. What follows them in the frame is likely to be kept next, as the results of a
   * multiRead are: one copy serves all of a run.
   */
  keep(byteCount: number): number {
    const start = this.#advance(byteCount);
    if (this.#offset > this.#keptEnd) {
      const runEnd = Math.max(this.#offset, Math.min(this.#end, start + MAX_RUN_BYTES));
      const { buffer, view, offset } = keepBytes(this.#buffer, start, runEnd);
      this.#kept = buffer;
      this.#keptView = view;
      this.#keptEnd = runEnd;
      this.#keptShift = start - offset;
    }
    return start - this.#keptShift;
  }

  readBool(): boolean {
    return this.#buffer[this.#advance(1)] !== 0;
  }

  readInt(): number {
    return this.#view.getInt32(this.#advance(4));
  }

  readLong(): bigint {
    return this.#view.getBigInt64(this.#advance(8));
  }

  /** @returns the length of a buffer whose bytes come next, or -1 for null */
  readLength(): number {
    const length = this.readInt();
    if (length < -1 || length > this.remaining) {
      throw protocolError(`length ${length} with ${this.remaining} bytes left in the frame`);
    }
    return length;
  }

  /** A copy, so that a few bytes do not keep a whole receive buffer alive. */
  readBuffer(): Buffer | null {
    const length = this.readLength();
    if (length === -1) return null;
    const start = this.#advance(length);
    return Buffer.from(this.#buffer.subarray(start, start + length));
  }

  /** A null string, which no server sends where one is expected, reads as empty. */
  readString(): string {
    const length = this.readLength();
    if (length <= 0) return '';
    const start = this.#advance(length);
    return this.#buffer.toString('utf8', start, start + length);
  }

  /** A null vector reads as empty. */
  readVector<T>(readItem: (reader: JuteReader) => T, minItemBytes: number): T[] {
    const count = this.readInt();
    // An item count is only believed as far as the frame can hold that many.
    if (count < -1 || count * minItemBytes > this.remaining) {
      throw protocolError(`${count} items with ${this.remaining} bytes left in the frame`);
    }
    const items: T[] = [];
    for (let index = 0; index < count; index++) items.push(readItem(this));
    return items;
  }

  #advance(byteCount: number): number {
    const start = this.#offset;
    if (start + byteCount > this.#end) {
      throw protocolError(`${byteCount} bytes expected, ${this.remaining} left in the frame`);
    }
    this.#offset = start + byteCount;
    return start;
  }
}
