import type { Logger } from '../../common/logger.ts';
import type { AclSet } from '../tree/acl-set.ts';
import type { Memo } from '../mirror/memo.ts';
import { ZooKeeperError } from '../../zookeeper/index.ts';
import { decodeMemo, encodeMemo, type ControlPaths } from './control-tree.ts';
import { RememberedZnode } from './remembered-znode.ts';
import type { StepRefusal, WriteStep } from './session.ts';
import type { Side } from './side.ts';

export interface MemoZnodeOptions {
  /** The side that is written. */
  readonly side: Side;
  /** Where it stands; the parent exists when it is written. */
  readonly paths: Pick<ControlPaths, 'memo' | 'aclDigests'>;
  /** The list that it has to have; null for an open one, where there is nobody to keep it to. */
  readonly acl: () => AclSet | null;
  readonly logger: Logger;
}

/**
 * Keeps the {@link Memo} of a root in the control tree, in two znodes: what changes with every run
 * is small.
 */
export class MemoZnode {
  readonly #options: MemoZnodeOptions;
  readonly #memo: RememberedZnode;
  readonly #digests: RememberedZnode;

  constructor(options: MemoZnodeOptions) {
    this.#options = options;
    const { side, paths, acl } = options;
    this.#memo = new RememberedZnode({ side, path: paths.memo, acl });
    this.#digests = new RememberedZnode({ side, path: paths.aclDigests, acl });
  }

  /**
   * What the last verified run left; null if there is nothing that this version understands. What
   * others could have written is taken for totals alone, which decide nothing.
   */
  async read(): Promise<Memo | null> {
    const [found, digests] = await Promise.all([this.#memo.read(), this.#digests.read()]);
    const memo = decodeMemo(found?.data ?? null, digests?.data ?? null);
    if (memo === null || (found?.isOurs === true && digests?.isOurs !== false)) return memo;
    return { totals: memo.totals };
  }

  /**
   * Leaves a memo for the next run, unless the same stands there. What keeps it from that is told
   * in the log only: the copy is no worse for it.
   *
   * @param checks steps that must hold, in the same transaction: a superseded run writes none
   */
  async write(content: Memo, checks: readonly WriteStep[]): Promise<void> {
    const { logger, paths } = this.#options;
    const { memo, digests } = encodeMemo(content);
    try {
      // The memo last: without the digests that it names it says nothing of lists.
      const refusal =
        (await this.#writeDigests(digests, checks)) ?? (await this.#memo.write(memo, checks));
      if (refusal !== null) logger.warn('memo not written', { ...paths, code: refusal.code });
    } catch (error) {
      if (!(error instanceof ZooKeeperError)) throw error;
      logger.warn('memo not written', { ...paths, code: error.code });
    }
  }

  async #writeDigests(
    digests: Buffer | null,
    checks: readonly WriteStep[],
  ): Promise<StepRefusal | null> {
    return digests === null ? null : await this.#digests.write(digests, checks);
  }
}
