import { openAcl } from './acl.ts';
import type { Acl, AuthInfo } from './acl.ts';
import { createFlags } from './create-mode.ts';
import type { CreateMode } from './create-mode.ts';
import { ZooKeeperError, toZooKeeperError } from './errors.ts';
import { MultiError } from './multi-error.ts';
import { resolveOptions } from './options.ts';
import type { ConnectOptions } from './options.ts';
import { checkPath } from './path.ts';
import { multi, multiRead } from './protocol/multi.ts';
import type { MultiOp, MultiReadReply, MultiResult, ReadOp } from './protocol/multi.ts';
import type { Operation } from './protocol/operation.ts';
import * as operations from './protocol/operations.ts';
import type { AclReply, ChildrenReply, CreateReply, SyncReply } from './protocol/operations.ts';
import type { DataAndStat, Identity } from './protocol/records.ts';
import { formatAddress } from './server-address.ts';
import { Session } from './session.ts';
import type { SessionEnd, SessionState } from './session.ts';
import type { Stat } from './stat.ts';

export interface CreateOptions {
  /** Default `persistent`. */
  mode?: CreateMode;
  /** Default: everybody may do everything. */
  acl?: readonly Acl[];
  /** Return the Stat too (servers from 3.5 on). Default false. */
  withStat?: boolean;
}

const anyVersion = -1;

/**
 * Opens a session.
 *
 * @throws ZooKeeperError, by what kept it from coming about: ConnectionRefused, HostUnreachable,
 *   NameNotResolved, ConnectTimeout, ClosedByServer, NotZooKeeper; at once for AuthFailed,
 *   SessionClosedRequireAuth, SessionExpired (with `attach`), Aborted, InvalidAddress,
 *   BadArguments. With several servers: that of the one that came furthest.
 */
