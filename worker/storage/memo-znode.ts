import type { Logger } from '../../common/logger.ts';
import type { Memo } from '../mirror/memo.ts';
import { ZooKeeperError } from '../../zookeeper/index.ts';
import { decodeMemo, encode, MEMO_VERSION } from './control-tree.ts';
import { RememberedZnode } from './remembered-znode.ts';
import type { RememberedZnodeOptions } from './remembered-znode.ts';
import type { WriteStep } from './session.ts';

export interface MemoZnodeOptions extends RememberedZnodeOptions {
  readonly logger: Logger;
}

/** Keeps the {@link Memo} of a root in a znode of the control tree. */
export class MemoZnode {
  readonly #options: MemoZnodeOptions;
  readonly #znode: RememberedZnode;

  constructor(options: MemoZnodeOptions) {
    this.#options = options;
    this.#znode = new RememberedZnode(options);
  }

  /**
   * What the last verified run left; null if there is nothing that this version understands. What
   * others could have written is taken for totals alone, which decide nothing.
   */
  async read(): Promise<Memo | null> {
    const found = await this.#znode.read();
    const memo = decodeMemo(found?.data ?? null);
    if (memo === null || found?.isOurs === true) return memo;
    return { totals: memo.totals };
  }

  /**
   * Leaves a memo for the next run, unless the same stands there. What keeps it from that is told
   * in the log only: the copy is no worse for it.
   *
   * @param checks steps that must hold, in the same transaction: a superseded run writes none
   */
  async write(memo: Memo, checks: readonly WriteStep[]): Promise<void> {
    const { path, logger } = this.#options;
    const data = encode({ version: MEMO_VERSION, ...memo });
    try {
      const refusal = await this.#znode.write(data, checks);
      if (refusal !== null) logger.warn('memo not written', { path, code: refusal.code });
    } catch (error) {
      if (!(error instanceof ZooKeeperError)) throw error;
      logger.warn('memo not written', { path, code: error.code });
    }
  }
}
