import { ZooKeeperError } from '../../zookeeper/index.ts';
import type { ErrorCode, ReadOp, Stat } from '../../zookeeper/index.ts';
import { FORBIDDEN, MISSING } from '../mirror/tree.ts';
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

  async sync(): Promise<bigint> {
    const path = absolutePath(this.#side.options, '/');
    const { zxid } = await this.#retrying(() => this.#side.client.sync(path));
    return zxid;
  }

  async read(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    const { hasMultiRead } = this.#side;
    return await this.#retrying(() => (hasMultiRead ? this.#multi(batch) : this.#single(batch)));
  }

  async #multi(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    const { client, options } = this.#side;
    const ops = batch.map(({ kind, path }): ReadOp => ({
      type: kind === 'znode' ? 'getData' : 'getChildren',
      path: absolutePath(options, path),
    }));
    const { results } = await client.multiRead(ops);
    return results.map((result) => {
      if (result.type === 'getData') return znode(result.data, result.stat);
      if (result.type === 'getChildren') return { kind: 'children', names: result.children };
      return nothing(result.code) ?? this.#broken(result.code);
    });
  }

  /** For servers without multiRead: one request each, all on their way at once. */
  async #single(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]> {
    return await Promise.all(batch.map((read) => this.#one(read)));
  }

  async #one({ kind, path }: TreeRead): Promise<TreeReadResult> {
    const { client, options } = this.#side;
    const absolute = absolutePath(options, path);
    try {
      if (kind === 'children') {
        const { children } = await client.getChildren(absolute);
        return { kind, names: children };
      }
      const { data, stat } = await client.getData(absolute);
      return znode(data, stat);
    } catch (error) {
      const answer = error instanceof ZooKeeperError ? nothing(error.code) : null;
      if (answer === null) throw error;
      return answer;
    }
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

  #broken(code: ErrorCode): never {
    throw new ZooKeeperError(code, `the ${this.#side.name} answered a read with ${code}`);
  }
}

function znode(data: Buffer | null, stat: Stat): TreeReadResult {
  const { mzxid, pzxid } = stat;
  return {
    kind: 'znode',
    data,
    ephemeral: stat.ephemeralOwner !== 0n,
    childCount: stat.numChildren,
    changedZxid: mzxid > pzxid ? mzxid : pzxid,
  };
}

function nothing(code: ErrorCode): TreeReadResult | null {
  if (code === 'NoNode') return MISSING;
  return code === 'NoAuth' ? FORBIDDEN : null;
}
