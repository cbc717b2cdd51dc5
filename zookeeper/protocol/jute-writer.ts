const DEFAULT_CHUNK_BYTES = 64 * 1024;

/** Below this length, storing ASCII byte by byte beats the call into native code. */
const SHORT_STRING_LENGTH = 64;

const FRAME_HEADER_BYTES = 4;

/**
 * Writes length-prefixed frames of jute records (the serialization of ZooKeeper, big-endian)
 * into an arena: large chunks that are filled one after another and never reused, so bytes that
 * were handed to a socket stay untouched. A frame lies within one chunk.
 *
 * Layout of the current chunk: [taken | finished frames | frame being written | free].
 */
export class JuteWriter {
  readonly #chunkBytes: number;
  #chunk: Buffer;
  #view: DataView;
  #takenEnd = 0;
  #frameStart = 0;
  #offset = 0;
  /** Finished frames in chunks that were left for a new one. */
  #retired: Buffer[] = [];

  constructor(chunkBytes: number = DEFAULT_CHUNK_BYTES) {
    this.#chunkBytes = chunkBytes;
    this.#chunk = Buffer.allocUnsafeSlow(chunkBytes);
    this.#view = viewOf(this.#chunk);
  }

  beginFrame(): void {
    this.#frameStart = this.#offset;
    this.#ensure(FRAME_HEADER_BYTES);
    this.#offset += FRAME_HEADER_BYTES;
  }

  /** @returns the length of the frame's payload in bytes, as its prefix says */
  endFrame(): number {
    const payloadBytes = this.#offset - this.#frameStart - FRAME_HEADER_BYTES;
    this.#view.setInt32(this.#frameStart, payloadBytes);
    this.#frameStart = this.#offset;
    return payloadBytes;
  }

  /** The payload written so far into the frame that is open. */
  get frameBytes(): number {
    return this.#offset - this.#frameStart - FRAME_HEADER_BYTES;
  }

  /** Forgets the frame that was begun and not ended. */
  abandonFrame(): void {
    this.#offset = this.#frameStart;
  }

  /** Appends a frame that was finished before, its length in front included. */
  appendFrame(frame: Uint8Array): void {
    this.#frameStart = this.#offset;
    this.#ensure(frame.length);
    this.#chunk.set(frame, this.#offset);
    this.#offset += frame.length;
    this.#frameStart = this.#offset;
  }

  /** Removes the oldest `byteCount` bytes of the finished frames and returns them in order. */
  take(byteCount: number): Buffer[] {
    const parts: Buffer[] = [];
    let missing = byteCount;
    while (missing > 0) {
      const oldest = this.#retired[0];
      if (oldest === undefined) break;
      if (oldest.length > missing) {
        parts.push(oldest.subarray(0, missing));
        this.#retired[0] = oldest.subarray(missing);
        return parts;
      }
      parts.push(oldest);
      this.#retired.shift();
      missing -= oldest.length;
    }
    if (missing > 0) {
      parts.push(this.#chunk.subarray(this.#takenEnd, this.#takenEnd + missing));
      this.#takenEnd += missing;
    }
    return parts;
  }

  /** Removes every finished frame. */
  takeAll(): Buffer {
    const parts = this.#retired;
    this.#retired = [];
    parts.push(this.#chunk.subarray(this.#takenEnd, this.#frameStart));
    this.#takenEnd = this.#frameStart;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  writeBool(value: boolean): void {
    this.#ensure(1);
    this.#chunk[this.#offset++] = value ? 1 : 0;
  }

  writeInt(value: number): void {
    this.#ensure(4);
    this.#view.setInt32(this.#offset, value);
    this.#offset += 4;
  }

  writeLong(value: bigint): void {
    this.#ensure(8);
    this.#view.setBigInt64(this.#offset, value);
    this.#offset += 8;
  }

  /** Null and empty are different values on the wire, and stay so. */
  writeBuffer(value: Uint8Array | null): void {
    if (value === null) {
      this.writeInt(-1);
      return;
    }
    this.#ensure(4 + value.length);
    this.#view.setInt32(this.#offset, value.length);
    this.#chunk.set(value, this.#offset + 4);
    this.#offset += 4 + value.length;
  }

  writeString(value: string): void {
    if (value.length > SHORT_STRING_LENGTH || !this.#writeShortAscii(value)) this.#writeUtf8(value);
  }

  #writeShortAscii(value: string): boolean {
    const { length } = value;
    this.#ensure(4 + length);
    const chunk = this.#chunk;
    const start = this.#offset + 4;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      chunk[start + index] = code;
    }
    this.#view.setInt32(this.#offset, length);
    this.#offset = start + length;
    return true;
  }

  #writeUtf8(value: string): void {
    this.#ensure(4 + Buffer.byteLength(value));
    const written = this.#chunk.write(value, this.#offset + 4, 'utf8');
    this.#view.setInt32(this.#offset, written);
    this.#offset += 4 + written;
  }

  #ensure(byteCount: number): void {
    if (this.#offset + byteCount > this.#chunk.length) this.#startChunk(byteCount);
  }

  /** The unfinished frame moves along, so that it stays in one piece. */
  #startChunk(byteCount: number): void {
    if (this.#frameStart > this.#takenEnd) {
      this.#retired.push(this.#chunk.subarray(this.#takenEnd, this.#frameStart));
    }
    const unfinished = this.#chunk.subarray(this.#frameStart, this.#offset);
    const needed = unfinished.length + byteCount;
    // Doubling keeps the copying of a large frame linear.
    const size = needed <= this.#chunkBytes ? this.#chunkBytes : needed * 2;
    const chunk = Buffer.allocUnsafeSlow(size);
    chunk.set(unfinished);
    this.#chunk = chunk;
    this.#view = viewOf(chunk);
    this.#takenEnd = 0;
    this.#frameStart = 0;
    this.#offset = unfinished.length;
  }
}

function viewOf(chunk: Buffer): DataView {
  return new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
}
