import { protocolError } from '../errors.ts';

const HEADER_BYTES = 4;

/** Frames of at least this size are announced before they are put together. */
export const LARGE_FRAME_BYTES = 64 * 1024;

/** From this size on, the memory in which a cut frame was put together is not kept for the next. */
const KEPT_PARTIAL_BYTES = 256 * 1024;

/** Called for each frame with the buffer it lies in and its payload's bounds; valid until it returns. */
export type FrameHandler = (buffer: Buffer, start: number, end: number) => void;

/**
 * Cuts a byte stream into frames: a 32-bit big-endian length, which excludes itself, then the
 * payload. Whole frames are delivered where they lie. One that is cut is put together in memory
 * that grows with what arrives, not with what its length promises.
 */
export class FrameDecoder {
  readonly #onFrame: FrameHandler;
  readonly #maxFrameBytes: number;
  readonly #onLargeFrame: (length: number) => void;
  /** The beginning of a frame that is not complete, header included. */
  #partial: Buffer = Buffer.allocUnsafeSlow(HEADER_BYTES);
  #partialBytes = 0;
  /** How many bytes of it there must be before something can be done with them. */
  #neededBytes = HEADER_BYTES;
  #isStopped = false;

  /**
   * @param maxFrameBytes a longer frame is taken for garbage rather than waited for
   * @param onLargeFrame told of the length of one of {@link LARGE_FRAME_BYTES} or more, once all before
   *   it were delivered; what it throws comes out of {@link push}
   */
  constructor(
    onFrame: FrameHandler,
    maxFrameBytes: number,
    onLargeFrame: (length: number) => void = () => undefined,
  ) {
    this.#onFrame = onFrame;
    this.#maxFrameBytes = maxFrameBytes;
    this.#onLargeFrame = onLargeFrame;
  }

  /**
   * @param end of the bytes that arrived, which `buffer` begins with; it may be overwritten as
   *   soon as this returns
   * @throws ProtocolError for an impossible length; and whatever the handler throws
   */
  push(buffer: Buffer, end: number = buffer.length): void {
    let offset = this.#partialBytes === 0 ? 0 : this.#complete(buffer, end);
    while (!this.#isStopped && end - offset >= HEADER_BYTES) {
      const frameEnd = offset + HEADER_BYTES + this.#checkedLength(buffer.readInt32BE(offset));
      if (frameEnd > end) {
        this.#neededBytes = frameEnd - offset;
        break;
      }
      this.#onFrame(buffer, offset + HEADER_BYTES, frameEnd);
      offset = frameEnd;
    }
    if (!this.#isStopped && offset < end) this.#append(buffer, offset, end);
  }

  /** No further frame is delivered, not even those of the chunk at hand. */
  stop(): void {
    this.#isStopped = true;
    this.#partial = Buffer.alloc(0);
    this.#partialBytes = 0;
  }

  /** Adds to the frame that was cut, and delivers it if that is all of it. @returns what it took */
  #complete(buffer: Buffer, end: number): number {
    let offset = 0;
    if (this.#partialBytes < HEADER_BYTES) {
      offset = this.#fill(buffer, offset, end);
      if (this.#partialBytes < HEADER_BYTES) return offset;
      this.#neededBytes = HEADER_BYTES + this.#checkedLength(this.#partial.readInt32BE(0));
    }
    offset = this.#fill(buffer, offset, end);
    if (this.#partialBytes < this.#neededBytes) return offset;
    const frame = this.#partial;
    const frameEnd = this.#neededBytes;
    this.#partialBytes = 0;
    this.#neededBytes = HEADER_BYTES;
    if (frame.length > KEPT_PARTIAL_BYTES) this.#partial = Buffer.allocUnsafeSlow(HEADER_BYTES);
    this.#onFrame(frame, HEADER_BYTES, frameEnd);
    return offset;
  }

  /** @returns where in `buffer` the needed bytes end */
  #fill(buffer: Buffer, start: number, end: number): number {
    const filledEnd = Math.min(end, start + this.#neededBytes - this.#partialBytes);
    this.#append(buffer, start, filledEnd);
    return filledEnd;
  }

  #append(buffer: Buffer, start: number, end: number): void {
    const bytes = this.#partialBytes + end - start;
    if (bytes > this.#partial.length) {
      // Doubling keeps the copying of a large frame linear.
      const grown = Buffer.allocUnsafeSlow(Math.max(HEADER_BYTES, bytes * 2));
      this.#partial.copy(grown, 0, 0, this.#partialBytes);
      this.#partial = grown;
    }
    buffer.copy(this.#partial, this.#partialBytes, start, end);
    this.#partialBytes = bytes;
  }

  #checkedLength(length: number): number {
    if (length >= LARGE_FRAME_BYTES) this.#onLargeFrame(length);
    if (length >= 0 && length <= this.#maxFrameBytes) return length;
    throw protocolError(`frame of ${length} bytes, at most ${this.#maxFrameBytes} are accepted`);
  }
}
