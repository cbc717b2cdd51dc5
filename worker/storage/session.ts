import type { ConnectOptions } from '../../zookeeper/index.ts';
import type { AclEntry } from '../tree/acl-set.ts';
import type { RequestLimit } from './request-limit.ts';
import type { TreeRead, TreeReadResult, TreeWrite } from '../tree/tree.ts';

/**
 * Clients the worker can reach a ZooKeeper with: `pipelined` is our own, `native` the C library of
 * the ZooKeeper project behind the npm package `zookeeper`. They share no line of code, so each can
 * judge the other.
 */
export const DRIVERS = ['pipelined', 'native'] as const;
export type DriverName = (typeof DRIVERS)[number];

/** How to open a session. */
export type OpenSessionOptions = Pick<
  ConnectOptions,
  | 'servers'
  | 'sessionTimeoutMs'
  | 'connectTimeoutMs'
  | 'auth'
  | 'sasl'
  | 'tls'
  | 'attach'
  | 'signal'
> & {
  readonly servers: readonly string[];
  readonly sessionTimeoutMs: number;
  /** Told when the connection is lost; the session may survive that. Must not throw. */
  readonly onConnectionLost?: () => void;
  /**
   * Told now and then while the servers turn requests away, which are then sent again: how many will
   * be under way at once from now on. Must not throw.
   */
  readonly onThrottled?: (inFlight: number) => void;
  /** How large requests may be; default: as servers have it by default. */
  readonly requestLimit?: RequestLimit;
};

/** Opens sessions; the one thing a run chooses a driver for. */
export interface Driver {
  readonly name: DriverName;
  /**
   * Resolves once a server has granted a session, or given back the one of `attach`; whoever held
   * that loses it.
   *
   * @throws ZooKeeperError by what kept it from coming about: `SessionExpired` if `attach` is not
   *   known there, `AuthFailed`, `Aborted`, those of the network, and `Unimplemented` if the server is
   *   too old
   */
  open(options: OpenSessionOptions): Promise<Session>;
}

/** What identifies a session to the servers of its ensemble, and to no others. */
export type SessionTicket = NonNullable<ConnectOptions['attach']>;

/** What the worker looks at of a znode's Stat. */
export interface ZnodeStat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
}

/** A znode's Stat with what concerns its access control list. */
export interface AclStat extends ZnodeStat {
  readonly aversion: number;
}

/** Access control lists, read and written one by one: no server takes them in a batch. */
export interface SessionAcls {
  get(path: string): Promise<{ readonly acl: readonly AclEntry[]; readonly stat: AclStat }>;
  /** @param aversion expected, else `BadVersion` */
  set(path: string, acl: readonly AclEntry[], aversion: number): Promise<AclStat>;
}

/**
 * A step of a batch. `check` fails with `NoNode` unless the znode is there; `mark` updates a znode of
 * our own along with the rest of the batch, and costs nothing besides.
 */
export type WriteStep =
  | TreeWrite
  | { readonly kind: 'check'; readonly path: string }
  | { readonly kind: 'mark'; readonly path: string; readonly data: Buffer };

/** Most reads that a session without batches of reads has under way: their answers have to fit into memory. */
export const READS_AT_ONCE = 64;

/** A write that carries data. */
export type DataWrite = Extract<TreeWrite, { readonly kind: 'create' | 'update' }>;

/** Nothing of the batch was done, because of the step at `index`. */
export interface StepRefusal {
  readonly index: number;
  /** ZooKeeper's name of the error, for example `NodeExists`. */
  readonly code: string;
}

/** What became of a batch. */
export interface StepsReply {
  /** Null if every step was done. */
  readonly refusal: StepRefusal | null;
  /** The transaction's; null where nothing was done, and where the client does not tell. */
  readonly zxid: bigint | null;
}

/**
 * A session with one ensemble: all that the worker needs of a ZooKeeper client. Paths are absolute
 * as the servers know them.
 *
 * Order: requests take effect in the order of the calls, reads see the writes that were called
 * before them, and calls need not wait for each other. One exception: a request that a busy server
 * turned away is sent again, and what was already on its way behind it may take effect before it.
 *
 * Errors: every method rejects with a ZooKeeperError. `ConnectionLoss` says that no answer came: a
 * read can be asked again, a write was done as a whole or not at all. The session outlives that;
 * later calls wait for the next connection. `SessionExpired` is the end of it: whatever is called
 * from then on rejects, and nothing takes effect any more. `Throttled` says that the servers turned
 * all requests away for so long that there is no use in sending them again. Other codes are the
 * server's refusal of this one call.
 */
export interface Session {
  /**
   * True: a batch is one transaction, all of it or nothing. False: the client knows none, and
   * {@link write} takes one step at a time, which is atomic by itself; so a `check` can guard nothing.
   */
  readonly hasTransactions: boolean;
  /** True if a batch of reads is one request. For the log: the answers are the same. */
  readonly hasMultiRead: boolean;
  /**
   * True for ClickHouse Keeper, which speaks the protocol and differs in what it means. It ends the
   * session, for good, of whoever sends a request that it does not know.
   */
  readonly isKeeper: boolean;
  /** `host:port` where the client tells, null where it does not. */
  readonly server: string | null;
  /** Schemes by which the session authenticated; `sasl`: the server verified it. For the log. */
  readonly authSchemes: readonly string[];
  /** What the server granted. */
  readonly timeoutMs: number;
  readonly ticket: SessionTicket;
  /** Null: this client does not carry access control lists. */
  readonly acls: SessionAcls | null;

  /**
   * Makes the reads that follow see everything the ensemble had accepted before the call.
   *
   * @returns the zxid of the reply; null where the client does not tell
   */
  sync(path: string): Promise<bigint | null>;
  /** How many znodes are below a path, of every kind; null where the servers or the client cannot tell. */
  countBelow(path: string): Promise<number | null>;
  /**
   * Answers the first questions, in order: as many as fit into memory at once, and at least one. That a
   * znode is missing or forbidden is an answer.
   */
  read(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]>;
  /** Does all steps, in order, or none. */
  write(steps: readonly WriteStep[]): Promise<StepsReply>;
  /** As {@link write}, by a request that takes less room than a batch of one. */
  writeAlone(step: DataWrite): Promise<StepsReply>;
  /** How long the request of {@link write} is, in bytes, and that of {@link writeAlone}. */
  requestBytes(steps: readonly WriteStep[]): number;
  requestBytesAlone(step: DataWrite): number;
  /** Null if there is no such znode. */
  exists(path: string): Promise<ZnodeStat | null>;
  getData(path: string): Promise<{ readonly data: Buffer | null; readonly stat: ZnodeStat }>;
  /** Names, in no particular order. */
  getChildren(path: string): Promise<readonly string[]>;
  /** @param acl default: everybody may do everything; only for a client that has {@link acls} */
  create(
    path: string,
    data: Buffer,
    mode: 'persistent' | 'ephemeral',
    acl?: readonly AclEntry[],
  ): Promise<void>;
  delete(path: string): Promise<void>;

  /** Ends the session after what was called before is answered; its ephemerals go. Idempotent. */
  close(): Promise<void>;
  /** Drops the connection at once: whatever waits for an answer rejects. Idempotent. */
  detach(): Promise<void>;
}
