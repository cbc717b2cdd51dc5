import { CONTROL_ROOT } from '../../api/znode-path.ts';
import type { Logger } from '../../common/logger.ts';
import { WorkerFailure } from '../failure.ts';
import type { AclEntry } from '../tree/acl-set.ts';
import {
  closedControlRootAcl,
  controlDirAcl,
  controlRootAcl,
  isOpenToAll,
  OWN,
  ownersOf,
} from './control-acl.ts';
import { OwnZnodes } from './own-znodes.ts';
import { codeOf } from './error-code.ts';
import type { Side } from './side.ts';

export interface OwnControlTreeOptions {
  readonly side: Side;
  /** The znode of ours, a child of the control root. */
  readonly dir: string;
  /** What stands in it if it is made: what it is about. */
  readonly about: Buffer;
  /** A child of it that is to be kept when it is closed. */
  readonly keep: string | null;
  readonly logger: Logger;
}

interface List {
  readonly acl: readonly AclEntry[];
  readonly aversion: number;
}

/**
 * A znode of the control tree, in which a mirror remembers something, and what is below it. They
 * belong to the user of the run, where it has an identity, so that nobody else can make it believe
 * something.
 */
export class OwnControlTree {
  readonly own: OwnZnodes;
  readonly #options: OwnControlTreeOptions;
  #root: List | null = null;
  #dir: List | null = null;
  #readers: readonly AclEntry[] = [OWN];
  #wasOpen = false;

  constructor(options: OwnControlTreeOptions) {
    this.#options = options;
    this.own = new OwnZnodes(options.side.session);
  }

  /** The list of what others may read. */
  get readers(): readonly AclEntry[] {
    return this.#readers;
  }

  /** True if everybody could write to it until this run closed it: nothing in it is to be believed. */
  get wasOpen(): boolean {
    return this.#wasOpen;
  }

  /**
   * Makes what is missing of it.
   *
   * @returns false if there is no control tree and this user may not create one
   * @throws ZooKeeperError `NoAuth` if there is one, and it is not for this user
   */
  async make(): Promise<boolean> {
    const { dir, about } = this.#options;
    [this.#root, this.#dir] = await Promise.all([this.#listOf(CONTROL_ROOT), this.#listOf(dir)]);
    if (this.#root === null && !(await this.#createRoot())) return false;
    this.#root ??= await this.#listOf(CONTROL_ROOT);
    this.#readers = controlDirAcl(this.#root?.acl ?? []);
    if (this.#dir !== null) return true;
    await this.own.create(dir, about, 'persistent', this.#readers).catch(ignoreIfThere);
    return true;
  }

  /**
   * Closes what everybody may write, as earlier versions left it. Called once no other run writes
   * there; by a session without an identity it does nothing.
   */
  async close(): Promise<void> {
    if (this.own.hasIdentity !== true) return;
    try {
      await this.#closeDir();
      await this.#closeRoot();
    } catch (error) {
      // Everybody may write and only somebody else may change that.
      if (codeOf(error) !== 'NoAuth') throw error;
      const paths = [CONTROL_ROOT, this.#options.dir];
      const message = 'control tree stays open to everybody: it is for its owner to close';
      this.#options.logger.warn(message, { paths });
    }
  }

  /** The end of a run whose user may not use the control tree that is there. */
  async notAllowed(cause: unknown): Promise<WorkerFailure> {
    const { dir } = this.#options;
    const path = (await this.#isThere(dir)) ? dir : CONTROL_ROOT;
    const owners = await this.#listOf(path).then(
      (list) => (list === null ? 'somebody else' : ownersOf(list.acl)),
      () => 'somebody else',
    );
    const message =
      `The control znode ${path} at the destination is for ${owners}, and this user may not read or write it. ` +
      'If the password or the way to authenticate was changed, or another user shall write this root from now on: ' +
      'run "resiliency-worker forget" for it with the credentials of before or as a superuser, ' +
      `and the next run adopts what it finds; or let one of them give this user all rights at and below ${path} (setAcl -R in zkCli.sh).`;
    return new WorkerFailure('AuthenticationFailed', message, { cause });
  }

  async #createRoot(): Promise<boolean> {
    try {
      const acl = controlRootAcl(await this.#listAbove());
      await this.own.create(CONTROL_ROOT, Buffer.alloc(0), 'persistent', acl);
    } catch (error) {
      if (codeOf(error) === 'NoAuth') return false;
      ignoreIfThere(error);
    }
    return true;
  }

  async #closeDir(): Promise<void> {
    const { side, dir, keep, logger } = this.#options;
    if (this.#dir === null || !isOpenToAll(this.#dir.acl)) return;
    this.#wasOpen = true;
    const kept = keep === null ? null : await this.#listOf(keep);
    if (keep !== null && kept !== null && isOpenToAll(kept.acl)) {
      await side.session.acls?.set(keep, [OWN], kept.aversion);
    }
    await side.session.acls?.set(dir, this.#readers, this.#dir.aversion);
    logger.info('closed the control tree, which everybody could write to', { path: dir });
  }

  async #closeRoot(): Promise<void> {
    const { side, logger } = this.#options;
    const closed = this.#root === null ? null : closedControlRootAcl(this.#root.acl);
    if (this.#root === null || closed === null) return;
    try {
      await side.session.acls?.set(CONTROL_ROOT, closed, this.#root.aversion);
      logger.info('closed the control root, which everybody could change', { path: CONTROL_ROOT });
    } catch (error) {
      // A run into another root did so at the same time.
      if (codeOf(error) !== 'BadVersion') throw error;
    }
  }

  async #listAbove(): Promise<readonly AclEntry[]> {
    try {
      return (await this.#options.side.session.acls?.get('/'))?.acl ?? [];
    } catch (error) {
      if (codeOf(error) === 'NoAuth') return [];
      throw error;
    }
  }

  /** Null if there is no such znode. A client that carries no lists tells of empty ones. */
  async #listOf(path: string): Promise<List | null> {
    const { session } = this.#options.side;
    try {
      if (session.acls === null) {
        return (await session.exists(path)) === null ? null : { acl: [], aversion: 0 };
      }
      const { acl, stat } = await session.acls.get(path);
      return { acl, aversion: stat.aversion };
    } catch (error) {
      if (codeOf(error) === 'NoNode') return null;
      throw error;
    }
  }

  async #isThere(path: string): Promise<boolean> {
    const { session } = this.#options.side;
    return await session.exists(path).then(
      (stat) => stat !== null,
      (error: unknown) => codeOf(error) === 'NoAuth',
    );
  }
}

function ignoreIfThere(error: unknown): void {
  if (codeOf(error) !== 'NodeExists') throw error;
}
