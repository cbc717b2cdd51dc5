import { openAcl, type Acl, type AuthInfo } from './acl.ts';
import { Chroot } from './chroot.ts';
import { createFlags, type CreateMode } from './create-mode.ts';
import { ZooKeeperError, toZooKeeperError } from './errors.ts';
import { MultiError } from './multi-error.ts';
import { resolveOptions, type ConnectOptions } from './options.ts';
import {
  answeringEach,
  multi,
  multiRead,
  type MultiCommit,
  type MultiOp,
  type MultiReadReply,
  type ReadOp,
} from './protocol/multi.ts';
import { withReplyHook, type Operation } from './protocol/operation.ts';
import * as operations from './protocol/operations.ts';
import type { AclReply, ChildrenReply, CreateReply, SyncReply } from './protocol/operations.ts';
import type { DataAndStat, Identity } from './protocol/records.ts';
import { addWatch, removeWatches, type WatchMode } from './protocol/watches.ts';
import { formatAddress } from './servers/server-address.ts';
import { Session } from './session/session.ts';
import type { SessionEnd, SessionState } from './session/session-state.ts';
import type { Stat } from './stat.ts';
import { OneShotWatch, Watch } from './watches/watch.ts';
import { WatchRegistry, type OneShotKind } from './watches/watch-registry.ts';

export interface CallOptions {
  /**
   * Gives the call up with `Aborted`. What was not sent yet never is; of a change that was sent,
   * `isOutcomeUnknown` says that it may have taken effect.
   */
  signal?: AbortSignal;
}

export interface BoundedReadOptions extends CallOptions {
  /**
   * A larger answer, of a batch all answers together, is not read: the call rejects with `ReplyTooLarge`, and
   * the connection is dropped, for a server says nothing of their size before it sends them.
   */
  maxReplyBytes?: number;
}

export interface CreateOptions extends CallOptions {
  /** Default `persistent`. */
  mode?: CreateMode;
  /** Default: everybody may do everything. */
  acl?: readonly Acl[];
  /** Return the Stat too (servers from 3.5 on). Default false. */
  withStat?: boolean;
}

export interface WatchOptions {
  /** Everything below the znode too. Default false. */
  recursive?: boolean;
  /** Events that may wait to be taken; more become one `resync`. Default 10,000. */
  maxQueuedEvents?: number;
  /** Ends the watch with `Aborted`. */
  signal?: AbortSignal;
}

/** What a read found, and a watch that tells of the first change after it. */
export type Watched<Reply> = Reply & { readonly watch: OneShotWatch };

const ANY_VERSION = -1;
const DEFAULT_MAX_QUEUED_EVENTS = 10_000;

/**
 * Opens a session.
 *
 * @throws ZooKeeperError, by what kept it from coming about: ConnectionRefused, HostUnreachable,
 *   NameNotResolved, ConnectTimeout, ClosedByServer, NotZooKeeper; TlsFailed once every server
 *   gave cause for it; at once for AuthFailed, SessionClosedRequireAuth, SessionExpired (with `attach`), Aborted, InvalidAddress,
 *   BadArguments. With several servers: that of the one that came furthest.
 */
export async function connect(options: ConnectOptions): Promise<ZooKeeperClient> {
  const resolved = resolveOptions(options);
  const chroot = new Chroot(resolved.chroot);
  const watches = new WatchRegistry((path) => chroot.relative(path));
  const session = new Session(resolved.session, watches);
  await session.start(resolved.signal);
  return new ZooKeeperClient({ session, chroot, watches });
}

interface ClientParts {
  session: Session;
  chroot: Chroot;
  watches: WatchRegistry;
}

/**
 * A session with a ZooKeeper ensemble. Calls do not wait for one another: they are sent and
 * executed in the order in which they are made. Data is copied when a call is made.
 *
 * Every method rejects with a {@link ZooKeeperError}. A broken connection fails what was sent
 * and not answered (`ConnectionLoss`, `isOutcomeUnknown` for writes); what was not sent yet waits
 * for the next connection. When the session is over, {@link ended} resolves and all else rejects.
 */
