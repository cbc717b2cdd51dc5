import { protocolError } from '../errors.ts';

const headerBytes = 4;

/** Called for each frame with the buffer it lies in and its payload's bounds; valid until it returns. */
export type FrameHandler = (buffer: Buffer, start: number, end: number) => void;

/**
 * Cuts a byte stream into frames: a 32-bit big-endian length, which excludes itself, then the
 * payload. Keeps what is incomplete as a list of chunks and joins it once, so that a large frame
 * costs one copy however small the pieces are in which it arrives.
 */
export class FrameDecoder {
  readonly #onFrame: FrameHandler;
  readonly #maxFrameBytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #neededBytes = headerBytes;
  #isStopped = false;

  /** @param maxFrameBytes a longer frame is taken for garbage rather than waited for */
  constructor(onFrame: FrameHandler, maxFrameBytes: number) {
    this.#onFrame = onFrame;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** @throws ProtocolError for an impossible length; and whatever the handler throws */
  push(chunk: Buffer): void {
    if (this.#isStopped) return;
    if (this.#pendingBytes === 0) {
      this.#decode(chunk);
      return;
    }
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes < this.#neededBytes) return;
    const joined = Buffer.concat(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#decode(joined);
  }

  /** No further frame is delivered, not even those of the chunk at hand. */
  stop(): void {
    this.#isStopped = true;
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #decode(buffer: Buffer): void {
    let offset = 0;
    this.#neededBytes = headerBytes;
    while (buffer.length - offset >= headerBytes) {
      const length = this.#checkedLength(buffer.readInt32BE(offset));
      const end = offset + headerBytes + length;
      if (end > buffer.length) {
        this.#neededBytes = headerBytes + length;
        break;
      }
      this.#onFrame(buffer, offset + headerBytes, end);
      if (this.#isStopped) return;
      offset = end;
    }
    if (offset < buffer.length) {
      this.#pending = [offset === 0 ? buffer : buffer.subarray(offset)];
      this.#pendingBytes = buffer.length - offset;
    }
  }

  #checkedLength(length: number): number {
    if (length >= 0 && length <= this.#maxFrameBytes) return length;
    throw protocolError(`frame of ${length} bytes, at most ${this.#maxFrameBytes} are accepted`);
  }
}
