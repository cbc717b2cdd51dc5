import {
  emptyMultiBytes,
  MultiError,
  multiOpBytes,
  ZooKeeperError,
  type CreateMode,
  type ErrorCode,
  type MultiOp,
  type ReadOp,
  type ZooKeeperClient,
} from '../../../zookeeper/index.ts';
import { FORBIDDEN, MISSING, type TreeRead, type TreeReadResult } from '../../tree/tree.ts';
import type { RequestLimit } from '../request-limit.ts';
import type { ThrottleValve } from '../throttling/throttle-valve.ts';
import { codeOf } from '../error-code.ts';
import { isNotJudged } from '../server-answer.ts';
import { EncodedZnode } from './encoded-znode.ts';
import { ReadRequests, wentDown } from './read-requests.ts';
import type { AclEntry } from '../../tree/acl-set.ts';
import type { NodeType } from '../../tree/node-types.ts';
import {
  READS_AT_ONCE,
  type DataWrite,
  type Session,
  type SessionAcls,
  type SessionTicket,
  type StepsReply,
  type WriteStep,
  type ZnodeStat,
} from '../session.ts';

/** What the servers turned out to be. */
export interface ServerTraits {
  /** False for servers before 3.6: they are read znode by znode. */
  readonly hasMultiRead: boolean;
  readonly isKeeper: boolean;
  readonly requestLimit: RequestLimit;
}

/** In front of each step of a multi: type, whether it is the last, error. */
const STEP_HEADER_BYTES = 9;
/** In front of a request of one operation: number and type. */
const REQUEST_HEADER_BYTES = 8;

/** A session of our own client. */
export class PipelinedSession implements Session {
  readonly hasTransactions = true;
  readonly hasMultiRead: boolean;
  readonly isKeeper: boolean;
  readonly acls: SessionAcls;
  readonly #client: ZooKeeperClient;
  readonly #valve: ThrottleValve;
  readonly #requestLimit: RequestLimit;
  readonly #reads: ReadRequests;

  constructor(
    client: ZooKeeperClient,
    valve: ThrottleValve,
    { hasMultiRead, isKeeper, requestLimit }: ServerTraits,
  ) {
    this.#client = client;
    this.#valve = valve;
    this.#requestLimit = requestLimit;
    this.#reads = new ReadRequests(client, valve, requestLimit);
    this.hasMultiRead = hasMultiRead;
    this.isKeeper = isKeeper;
    this.acls = {
      get: (path) => valve.pass('read', () => client.getAcl(path)),
      set: (path, acl, aversion) => valve.pass('ordered', () => client.setAcl(path, acl, aversion)),
    };
  }

  get server(): string | null {
    return this.#client.server;
  }

  get authSchemes(): readonly string[] {
    return this.#client.authSchemes;
  }

  get timeoutMs(): number {
    return this.#client.negotiatedTimeoutMs;
  }

