import type { AuthInfo } from '../acl.ts';
import { protocolError, serverError, type ZooKeeperError } from '../errors.ts';
import type { ReplyHeader } from '../protocol/records.ts';

interface PendingAuth {
  readonly auth: AuthInfo;
  /** Its place among all identities. */
  readonly index: number;
  readonly resolve: () => void;
  readonly reject: (error: ZooKeeperError) => void;
}

/**
 * The identities of a session: what to present on each of its connections, and who waits for an
 * answer about one. Answers come in the order of the requests, apart from all others.
 */
export class Identities {
  readonly #all: AuthInfo[] = [];
  #pending: PendingAuth[] = [];

  constructor(initial: readonly AuthInfo[]) {
    for (const auth of initial) this.#remember(auth);
  }

  /** In the order in which they were added, each once. */
  get all(): readonly AuthInfo[] {
    return [...this.#all];
  }

  /** Presented from now on. Resolves when a server has accepted it. */
  add(auth: AuthInfo): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ auth, index: this.#remember(auth), resolve, reject });
    });
  }

  /**
   * A new connection was made, and accepted the first so many in its handshake.
   *
   * @returns those that are to be sent on it still, because they were added meanwhile
   */
  accepted(count: number): AuthInfo[] {
    const pending = this.#pending;
    this.#pending = pending.filter(({ index }) => index >= count);
    for (const { index, resolve } of pending) if (index < count) resolve();
    return this.#pending.map(({ auth }) => auth);
  }

  /** @throws ZooKeeperError when it was a refusal, after which the server closes */
  answered({ error }: ReplyHeader): void {
    const pending = this.#pending.shift();
    if (pending === undefined) throw protocolError('authentication reply without a request');
    if (error === 0) {
      pending.resolve();
      return;
    }
    const refusal = serverError(error, { operation: 'addAuth' });
    pending.reject(refusal);
    throw refusal;
  }

  /** Nothing will be answered any more. */
  fail(error: ZooKeeperError): void {
    for (const { reject } of this.#pending.splice(0)) reject(error);
  }

  /** Once, so that what is replayed does not grow. @returns its place */
  #remember({ scheme, credential }: AuthInfo): number {
    const known = this.#all.findIndex(
      (auth) => auth.scheme === scheme && auth.credential.equals(credential),
    );
    if (known !== -1) return known;
    return this.#all.push({ scheme, credential: Buffer.from(credential) }) - 1;
  }
}
