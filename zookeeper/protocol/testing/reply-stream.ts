import { RequestQueue } from '../../session/request-queue.ts';
import { FrameDecoder } from '../frame-decoder.ts';
import { JuteReader } from '../jute-reader.ts';
import { ReplyHeader } from '../records.ts';

const UNLIMITED = Number.MAX_SAFE_INTEGER;
const MAX_REPLY_BYTES = 128 * 1024 * 1024;

/**
 * Requests and a stream of bytes that is taken for their replies: what a connection does with
 * them, without the connection.
 */
export class ReplyStream {
  readonly queue = new RequestQueue({
    maxInFlightRequests: UNLIMITED,
    maxInFlightBytes: UNLIMITED,
    maxPacketBytes: UNLIMITED,
  });
  readonly #decoder: FrameDecoder;
  /** Replies that were handed to their requests. */
  settledCount = 0;

  constructor() {
    const reader = new JuteReader();
    const header = new ReplyHeader();
    this.#decoder = new FrameDecoder((buffer, start, end) => {
      reader.reset(buffer, start, end);
      this.queue.settleNext(header.read(reader), reader);
      this.settledCount++;
    }, MAX_REPLY_BYTES);
  }

  /** @throws ProtocolError, after which the stream is of no more use */
  push(chunk: Buffer): void {
    this.#decoder.push(chunk);
  }
}
