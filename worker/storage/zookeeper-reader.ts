import { ZooKeeperError } from '../../zookeeper/index.ts';
import type { TreeRead, TreeReader, TreeReadResult, TreeSource } from '../mirror/tree.ts';
import { absolutePath } from './side.ts';
import type { Side } from './side.ts';
import { sessionFailure } from './zookeeper-failure.ts';

/** A read that went down with this many connections is not tried again: it may be their death. */
const MAX_ATTEMPTS = 5;

/** Reads one side of a mirror: the source, or the destination for comparing. */
export class ZooKeeperReader implements TreeReader, TreeSource {
  readonly #side: Side;

  constructor(side: Side) {
    this.#side = side;
  }

  async sync(): Promise<bigint | null> {
    const path = absolutePath(this.#side.options, '/');
    return await this.#retrying(() => this.#side.session.sync(path));
  }

  async countBelow(path: string): Promise<number | null> {
    const { options, session } = this.#side;
    return await this.#retrying(() => session.countBelow(absolutePath(options, path)));
  }

  async read(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    const { options, session } = this.#side;
    const absolute =
      options.chroot === ''
        ? batch
        : batch.map(({ kind, path }) => ({ kind, path: absolutePath(options, path) }));
    return await this.#retrying(() => session.read(absolute));
  }

  /** Reading changes nothing, so it is simply done again once there is a connection again. */
  async #retrying<T>(read: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await read();
      } catch (error) {
        const again = error instanceof ZooKeeperError && error.code === 'ConnectionLoss';
        if (!again || attempt === MAX_ATTEMPTS) throw sessionFailure(this.#side, error);
      }
    }
  }
}
