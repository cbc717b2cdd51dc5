import type { CancelTimer, Clock } from '../../../common/clock.ts';
import { errorCodeOf, ZooKeeperError } from '../../../zookeeper/index.ts';
import { creationsOf } from '../../tree/creations.ts';
import { FORBIDDEN, MISSING, type TreeRead, type TreeReadResult } from '../../tree/tree.ts';
import {
  READS_AT_ONCE,
  type DataWrite,
  type Session,
  type SessionTicket,
  type StepsReply,
  type WriteStep,
  type ZnodeStat,
} from '../session.ts';
import { codeOf } from '../error-code.ts';
import type { RequestLimit } from '../request-limit.ts';
import { isNotJudged } from '../server-answer.ts';
import type { Ordering, ThrottleValve } from '../throttling/throttle-valve.ts';
import {
  AUTH_FAILED,
  CLOSING,
  CONNECTION_LOST,
  EXPIRED,
  INVALID_STATE,
  type Answer,
  type NativeClient,
  type NativeStat,
} from './native-client.ts';
import { bytesOfWrite, nullData } from './native-data.ts';

const ANY_VERSION = -1;
const FLAGS = { persistent: 0, ephemeral: 1 } as const;
const OK = 0;
/**
 * The C library looks for a server for ever, and the addon can come to a stop beside it without a
 * word: a session is over when nothing was answered for this share of its timeout.
 */
const EXPIRY_SHARE = 4 / 3;

/** Hands a request to the C library; the code it returns is 0 unless nothing was sent. */
type Send<T extends readonly unknown[]> = (answer: Answer<T>) => number;

/** A session of the C library. It knows no transactions and no reading of many znodes at once. */
export class NativeSession implements Session {
  readonly hasTransactions = false;
  readonly hasMultiRead = false;
  readonly isKeeper = false;
  readonly acls = null;
  readonly server = null;
  readonly authSchemes: readonly string[];
  readonly #client: NativeClient;
  readonly #clock: Clock;
  readonly #valve: ThrottleValve;
  readonly #requestLimit: RequestLimit;
  /** Pending while there is no connection. */
  #reconnected: Promise<void> | null = null;
  #goOnWaiting: () => void = () => undefined;
  /** Requests that were called and are not answered. */
  #pending = 0;
  #answered = false;
  #cancelWatch: CancelTimer | null = null;
  #ended: ZooKeeperError | null = null;

