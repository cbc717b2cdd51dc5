import { ZooKeeperError } from '../../zookeeper/index.ts';
import type { Side } from './side.ts';
import type { WriteStep } from './session.ts';
import { sessionFailure } from './zookeeper-failure.ts';

export interface WriteMarkOptions {
  /** The side that is written. */
  readonly side: Side;
  /** Where the mark stands; its parent exists. */
  readonly path: string;
  /** What a person finds in it. */
  readonly content: Buffer;
}

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
    const { path, content } = this.#options;
    return { kind: 'update', path, data: content };
  }

  /** zxid of the last write below the root by any run; null if there was none. */
  async read(): Promise<bigint | null> {
    const { side, path } = this.#options;
    try {
      const stat = await side.session.exists(path);
      return stat?.mzxid ?? null;
    } catch (error) {
      // Only a run that takes no hold gets this far without the right to read.
      if (error instanceof ZooKeeperError && error.code === 'NoAuth') return null;
      throw sessionFailure(side, error);
    }
  }

  /**
   * Moves the mark to this moment, and makes it where there is none.
   *
   * @param checks steps that must hold, in the same transaction
   */
  async move(checks: readonly WriteStep[]): Promise<boolean> {
    const { side, path, content } = this.#options;
    try {
      if ((await side.session.write([...checks, this.step])) === null) return true;
      const create: WriteStep = { kind: 'create', path, data: content };
      return (await side.session.write([...checks, create])) === null;
    } catch (error) {
      // Moved or not: the next batch moves it, and a mark that is too low only asks a person.
      if (error instanceof ZooKeeperError && error.code === 'ConnectionLoss') return true;
      throw sessionFailure(side, error);
    }
  }
}