export class ZooKeeperClient implements AsyncDisposable {
  readonly #session: Session;
  readonly #chroot: Chroot;
  readonly #watches: WatchRegistry;

  /** Use {@link connect}. */
  constructor({ session, chroot, watches }: ClientParts) {
    this.#session = session;
    this.#chroot = chroot;
    this.#watches = watches;
  }

  get sessionId(): bigint {
    return this.#session.sessionId;
  }

  /** Whoever knows it can take the session over. */
  get sessionPassword(): Buffer {
    return this.#session.password;
  }

  /**
   * True if the server is older than 3.4, by its answer to the connect request: it knows no multi, no
   * check, no SASL, and never answers a request that it does not know.
   */
  get isServerBefore34(): boolean {
    return this.#session.isServerBefore34;
  }

  get negotiatedTimeoutMs(): number {
    return this.#session.timeoutMs;
  }

  /** Connections that this session had so far, the present one included. */
  get connectionCount(): number {
    return this.#session.connectionCount;
  }

  /** The highest zxid that a reply carried. */
  get lastZxid(): bigint {
    return this.#session.lastZxid;
  }

  /** `host:port` of the server connected to, null while there is none. */
  get server(): string | null {
    const { server } = this.#session;
    return server === null ? null : formatAddress(server);
  }

  get state(): SessionState {
    return this.#session.state;
  }

  /**
   * Schemes of the identities that this client presented on its latest connection. `sasl`: the
   * server verified the password and proved that it knows it. `digest`: presented, no more; any
   * password is accepted and makes an identity of its own. A TLS certificate is not among them;
   * {@link whoAmI} asks the server.
   */
  get authSchemes(): readonly string[] {
    return this.#session.authSchemes;
  }

  /** Resolves when the session is over, and why; never rejects. */
  get closed(): Promise<SessionEnd> {
    return this.#session.ended;
  }

  /** More requests wait than will be sent soon: await {@link drained} before making others. */
  get isSaturated(): boolean {
    return this.#session.isSaturated;
  }

  async drained(): Promise<void> {
    return this.#session.drained();
  }