  /** @param client is connected */
  constructor(
    client: NativeClient,
    { clock, valve, requestLimit, onConnectionLost, authSchemes }: NativeSessionOptions,
  ) {
    this.#client = client;
    this.#valve = valve;
    this.#requestLimit = requestLimit;
    this.authSchemes = authSchemes;
    this.#clock = clock;
    client.on('connecting', () => {
      if (this.#reconnected !== null || this.#ended !== null) return;
      this.#wait();
      onConnectionLost?.();
    });
    client.on('connect', () => {
      this.#goOn();
    });
    client.on('close', (_, code) => {
      this.#end(endOf(code));
    });
  }

  get timeoutMs(): number {
    return this.#client.timeout;
  }

  get ticket(): SessionTicket {
    return {
      sessionId: BigInt(`0x${this.#client.client_id}`),
      password: Buffer.from(this.#client.client_password, 'hex'),
    };
  }

  /** The C library keeps the zxid of a reply to itself. */
  async sync(path: string): Promise<null> {
    const about = { operation: 'sync', path, isWrite: false, ordering: 'ordered' } as const;
    await this.#request<[string]>((answer) => this.#client.a_sync(path, answer), about);
    return null;
  }

  countBelow(): Promise<null> {
    return Promise.resolve(null);
  }

  async read(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    return await Promise.all(batch.slice(0, READS_AT_ONCE).map((read) => this.#readOne(read)));
  }

  async write(steps: readonly WriteStep[]): Promise<StepsReply> {
    const [step] = steps;
    if (step === undefined || steps.length > 1) throw new Error('one step at a time');
    try {
      await this.#writeOne(step);
      return { refusal: null, zxid: null };
    } catch (error) {
      const isRefusal =
        error instanceof ZooKeeperError && !error.isOutcomeUnknown && this.#ended === null;
      if (!isRefusal || isNotJudged(error.code)) throw error;
      return { refusal: { index: 0, code: error.code }, zxid: null };
    }
  }

  writeAlone(step: DataWrite): Promise<StepsReply> {
    return this.write([step]);
  }

  requestBytes(steps: readonly WriteStep[]): number {
    return steps.reduce((bytes, step) => bytes + ('data' in step ? bytesOfWrite(step) : 0), 0);
  }

  requestBytesAlone(step: DataWrite): number {
    return bytesOfWrite(step);
  }

  async exists(path: string): Promise<ZnodeStat | null> {
    try {
      const [stat] = await this.#ask<[NativeStat | null]>('exists', path, (answer) =>
        this.#client.a_exists(path, false, answer),
      );
      return stat === null ? null : statOf(stat);
    } catch (error) {
      if (error instanceof ZooKeeperError && error.code === 'NoNode') return null;
      throw error;
    }
  }

  async getData(path: string): Promise<{ data: Buffer | null; stat: ZnodeStat }> {
    const { data, stat } = await this.#get(path);
    return { data, stat: statOf(stat) };
  }

  async getChildren(path: string): Promise<readonly string[]> {
    const [names] = await this.#ask<[string[] | null]>('getChildren', path, (answer) =>
      this.#client.a_get_children(path, false, answer),
    );
    return names ?? [];
  }

  async create(path: string, data: Buffer, mode: 'persistent' | 'ephemeral'): Promise<void> {
    await this.#create(path, data, FLAGS[mode]);
  }

  async delete(path: string): Promise<void> {
    await this.#change<[]>('delete', path, (answer) =>
      this.#client.a_delete_(path, ANY_VERSION, answer),
    );
  }

  close(): Promise<void> {
    if (this.#ended === null) {
      this.#end(endOf(OK));
      this.#client.close();
    }
    return Promise.resolve();
  }

  /** The C library drops no connection without ending its session. */
  detach(): Promise<void> {
    return this.close();
  }

  async #readOne({ kind, path }: TreeRead): Promise<TreeReadResult> {
    try {
      if (kind === 'children') return { kind, names: await this.getChildren(path) };
      const { data, stat } = await this.#get(path);
      return {
        kind,
        data,
        ephemeral: stat.ephemeralOwner !== '0',
        childCount: stat.numChildren,
        changedZxid: BigInt(Math.max(stat.mzxid, stat.pzxid)),
        dataZxid: BigInt(stat.mzxid),
        createdZxid: BigInt(stat.czxid),
        createdTimeMs: Number(stat.ctime),
        creations: creationsOf(stat.cversion, stat.numChildren),
        dataVersion: stat.version,
        aclVersion: stat.aversion,
      };
    } catch (error) {
      const code = codeOf(error);
      if (code === 'NoNode') return MISSING;
      if (code === 'NoAuth') return FORBIDDEN;
      throw error;
    }
  }

