import { errorCodeOf, protocolError, serverError } from '../errors.ts';
import type { HandshakeStep } from '../link/handshake.ts';
import type { JuteReader } from '../protocol/jute-reader.ts';
import type { JuteWriter } from '../protocol/jute-writer.ts';
import { SET_WATCHES_XID, type ReplyHeader } from '../protocol/records.ts';
import { splitWatchedPaths, writeSetWatches, type WatchedPaths } from '../protocol/watches.ts';

export interface RearmOptions {
  /** Asked when the step begins: watches come and go while a connection is being opened. */
  watchedPaths: () => WatchedPaths;
  lastZxid: bigint;
}

const nothingWatched: WatchedPaths = {
  data: [],
  exists: [],
  children: [],
  persistent: [],
  recursive: [],
};

/**
 * Arms all watches on a new connection of an old session, after authentication, since servers
 * check it, and before any request, whose changes would otherwise go by unseen.
 */
export class RearmStep implements HandshakeStep {
  readonly #options: RearmOptions;
  /** Sent and not answered, in that order. */
  #unanswered: WatchedPaths[] = [];

  constructor(options: RearmOptions) {
    this.#options = options;
  }

  begin(writer: JuteWriter): void {
    const parts = splitWatchedPaths(this.#options.watchedPaths());
    // A step ends with a reply, so there must be a request.
    if (parts.length === 0) parts.push(nothingWatched);
    for (const part of parts) this.#send(part, writer);
  }

  accept(header: ReplyHeader, _reader: JuteReader, writer: JuteWriter): boolean {
    const part = this.#unanswered.shift();
    if (part === undefined || header.xid !== SET_WATCHES_XID) {
      throw protocolError(`reply with xid ${header.xid} while arming watches`);
    }
    // A busy server did not execute it. The attempt's deadline ends this, if nothing else does.
    if (errorCodeOf(header.error) === 'Throttled') this.#send(part, writer);
    else if (header.error !== 0) throw serverError(header.error, { operation: 'watch' });
    return this.#unanswered.length === 0;
  }

  #send(part: WatchedPaths, writer: JuteWriter): void {
    writeSetWatches(writer, part, this.#options.lastZxid);
    this.#unanswered.push(part);
  }
}