export async function connect(options: ConnectOptions): Promise<ZooKeeperClient> {
  const resolved = resolveOptions(options);
  const session = new Session(resolved.session);
  await session.start(resolved.signal);
  return new ZooKeeperClient(session, resolved.chroot);
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
  readonly #chroot: string;

  /** Use {@link connect}. */
  constructor(session: Session, chroot: string) {
    this.#session = session;
    this.#chroot = chroot;
  }

  get sessionId(): bigint {
    return this.#session.sessionId;
  }

  /** Whoever knows it can take the session over. */
  get sessionPassword(): Buffer {
    return this.#session.password;
  }

  get negotiatedTimeoutMs(): number {
    return this.#session.timeoutMs;
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
    const { mode = 'persistent', acl = openAcl, withStat = false } = options;
    return this.#call(path, (absolute) => {
      const request = { path: absolute, data, acl, ...createFlags(mode) };
      const reply = this.#request(operations.createOperation(request, withStat), request, path);
      return this.#chroot === '' ? reply : reply.then((created) => this.#relativeReply(created));
    });
  }

  /** @param version expected, -1 for any */
  delete(path: string, version: number = anyVersion): Promise<void> {
    return this.#call(path, (absolute) =>
      this.#request(operations.deleteNode, { path: absolute, version }, path),
    );
  }

  /** @returns null when there is no such znode */
  exists(path: string): Promise<Stat | null> {
    return this.#call(path, (absolute) => this.#request(operations.exists, absolute, path));
  }

  /** @returns data null and data empty as the two different things they are */
  getData(path: string): Promise<DataAndStat> {
    return this.#call(path, (absolute) => this.#request(operations.getData, absolute, path));
  }

  /** @param version expected, -1 for any */
  setData(path: string, data: Uint8Array | null, version: number = anyVersion): Promise<Stat> {
    return this.#call(path, (absolute) =>
      this.#request(operations.setData, { path: absolute, data, version }, path),
    );
  }

  /** @returns names, not paths, in no particular order */
  getChildren(path: string): Promise<ChildrenReply> {
    return this.#call(path, (absolute) => this.#request(operations.getChildren, absolute, path));
  }

  /** Without the right to administer the znode, servers answer `user:x` for digest ids. */
  getAcl(path: string): Promise<AclReply> {
    return this.#call(path, (absolute) => this.#request(operations.getAcl, absolute, path));
  }

  /** @param aversion expected, -1 for any */
  setAcl(path: string, acl: readonly Acl[], aversion: number = anyVersion): Promise<Stat> {
    return this.#call(path, (absolute) =>
      this.#request(operations.setAcl, { path: absolute, acl, version: aversion }, path),
    );
  }

  /**
   * Waits until the server connected to has caught up with the leader: reads that follow see at
   * least what was committed when the leader answered.
   */
  sync(path: string): Promise<SyncReply> {
    return this.#call(path, (absolute) => this.#request(operations.sync, absolute, path));
  }

  /**
   * All steps or none.
   *
   * @throws MultiError that names the step which failed; PacketTooLarge before anything is sent
   */
  async multi(ops: readonly MultiOp[]): Promise<MultiResult[]> {
    const absolute = this.#absoluteOps('multi', ops);
    const reply = await this.#request(multi, absolute, null);
    if (!reply.isCommitted) throw new MultiError(ops, reply.results);
    if (this.#chroot === '') return reply.results;
    return reply.results.map((result) =>
      result.type === 'create' ? { ...result, path: this.#relative(result.path) } : result,
    );
  }

  /**
   * Many reads in one request (servers from 3.6 on; older ones answer Unimplemented and drop the
   * connection). Each read succeeds or fails by itself.
   */
  async multiRead(ops: readonly ReadOp[]): Promise<MultiReadReply> {
    return this.#request(multiRead, this.#absoluteOps('multiRead', ops), null);
  }

  /** Paths of this session's ephemeral znodes below `prefix` (3.6 or later). */
  async getEphemerals(prefix = '/'): Promise<string[]> {
    const paths = await this.#call(prefix, (absolute) =>
      this.#request(operations.getEphemerals, absolute, prefix),
    );
    return paths.map((path) => this.#relative(path));
  }

  /** Number of all descendants (3.6 or later). */
  getAllChildrenNumber(path: string): Promise<number> {
    return this.#call(path, (absolute) =>
      this.#request(operations.getAllChildrenNumber, absolute, path),
    );
  }

  /** The identities the server knows this session by (3.7 or later). */
  whoAmI(): Promise<Identity[]> {
    return this.#request(operations.whoAmI, null, null);
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

  #request<Request, Reply>(
    operation: Operation<Request, Reply>,
    request: Request,
    path: string | null,
  ): Promise<Reply> {
    return this.#session.request(operation, request, path);
  }

  /** Nothing is thrown synchronously: every failure is a rejection. */
  #call<Reply>(path: string, send: (absolute: string) => Promise<Reply>): Promise<Reply> {
    try {
      return send(this.#absolute(path));
    } catch (error) {
      return Promise.reject(toZooKeeperError(error, 'BadArguments'));
    }
  }

  #absolute(path: string): string {
    checkPath(path);
    if (this.#chroot === '') return path;
    return path === '/' ? this.#chroot : this.#chroot + path;
  }

  #absoluteOps<Op extends { readonly path: string }>(operation: string, ops: readonly Op[]): Op[] {
    return ops.map((op, index) => {
      try {
        return { ...op, path: this.#absolute(op.path) };
      } catch (error) {
        const { code, message, path } = toZooKeeperError(error, 'BadArguments');
        const details = { operation, path, cause: error };
        throw new ZooKeeperError(code, `step ${index}: ${message}`, details);
      }
    });
  }

  /** Paths outside the chroot, such as those of `/zookeeper`, stay as they are. */
  #relative(path: string): string {
    const chroot = this.#chroot;
    if (path === chroot && chroot !== '') return '/';
    return chroot !== '' && path.startsWith(`${chroot}/`) ? path.slice(chroot.length) : path;
  }

  #relativeReply(created: CreateReply): CreateReply {
    return { ...created, path: this.#relative(created.path) };
  }
}
