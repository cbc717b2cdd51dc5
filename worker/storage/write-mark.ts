import {
  decodeWriteAlone,
  encode,
  isWriteMarkOfNothing,
  writeAloneOf,
  type WriteAlone,
  type WriteMarkContent,
} from './control-tree.ts';
import type { ErrorCode } from '../../zookeeper/index.ts';
import type { AclSet } from '../tree/acl-set.ts';
import { codeOf } from './error-code.ts';
import { putZnode } from './put-znode.ts';
import type { Side } from './side.ts';
import { retryRead } from './retry-read.ts';
import type { StepRefusal, WriteStep } from './session.ts';
import { sessionFailure } from './zookeeper-failure.ts';

export interface WriteMarkOptions {
  /** The side that is written. */
  readonly side: Side;
  /** Where the mark stands; its parent exists. */
  readonly path: string;
  /** Who writes: what a person finds in it. */
  readonly run: WriteMarkContent;
  /** Of a mark that is made; asked when it is. Null: everybody may do everything. */
  readonly acl: () => AclSet | null;
}

/** There is nothing, or nothing that this user may read. */
const GONE: ReadonlySet<ErrorCode | null> = new Set<ErrorCode>(['NoNode', 'NoAuth']);

/**
 * A znode that changes with every batch that is written, in the same transaction: so its own mzxid
 * is the zxid of our last write, also of a run that was killed in the middle. Whatever has a higher
 * zxid below the root was changed by somebody else.
 */
export class WriteMark {
  readonly #options: WriteMarkOptions;

  constructor(options: WriteMarkOptions) {
    this.#options = options;
  }

  /** The step that moves the mark, as part of a batch. */
  get step(): WriteStep {
    return { kind: 'mark', path: this.#options.path, data: this.#content('tree') };
  }

  /**
   * The step before a write that is too large to be in one batch with it: so a run that is killed right
   * after leaves word of what it wrote.
   */
  stepBefore(write: WriteAlone): WriteStep {
    const { path, run } = this.#options;
    return { kind: 'mark', path, data: encode({ ...run, alone: write }) };
  }

  /** zxid of the last write below the root by any run; null if there was none. */
  async read(): Promise<bigint | null> {
    const { side, path } = this.#options;
    try {
      const { data, stat } = await side.session.getData(path);
      if (isWriteMarkOfNothing(data)) return null;
      const alone = decodeWriteAlone(data);
      return alone === null ? stat.mzxid : await this.#zxidOf(alone, stat.mzxid);
    } catch (error) {
      // One that takes no lock needs no mark; any other one is told when it is to write it.
      if (GONE.has(codeOf(error))) return null;
      throw sessionFailure(side, error);
    }
  }

  /** Of the write that the mark was moved before, if it took effect and is still there. */
  async #zxidOf({ path, sha256 }: WriteAlone, markZxid: bigint): Promise<bigint> {
    const { session } = this.#options.side;
    try {
      const { data, stat } = await session.getData(path);
      const isOurs = writeAloneOf(path, data).sha256 === sha256;
      return isOurs && stat.mzxid > markZxid ? stat.mzxid : markZxid;
    } catch (error) {
      if (GONE.has(codeOf(error))) return markZxid;
      throw error;
    }
  }

  /**
   * Moves the mark to this moment, and makes it where there is none.
   *
   * @param checks steps that must hold, in the same transaction
   * @param found `nothing`: the mark stands, but {@link read} tells of no write
   * @returns null if that was done; else which step was refused
   */
  async move(checks: readonly WriteStep[], found: 'tree' | 'nothing'): Promise<StepRefusal | null> {
    const { side, path, acl } = this.#options;
    const data = this.#content(found);
    // Without an answer it may not stand there, and every batch counts on it. Twice does no harm.
    return await retryRead(side, () => putZnode(side.session, { checks, path, data, acl: acl() }));
  }

  #content(found: 'tree' | 'nothing'): Buffer {
    const { run } = this.#options;
    return encode(found === 'nothing' ? { ...run, hasWritten: false } : run);
  }
}
