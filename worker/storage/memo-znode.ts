import type { Logger } from '../../common/logger.ts';
import type { Memo } from '../mirror/memo.ts';
import { ZooKeeperError } from '../../zookeeper/index.ts';
import { decodeMemo, encode, MEMO_VERSION } from './control-tree.ts';
import { putZnode } from './put-znode.ts';
import type { WriteStep } from './session.ts';
import type { Side } from './side.ts';
import { sessionFailure } from './zookeeper-failure.ts';

export interface MemoZnodeOptions {
  /** The side that is written. */
  readonly side: Side;
  /** Where the memo stands; its parent exists when it is written. */
  readonly path: string;
  readonly logger: Logger;
}

/** Keeps the {@link Memo} of a root in a znode of the control tree. */
export class MemoZnode {
  readonly #options: MemoZnodeOptions;
  #found: Buffer | null = null;

  constructor(options: MemoZnodeOptions) {
    this.#options = options;
  }

  /** What the last verified run left; null if there is nothing that this version understands. */
  async read(): Promise<Memo | null> {
    const { side, path } = this.#options;
    try {
      const { data } = await side.session.getData(path);
      this.#found = data;
      return decodeMemo(data);
    } catch (error) {
      const code = error instanceof ZooKeeperError ? error.code : null;
      // Only a run that takes no hold gets this far without the right to read.
      if (code === 'NoNode' || code === 'NoAuth' || code === 'ConnectionLoss') return null;
      throw sessionFailure(side, error);
    }
  }

  /**
   * Leaves a memo for the next run, unless the same stands there. What keeps it from that is told
   * in the log only: the copy is no worse for it.
   *
   * @param checks steps that must hold, in the same transaction: a superseded run writes none
   */
  async write(memo: Memo, checks: readonly WriteStep[]): Promise<void> {
    const { side, path, logger } = this.#options;
    const data = encode({ version: MEMO_VERSION, ...memo });
    if (this.#found?.equals(data) === true) return;
    try {
      const refusal = await putZnode(side.session, { checks, path, data });
      if (refusal !== null) logger.warn('memo not written', { path, code: refusal.code });
    } catch (error) {
      if (!(error instanceof ZooKeeperError)) throw error;
      logger.warn('memo not written', { path, code: error.code });
    }
  }
}