  get ticket(): SessionTicket {
    return { sessionId: this.#client.sessionId, password: this.#client.sessionPassword };
  }

  async sync(path: string): Promise<bigint> {
    const { zxid } = await this.#valve.pass('ordered', () => this.#client.sync(path));
    return zxid;
  }

  /** Servers count since 3.6, as they read many at once; ClickHouse Keeper does not. */
  async countBelow(path: string): Promise<number | null> {
    if (!this.hasMultiRead || this.isKeeper) return null;
    try {
      return await this.#valve.pass('read', () => this.#client.getAllChildrenNumber(path));
    } catch (error) {
      // A session that is over shows with the next read; a total is worth no failure of its own.
      if (error instanceof ZooKeeperError) return null;
      throw error;
    }
  }

  read(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    return this.hasMultiRead ? this.#multiRead(batch) : this.#readEach(batch);
  }

  async write(steps: readonly WriteStep[]): Promise<StepsReply> {
    const ops = steps.map(multiOp);
    const limit = this.#requestLimit;
    let connection = 0;
    try {
      const { zxid } = await this.#valve.pass('ordered', () => {
        connection = this.#client.connectionCount;
        return this.#client.multi(ops);
      });
      if (limit.isInDoubt) limit.took(multiBytes(ops));
      return { refusal: null, zxid };
    } catch (error) {
      if (error instanceof MultiError && !isNotJudged(error.code)) {
        return refused(error.index, error.code);
      }
      if (wentDown(error)) limit.lost(multiBytes(ops), connection);
      // Batches keep to half the servers' limit: only a write that is too large by itself is here.
      if (codeOf(error) !== 'PacketTooLarge') throw error;
      return refused(steps.length - 1, 'PacketTooLarge');
    }
  }

  async writeAlone(step: DataWrite): Promise<StepsReply> {
    const op = multiOp(step);
    try {
      await this.#valve.pass('ordered', () => this.#sendAlone(op));
      return { refusal: null, zxid: null };
    } catch (error) {
      const code = codeOf(error);
      if (code === null || isNotJudged(code)) throw error;
      return refused(0, code);
    }
  }

  requestBytes(steps: readonly WriteStep[]): number {
    return multiBytes(steps.map(multiOp));
  }

  requestBytesAlone(step: DataWrite): number {
    return multiOpBytes(multiOp(step)) - STEP_HEADER_BYTES + REQUEST_HEADER_BYTES;
  }

  async exists(path: string): Promise<ZnodeStat | null> {
    return await this.#valve.pass('read', () => this.#client.exists(path));
  }

  async getData(path: string): Promise<{ data: Buffer | null; stat: ZnodeStat }> {
    return await this.#valve.pass('read', () => this.#client.getData(path));
  }

  async getChildren(path: string): Promise<readonly string[]> {
    const { children } = await this.#valve.pass('read', () => this.#client.getChildren(path));
    return children;
  }

  async create(
    path: string,
    data: Buffer,
    mode: 'persistent' | 'ephemeral',
    acl?: readonly AclEntry[],
  ): Promise<void> {
    const options = acl === undefined ? { mode } : { mode, acl };
    await this.#valve.pass('ordered', () => this.#client.create(path, data, options));
  }

  async delete(path: string): Promise<void> {
    await this.#valve.pass('ordered', () => this.#client.delete(path));
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async detach(): Promise<void> {
    await this.#client.detach();
  }

  async #sendAlone(op: MultiOp): Promise<void> {
    const { path } = op;
    if (op.type === 'setData') {
      await this.#client.setData(path, op.data);
    } else if (op.type === 'create') {
      const { data, mode, acl } = op;
      const options = { ...(mode === undefined ? {} : { mode }), ...(acl && { acl }) };
      await this.#client.create(path, data, options);
    }
  }

  async #multiRead(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    const ops = batch.map(({ kind, path }): ReadOp => ({
      type: kind === 'znode' ? 'getData' : 'getChildren',
      path,
    }));
    const results = await this.#reads.read(ops);
    return results.map((result) => {
      if (result.type === 'getData') return new EncodedZnode(result.data, result.stat);
      if (result.type === 'getChildren') return { kind: 'children', names: result.children };
      return nothing(result.code) ?? broken(result.code);
    });
  }

  /** One request each, many on their way at once. */
  async #readEach(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    return await Promise.all(batch.slice(0, READS_AT_ONCE).map((read) => this.#readOne(read)));
  }

  async #readOne({ kind, path }: TreeRead): Promise<TreeReadResult> {
    try {
      if (kind === 'children') return { kind, names: await this.getChildren(path) };
      const { data, stat } = await this.#valve.pass('read', () => this.#client.getData(path));
      return new EncodedZnode(data, stat);
    } catch (error) {
      const answer = nothing(codeOf(error));
      if (answer === null) throw error;
      return answer;
    }
  }
}

function refused(index: number, code: ErrorCode): StepsReply {
  return { refusal: { index, code }, zxid: null };
}

function multiBytes(ops: readonly MultiOp[]): number {
  return ops.reduce((bytes, op) => bytes + multiOpBytes(op), emptyMultiBytes);
}

function multiOp(step: WriteStep): MultiOp {
  const { kind, path } = step;
  if (kind === 'create') {
    const { data, acl, nodeType } = step;
    const type = 'create' as const;
    const create =
      acl === undefined ? { type, path, data } : { type, path, data, acl: acl.entries };
    return nodeType === undefined ? create : { ...create, mode: createMode(nodeType) };
  }
  if (kind === 'update' || kind === 'mark') return { type: 'setData', path, data: step.data };
  return { type: kind, path };
}

function createMode(nodeType: NodeType): CreateMode {
  return nodeType.type === 'Container' ? 'container' : { ttlMs: nodeType.ttlMs };
}

function nothing(code: ErrorCode | null): TreeReadResult | null {
  if (code === 'NoNode') return MISSING;
  return code === 'NoAuth' ? FORBIDDEN : null;
}

function broken(code: ErrorCode): never {
  throw new ZooKeeperError(code, `a read was answered with ${code}`);
}
