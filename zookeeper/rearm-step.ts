import { protocolError, serverError } from './errors.ts';
import type { HandshakeStep } from './handshake.ts';
import type { JuteWriter } from './protocol/jute-writer.ts';
import { setWatchesXid } from './protocol/records.ts';
import type { ReplyHeader } from './protocol/records.ts';
import { splitWatchedPaths, writeSetWatches } from './protocol/watches.ts';
import type { WatchedPaths } from './protocol/watches.ts';

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
  #missingReplies = 0;

  constructor(options: RearmOptions) {
    this.#options = options;
  }

  begin(writer: JuteWriter): void {
    const { watchedPaths, lastZxid } = this.#options;
    const parts = splitWatchedPaths(watchedPaths());
    // A step ends with a reply, so there must be a request.
    if (parts.length === 0) parts.push(nothingWatched);
    for (const part of parts) writeSetWatches(writer, part, lastZxid);
    this.#missingReplies = parts.length;
  }

  accept(header: ReplyHeader): boolean {
    if (header.error !== 0) throw serverError(header.error, { operation: 'watch' });
    if (header.xid !== setWatchesXid) {
      throw protocolError(`reply with xid ${header.xid} while arming watches`);
    }
    this.#missingReplies--;
    return this.#missingReplies === 0;
  }
}