  /** @returns the path, which for a sequential znode ends in the server's number */
  create(path: string, data: Uint8Array | null, options: CreateOptions = {}): Promise<CreateReply> {
    const { mode = 'persistent', acl = openAcl, withStat = false, signal } = options;
    return this.#call(path, (absolute) => {
      const request = { path: absolute, data, acl, ...createFlags(mode) };
      const operation = operations.createOperation(request, withStat);
      const reply = this.#request(operation, request, path, signal);
      return this.#chroot.isNone ? reply : reply.then((created) => this.#relativeReply(created));
    });
  }

  /** @param version expected, -1 for any */
  delete(path: string, version: number = ANY_VERSION, { signal }: CallOptions = {}): Promise<void> {
    return this.#call(path, (absolute) =>
      this.#request(operations.deleteNode, { path: absolute, version }, path, signal),
    );
  }

  /** @returns null when there is no such znode */
  exists(path: string, { signal }: CallOptions = {}): Promise<Stat | null> {
    return this.#call(path, (absolute) => this.#request(operations.exists, absolute, path, signal));
  }

  /** @returns data null and data empty as the two different things they are */
  getData(path: string, { signal, maxReplyBytes }: BoundedReadOptions = {}): Promise<DataAndStat> {
    return this.#call(path, (absolute) =>
      this.#request(bounded(operations.getData, maxReplyBytes), absolute, path, signal),
    );
  }

  /** @param version expected, -1 for any */
  setData(
    path: string,
    data: Uint8Array | null,
    version: number = ANY_VERSION,
    { signal }: CallOptions = {},
  ): Promise<Stat> {
    return this.#call(path, (absolute) =>
      this.#request(operations.setData, { path: absolute, data, version }, path, signal),
    );
  }

  /** @returns names, not paths, in no particular order */
  getChildren(path: string, { signal }: CallOptions = {}): Promise<ChildrenReply> {
    return this.#call(path, (absolute) =>
      this.#request(operations.getChildren, absolute, path, signal),
    );
  }

  /** Without the right to administer the znode, servers answer `user:x` for digest ids. */
  getAcl(path: string, { signal, maxReplyBytes }: BoundedReadOptions = {}): Promise<AclReply> {
    return this.#call(path, (absolute) =>
      this.#request(bounded(operations.getAcl, maxReplyBytes), absolute, path, signal),
    );
  }

  /** @param aversion expected, -1 for any */
  setAcl(
    path: string,
    acl: readonly Acl[],
    aversion: number = ANY_VERSION,
    { signal }: CallOptions = {},
  ): Promise<Stat> {
    return this.#call(path, (absolute) =>
      this.#request(operations.setAcl, { path: absolute, acl, version: aversion }, path, signal),
    );
  }

  /**
   * Waits until the server connected to has caught up with the leader: reads that follow see at
   * least what was committed when the leader answered.
   */
  sync(path: string, { signal }: CallOptions = {}): Promise<SyncReply> {
    return this.#call(path, (absolute) => this.#request(operations.sync, absolute, path, signal));
  }

  /**
   * All steps or none.
   *
   * @throws MultiError that names the step which failed; PacketTooLarge before anything is sent
   */
  async multi(ops: readonly MultiOp[], { signal }: CallOptions = {}): Promise<MultiCommit> {
    const absolute = this.#absoluteOps('multi', ops);
    const reply = await this.#request(answeringEach(multi, ops.length), absolute, null, signal);
    if (!reply.isCommitted) throw new MultiError(ops, reply.results);
    const { zxid, results } = reply;
    if (this.#chroot.isNone) return { zxid, results };
    const relative = results.map((result) =>
      result.type === 'create' ? { ...result, path: this.#chroot.relative(result.path) } : result,
    );
    return { zxid, results: relative };
  }

  /**
   * Many reads in one request (servers from 3.6 on; older ones answer Unimplemented and drop the
   * connection). Each read succeeds or fails by itself.
   */
  async multiRead(
    ops: readonly ReadOp[],
    { signal, maxReplyBytes }: BoundedReadOptions = {},
  ): Promise<MultiReadReply> {
    return this.#request(
      bounded(answeringEach(multiRead, ops.length), maxReplyBytes),
      this.#absoluteOps('multiRead', ops),
      null,
      signal,
    );
  }

  /** Paths of this session's ephemeral znodes below `prefix` (3.6 or later). */
  async getEphemerals(prefix = '/', { signal }: CallOptions = {}): Promise<string[]> {
    const paths = await this.#call(prefix, (absolute) =>
      this.#request(operations.getEphemerals, absolute, prefix, signal),
    );
    return paths.map((path) => this.#chroot.relative(path));
  }

  /** Number of all descendants (3.6 or later). */
  getAllChildrenNumber(path: string, { signal }: CallOptions = {}): Promise<number> {
    return this.#call(path, (absolute) =>
      this.#request(operations.getAllChildrenNumber, absolute, path, signal),
    );
  }

  /**
   * Watches a znode and its list of children, or everything below it (3.6 or later). Resolves
   * once the server has the watch: what is read after that misses no change.
   *
   * @throws BadArguments when this client watches the path in another way, see
   *   {@link WatchRegistry}; Unimplemented by older servers, which then drop the connection
   */
  async watch(path: string, options: WatchOptions = {}): Promise<Watch> {
    const { recursive = false, maxQueuedEvents = DEFAULT_MAX_QUEUED_EVENTS, signal } = options;
    const mode: WatchMode = recursive ? 'recursive' : 'persistent';
    const absolute = this.#chroot.absolute(path);
    this.#session.checkOpen('watch', path);
    const onClose = (): void => {
      this.#unwatch(absolute, watch);
    };
    const watch = new Watch({ maxQueuedEvents, signal, onClose });
    this.#watches.addPersistent(absolute, mode, watch);
    try {
      await this.#request(addWatch, { path: absolute, mode }, path, signal);
      return watch;
    } catch (error) {
      // Nothing to take off a server that refused; an abort has closed the watch already.
      this.#watches.removePersistent(absolute, watch);
      watch.close();
      throw error;
    }
  }

  /** As {@link getData}, with a watch for the first change of the data, or the deletion. */
  getDataAndWatch(path: string, options: CallOptions = {}): Promise<Watched<DataAndStat>> {
    return this.#readAndWatch(operations.getDataWatched, path, { kindOf: () => 'data', options });
  }

  /** As {@link exists}, with a watch for the creation, change or deletion of the znode. */
  async existsAndWatch(
    path: string,
    options: CallOptions = {},
  ): Promise<Watched<{ stat: Stat | null }>> {
    return this.#readAndWatch(operations.existsWatched, path, {
      kindOf: ({ stat }) => (stat === null ? 'exists' : 'data'),
      options,
    });
  }

  /** As {@link getChildren}, with a watch for the first child that comes or goes. */
  getChildrenAndWatch(path: string, options: CallOptions = {}): Promise<Watched<ChildrenReply>> {
    return this.#readAndWatch(operations.getChildrenWatched, path, {
      kindOf: () => 'children',
      options,
    });
  }

  /** The identities the server knows this session by (3.7 or later). */
  whoAmI({ signal }: CallOptions = {}): Promise<Identity[]> {
    return this.#request(operations.whoAmI, null, null, signal);
  }

  /** Adds an identity for the rest of the session. The server never refuses a digest. */
  addAuth(auth: AuthInfo): Promise<void> {
    return this.#session.addAuth(auth);
  }

  /** Closes the session after what was asked before is answered. Idempotent. */
  async close(): Promise<void> {
    return this.#session.close();
  }

  /** Drops the connection and leaves the session to the server, or to whoever attaches to it. */
  async detach(): Promise<void> {
    return this.#session.detach();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * The watch is armed while the reply is being read, because its event may come in the same
   * piece of input, before any promise is settled.
   */
  async #readAndWatch<Reply extends object>(
    operation: Operation<string, Reply>,
    path: string,
    { kindOf, options }: { kindOf: (reply: Reply) => OneShotKind; options: CallOptions },
  ): Promise<Watched<Reply>> {
    const absolute = this.#chroot.absolute(path);
    this.#session.checkOpen(operation.name, path);
    const watch = new OneShotWatch(() => {
      this.#watches.removeOneShot(absolute, watch);
    });
    this.#watches.addOneShot(absolute, watch);
    const arming = withReplyHook(operation, (reply) => {
      this.#watches.armOneShot(absolute, watch, kindOf(reply));
    });
    try {
      return { ...(await this.#request(arming, absolute, path, options.signal)), watch };
    } catch (error) {
      watch.cancel();
      throw error;
    }
  }

  /** Takes the last watch of a path off the server, which may have lost it already. */
  #unwatch(absolute: string, watch: Watch): void {
    if (!this.#watches.removePersistent(absolute, watch)) return;
    void this.#request(removeWatches, absolute, null).catch(() => undefined);
  }

  #request<Request, Reply>(
    operation: Operation<Request, Reply>,
    request: Request,
    path: string | null,
    signal?: AbortSignal,
  ): Promise<Reply> {
    return this.#session.request(operation, request, path, signal);
  }

  /** Nothing is thrown synchronously: every failure is a rejection. */
  #call<Reply>(path: string, send: (absolute: string) => Promise<Reply>): Promise<Reply> {
    try {
      return send(this.#chroot.absolute(path));
    } catch (error) {
      return Promise.reject(toZooKeeperError(error, 'BadArguments'));
    }
  }

  #absoluteOps<Op extends { readonly path: string }>(operation: string, ops: readonly Op[]): Op[] {
    return ops.map((op, index) => {
      try {
        const path = this.#chroot.absolute(op.path);
        return path === op.path ? op : { ...op, path };
      } catch (error) {
        const { code, message, path } = toZooKeeperError(error, 'BadArguments');
        const details = { operation, path, cause: error };
        throw new ZooKeeperError(code, `step ${index}: ${message}`, details);
      }
    });
  }

  #relativeReply(created: CreateReply): CreateReply {
    return { ...created, path: this.#chroot.relative(created.path) };
  }
}

function bounded<Request, Reply>(
  operation: Operation<Request, Reply>,
  maxReplyBytes: number | undefined,
): Operation<Request, Reply> {
  return maxReplyBytes === undefined ? operation : { ...operation, maxReplyBytes };
}
