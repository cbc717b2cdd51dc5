import { hostname } from 'node:os';
import { isServerErrorName } from '../../api/server-errors.ts';
import { isAtOrBelow } from '../../api/znode-path.ts';
import { delay, type Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { WorkerFailure } from '../failure.ts';
import { ZooKeeperError } from '../../zookeeper/index.ts';
import type { AclSet } from '../tree/acl-set.ts';
import { digestAlgorithm } from '../tree/digest-algorithms.ts';
import { OWN } from './control-acl.ts';
import {
  controlPaths,
  decodeHolder,
  decodeRoot,
  encode,
  HOLDER_PREFIX,
  WITNESS_PREFIX,
  writeAloneOf,
  type ControlPaths,
} from './control-tree.ts';
import { identifyControlDir } from './identify-control-dir.ts';
import { OwnControlTree } from './own-control-tree.ts';
import { retryRead } from './retry-read.ts';
import { answerFailure } from './server-answer.ts';
import type { Session, StepRefusal, WriteStep } from './session.ts';
import { absolutePath, type Side } from './side.ts';
import { sessionFailure } from './zookeeper-failure.ts';
import { WriteMark } from './write-mark.ts';
import type { FenceAround, WriteFence } from './write-fence.ts';

export interface FenceOptions {
  /** The side that is written. */
  readonly side: Side;
  readonly rootPath: string;
  /** Who writes; runs of the same writer wait for each other. */
  readonly writerId: string;
  /** Tells this run from all others. */
  readonly runUid: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

interface Rival {
  readonly path: string;
  readonly root: string;
  readonly writerId: string;
}

/** How often a dying run's holder is looked at. */
const POLL_MS = 500;

/**
 * Servers expire sessions in steps of a tick, 2 s by default, and a busy one takes longer: a
 * session is surely over after its timeout, a third more, and this.
 */
const EXPIRY_SHARE = 4 / 3;
const EXPIRY_GRACE_MS = 5_000;

/**
 * Sees to it that one writer at a time writes below a root: an ephemeral holder in the control
 * tree, and a check of it as the first step of every batch. A run whose session is over cannot
 * write any more, because its holder is gone; so the next one may begin as soon as it is.
 */
export class Fence implements WriteFence {
  readonly #options: FenceOptions;
  readonly #session: Session;
  readonly #root: string;
  readonly #paths: ControlPaths;
  readonly #tree: OwnControlTree;
  readonly #mark: WriteMark;
  #isHeld = false;
  #digestAlgorithm: string | null = null;
  #notFencingBecause: string | null = null;

  constructor(options: FenceOptions) {
    this.#options = options;
    this.#session = options.side.session;
    this.#root = absolutePath(options.side.options, options.rootPath);
    this.#paths = controlPaths(this.#root, options.runUid);
    const { side, writerId, runUid, logger } = options;
    const { dir, lastWrite } = this.#paths;
    const about = encode({ root: this.#root });
    this.#tree = new OwnControlTree({ side, dir, about, keep: lastWrite, logger });
    const { own } = this.#tree;
    const run = { writerId, runUid };
    this.#mark = new WriteMark({ side, path: this.#paths.lastWrite, run, acl: () => own.acl });
  }

  /** False before {@link take}, and where the destination does not allow a control tree. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** The holder's path: a znode that exists in this ensemble and no other. */
  get holderPath(): string {
    return this.#paths.holder;
  }

  /** Where a run leaves what the next one may know. */
  get paths(): ControlPaths {
    return this.#paths;
  }

  /**
   * Tells the memory of this root, in this ensemble, from any other; null where there is none, or it
   * may not be looked at.
   */
  async identify(): Promise<string | null> {
    return await identifyControlDir(this.#options.side, this.#paths.dir);
  }

  /** The list of what is for no other user, once {@link take} has resolved; null for an open one. */
  get ownAcl(): AclSet | null {
    return this.#tree.own.acl;
  }

  /**
   * False if anybody could write what earlier runs left, although this user has an identity to keep
   * it to; known once {@link take} has resolved.
   */
  get isMemoryOurs(): boolean {
    return !this.#tree.wasOpen;
  }

  /**
   * By which algorithm the destination hashes a login, known once {@link take} has resolved; null
   * where this user has none of a name and a password.
   */
  get digestAlgorithm(): string | null {
    return this.#digestAlgorithm;
  }

  get ownDir(): string | null {
    return this.isFencing ? this.#paths.dir : null;
  }

  /** True if every batch that is written from now on goes down once another run took over. */
  get isFencing(): boolean {
    return this.#isHeld && this.#session.hasTransactions;
  }

  /** Once {@link take} has resolved: why there is no fence, for the result; null if there is one. */
  get notFencingBecause(): string | null {
    return this.#notFencingBecause;
  }

  get steps(): readonly WriteStep[] {
    return this.isFencing ? [...this.checks, this.#mark.step] : [];
  }

  /** Steps that fail once another run took over, without moving the mark; none where it does not fence. */
  get checks(): readonly WriteStep[] {
    return this.isFencing ? [{ kind: 'check', path: this.#paths.holder }] : [];
  }

  around(path: string, data: Buffer | null): FenceAround | null {
    if (!this.isFencing) return null;
    const before = [...this.checks, this.#mark.stepBefore(writeAloneOf(path, data))];
    return { before, after: this.steps };
  }

  /** zxid of the last write of any run below the root; null if there was none, or nobody knows. */
  async lastWriteZxid(): Promise<bigint | null> {
    return await this.#mark.read();
  }

  /**
   * Makes this moment the last write, or remembers that there was none yet where nothing was found.
   * Without a lock there is nothing to remember it in.
   *
   * @throws WorkerFailure `AnotherWriter` if the lock was lost, `AuthenticationFailed` if the mark is not
   *   for this user to write
   */
  async adopt(found: 'tree' | 'nothing'): Promise<void> {
    if (!this.#isHeld) return;
    const refusal = await this.#mark.move(this.checks, found);
    if (refusal !== null) throw this.refused(refusal);
  }

  /**
   * @throws WorkerFailure `AnotherWriter` if the lock was lost since {@link take}; nothing where it
   *   does not fence
   */
  async confirm(): Promise<void> {
    if (!this.isFencing) return;
    const { side } = this.#options;
    const { refusal } = await retryRead(side, () => this.#session.write(this.checks));
    if (refusal !== null) throw this.refused(refusal);
  }

  /** Only of a znode that is gone is known that somebody took it away. */
  refused({ index, code }: StepRefusal): Error {
    const isMark = index >= this.checks.length;
    if (code === 'NoNode') return isMark ? this.#withoutMark() : this.#lost();
    return isMark && code === 'NoAuth' ? this.#notOurMark() : this.#refusedWith(code);
  }

  #notOurMark(): Error {
    return new WorkerFailure(
      'AuthenticationFailed',
      `The destination does not let this user write ${this.#paths.lastWrite}, where mirrors remember their last write: let it (setAcl in zkCli.sh), or run "resiliency-worker forget" for this root as a user who may.`,
    );
  }

  #withoutMark(): Error {
    return new WorkerFailure(
      'AnotherWriter',
      `The znode ${this.#paths.lastWrite}, where mirrors remember their last write, was removed while this run wrote: find out by whom, and run again.`,
    );
  }

  #lost(): Error {
    return new WorkerFailure(
      'AnotherWriter',
      `This run no longer holds ${this.#root} at the destination: its znode ${this.#paths.holder} was removed. Find out who else writes there, and whether the destination was set back to a backup.`,
    );
  }

  /**
   * Becomes the one writer, waiting for an earlier run of the same writer to be gone. Without the
   * right to create a control tree it returns unheld, with a warning; without transactions held,
   * so that others see this run, but not fencing, with a warning too.
   *
   * @throws WorkerFailure `AnotherWriter`, `PreviousRunAlive`, `AuthenticationFailed`, `SessionLost`
   */
  async take(): Promise<void> {
    const { side, logger } = this.#options;
    try {
      if (!(await this.#tree.make())) {
        this.#notFencingBecause = `no right to create ${this.#paths.root} at the destination`;
        logger.warn('not fenced: no right to create the control tree', { path: this.#paths.root });
        return;
      }
      await this.#createHolder();
      this.#isHeld = true;
      await this.#yieldToEarlier();
      await this.#tree.close();
      this.#tellHeld();
    } catch (error) {
      if (isNoAuth(error)) throw await this.#tree.notAllowed(error);
      throw error instanceof ZooKeeperError ? sessionFailure(side, error) : error;
    }
  }

  #refusedWith(code: string): WorkerFailure {
    const { name } = this.#options.side;
    const known = isServerErrorName(code) ? code : 'Unknown';
    const details = { operation: 'multi', path: this.#paths.dir };
    return answerFailure(name, new ZooKeeperError(known, `refused with ${code}`, details));
  }

  #tellHeld(): void {
    const { logger } = this.#options;
    const { holder } = this.#paths;
    if (this.isFencing) {
      logger.info('fenced against other writers', { holder });
      return;
    }
    this.#notFencingBecause = 'the driver knows no transactions';
    logger.warn('not fenced: the driver knows no transactions', { holder });
  }

  async #createHolder(): Promise<void> {
    const { writerId, clock } = this.#options;
    const data = encode({ writerId, host: hostname(), startTime: clock.now().toISOString() });
    const { own, readers } = this.#tree;
    await own.create(this.#paths.holder, data, 'ephemeral', readers);
    if (own.hasIdentity === true) this.#digestAlgorithm = await this.#algorithmOfServer();
  }

  /** The server wrote down the logins of this session in the place of `auth`. */
  async #algorithmOfServer(): Promise<string | null> {
    const { side } = this.#options;
    const list = await retryRead(side, async () => this.#session.acls?.get(this.#paths.holder));
    const own = (list?.acl ?? []).filter(({ permissions }) => permissions === OWN.permissions);
    return own.map(digestAlgorithm).find((name) => name !== null) ?? null;
  }

  /** Of two that come at once the earlier one stays; it never looks at those that come after it. */
  async #yieldToEarlier(): Promise<void> {
    const { clock, logger, signal, writerId } = this.#options;
    const own = await this.#session.exists(this.#paths.holder);
    if (own === null) throw this.#lost();
    const patienceMs = this.#session.timeoutMs * EXPIRY_SHARE + EXPIRY_GRACE_MS;
    const deadlineMs = clock.monotonicMs() + patienceMs;
    for (let isFirst = true; ; isFirst = false) {
      const rivals = await this.#earlierHolders(own.czxid);
      const stranger = rivals.find((rival) => rival.writerId !== writerId);
      if (stranger) throw await this.#refused(stranger);
      const [previous] = rivals;
      if (previous === undefined) return;
      if (isFirst)
        logger.info('waiting for the previous run to be gone', { holder: previous.path });
      if (clock.monotonicMs() >= deadlineMs) throw await this.#stillAlive(previous);
      await delay(clock, POLL_MS, signal);
    }
  }

  async #earlierHolders(czxid: bigint): Promise<Rival[]> {
    const { root } = this.#paths;
    const rivals: Rival[] = [];
    for (const name of await this.#session.getChildren(root)) {
      if (name.startsWith(WITNESS_PREFIX)) continue;
      const dir = `${root}/${name}`;
      try {
        const held = decodeRoot(await this.#dataOf(dir));
        if (held === null || !overlap(held.root, this.#root)) continue;
        rivals.push(...(await this.#holdersIn(dir, held.root, czxid)));
      } catch (error) {
        throw isNoAuth(error) ? this.#unreadable(dir, error) : error;
      }
    }
    return rivals;
  }

  /** Names are hashes, so what it is about only its data tells. */
  #unreadable(dir: string, cause: unknown): WorkerFailure {
    const message = `The destination does not let this user read ${dir}, so nobody can tell whether another run writes a root that overlaps ${this.#root}: let this user read that znode and its children (setAcl in zkCli.sh).`;
    return new WorkerFailure('AuthenticationFailed', message, { cause });
  }

  async #holdersIn(dir: string, root: string, czxid: bigint): Promise<Rival[]> {
    const rivals: Rival[] = [];
    for (const name of await this.#namesIn(dir)) {
      const path = `${dir}/${name}`;
      if (!name.startsWith(HOLDER_PREFIX) || path === this.#paths.holder) continue;
      const found = await this.#session.getData(path).catch(nullIfGone);
      if (found === null || found.stat.czxid > czxid) continue;
      const writerId = decodeHolder(found.data)?.writerId ?? 'unknown';
      rivals.push({ path, root, writerId });
    }
    return rivals;
  }

  async #dataOf(path: string): Promise<Buffer | null> {
    const found = await this.#session.getData(path).catch(nullIfGone);
    return found?.data ?? null;
  }

  async #namesIn(path: string): Promise<readonly string[]> {
    return (await this.#session.getChildren(path).catch(nullIfGone)) ?? [];
  }

  async #refused(rival: Rival): Promise<WorkerFailure> {
    await this.#release();
    return new WorkerFailure(
      'AnotherWriter',
      `Another writer, ${rival.writerId}, is writing ${rival.root} at the destination: let only one synchronization write to ${this.#root} and what overlaps it.`,
    );
  }

  async #stillAlive(rival: Rival): Promise<WorkerFailure> {
    await this.#release();
    return new WorkerFailure(
      'PreviousRunAlive',
      `An earlier run of the same writer is still alive (${rival.path}): the next attempt looks again.`,
    );
  }

  async #release(): Promise<void> {
    this.#isHeld = false;
    await this.#session.delete(this.#paths.holder).catch(nullIfGone);
  }
}

function overlap(a: string, b: string): boolean {
  return isAtOrBelow(a, b) || isAtOrBelow(b, a);
}

function isNoAuth(error: unknown): boolean {
  return error instanceof ZooKeeperError && error.code === 'NoAuth';
}

function nullIfGone(error: unknown): null {
  if (error instanceof ZooKeeperError && error.code === 'NoNode') return null;
  throw error;
}