  async #get(path: string): Promise<{ data: Buffer | null; stat: NativeStat }> {
    const [stat, data] = await this.#ask<[NativeStat | null, Buffer | null]>(
      'getData',
      path,
      (answer) => this.#client.a_get(path, false, answer),
    );
    if (stat === null) throw new Error(`the answer for ${path} has no stat`);
    return { data, stat };
  }

  async #writeOne(step: WriteStep): Promise<void> {
    const { kind, path } = step;
    if (kind === 'check' || kind === 'mark') throw new Error('there are no transactions');
    if (kind === 'delete') return await this.delete(path);
    if (bytesOfWrite(step) > this.#requestLimit.bytes) {
      throw new ZooKeeperError('PacketTooLarge', `${kind} ${path}: too large`, { path });
    }
    const data = step.data ?? nullData();
    if (kind === 'create') return await this.#create(path, data, FLAGS.persistent);
    await this.#change<[NativeStat | null]>('setData', path, (answer) =>
      this.#client.a_set(path, data, ANY_VERSION, answer),
    );
  }

  async #create(path: string, data: Buffer, flags: number): Promise<void> {
    await this.#change<[string]>('create', path, (answer) =>
      this.#client.a_create(path, data, flags, answer),
    );
  }

  #ask<T extends readonly unknown[]>(operation: string, path: string, send: Send<T>): Promise<T> {
    return this.#request(send, { operation, path, isWrite: false, ordering: 'read' });
  }

  async #change<T extends readonly unknown[]>(
    operation: string,
    path: string,
    send: Send<T>,
  ): Promise<void> {
    await this.#request(send, { operation, path, isWrite: true, ordering: 'ordered' });
  }

  /** What is handed over without a connection would fail as if it had been sent: it waits here. */
  async #request<T extends readonly unknown[]>(send: Send<T>, about: About): Promise<T> {
    this.#pending += 1;
    this.#cancelWatch ??= this.#watch();
    try {
      return await this.#valve.pass(about.ordering, async () => {
        if (this.#reconnected !== null) await this.#reconnected;
        if (this.#ended !== null) throw this.#ended;
        return await this.#send(send, about);
      });
    } finally {
      this.#pending -= 1;
    }
  }

  #send<T extends readonly unknown[]>(send: Send<T>, about: About): Promise<T> {
    return new Promise((resolve, reject) => {
      const notSent = send((rc, _, ...rest) => {
        if (!CONNECTION_LOST.includes(rc)) this.#answered = true;
        if (rc === OK) resolve(rest);
        else reject(this.#ended ?? errorOf(rc, about));
      });
      if (notSent !== OK) reject(this.#ended ?? errorOf(notSent, { ...about, isWrite: false }));
    });
  }

  /** Looks now and then whether anything was answered, as long as something waits for it. */
  #watch(): CancelTimer {
    this.#answered = false;
    return this.#clock.setTimer(this.timeoutMs * EXPIRY_SHARE, () => {
      this.#cancelWatch = null;
      if (this.#pending === 0 || this.#ended !== null) return;
      if (this.#answered) {
        this.#cancelWatch = this.#watch();
        return;
      }
      this.#end(endOf(EXPIRED));
      this.#client.close();
    });
  }

  #wait(): void {
    this.#reconnected = new Promise((resolve) => {
      this.#goOnWaiting = resolve;
    });
  }

  #goOn(): void {
    this.#goOnWaiting();
    this.#reconnected = null;
  }

  #end(error: ZooKeeperError): void {
    this.#ended ??= error;
    this.#cancelWatch?.();
    this.#goOn();
  }
}

export interface NativeSessionOptions {
  readonly clock: Clock;
  readonly valve: ThrottleValve;
  readonly requestLimit: RequestLimit;
  readonly onConnectionLost: (() => void) | undefined;
  readonly authSchemes: readonly string[];
}

interface About {
  readonly operation: string;
  readonly path: string;
  readonly isWrite: boolean;
  readonly ordering: Ordering;
}

function statOf({ czxid, mzxid }: NativeStat): ZnodeStat {
  return { czxid: BigInt(czxid), mzxid: BigInt(mzxid) };
}

/** The error of whatever is called after the C library has closed the session. */
export function endOf(code: number): ZooKeeperError {
  if (code === EXPIRED) return new ZooKeeperError('SessionExpired', 'the session is over');
  if (code === AUTH_FAILED) return new ZooKeeperError('AuthFailed', 'authentication failed');
  return new ZooKeeperError('Closed', 'the session was closed');
}

function errorOf(rc: number, { operation, path, isWrite }: About): ZooKeeperError {
  if (rc === CLOSING || rc === INVALID_STATE) return endOf(EXPIRED);
  const code = CONNECTION_LOST.includes(rc) ? 'ConnectionLoss' : errorCodeOf(rc);
  return new ZooKeeperError(code, `${operation} ${path}: ${code} (${rc})`, {
    operation,
    path,
    serverCode: rc,
    isOutcomeUnknown: isWrite && code === 'ConnectionLoss',
  });
}
