import type { TreeRead, TreeReader, TreeReadResult, TreeSource } from '../tree/tree.ts';
import { BATCH, retryRead } from './retry-read.ts';
import { absolutePath, type Side } from './side.ts';

/** Reads one side of a mirror: the source, or the destination for comparing. */
export class ZooKeeperReader implements TreeReader, TreeSource {
  readonly #side: Side;

  constructor(side: Side) {
    this.#side = side;
  }

  async sync(): Promise<bigint | null> {
    const path = absolutePath(this.#side.options, '/');
    return await retryRead(this.#side, () => this.#side.session.sync(path));
  }

  async countBelow(path: string): Promise<number | null> {
    const { options, session } = this.#side;
    return await retryRead(this.#side, () => session.countBelow(absolutePath(options, path)));
  }

  async read(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    const { options, session } = this.#side;
    const absolute =
      options.chroot === ''
        ? batch
        : batch.map(({ kind, path }) => ({ kind, path: absolutePath(options, path) }));
    const patience = batch.length > 1 ? BATCH : undefined;
    return await retryRead(this.#side, () => session.read(absolute), patience);
  }
}
