import type { Stat } from '../../../zookeeper/index.ts';
import { creationsOf } from '../../tree/creations.ts';
import type { ReadZnode } from '../../tree/tree.ts';

/** What ClickHouse Keeper shows as the owner of a container; ZooKeeper shows none. */
const CONTAINER = -(2n ** 63n);

/**
 * A znode whose zxids are decoded when asked for: each is an allocation, and of two equal znodes
 * most are looked at on one side only.
 */
export class EncodedZnode implements ReadZnode {
  readonly kind = 'znode';
  readonly data: Buffer | null;
  readonly #stat: Stat;

  constructor(data: Buffer | null, stat: Stat) {
    this.data = data;
    this.#stat = stat;
  }

  get ephemeral(): boolean {
    const { ephemeralOwner } = this.#stat;
    return ephemeralOwner !== 0n && ephemeralOwner !== CONTAINER;
  }

  get childCount(): number {
    return this.#stat.numChildren;
  }

  get changedZxid(): bigint {
    const { mzxid, pzxid } = this.#stat;
    return mzxid > pzxid ? mzxid : pzxid;
  }

  get dataZxid(): bigint {
    return this.#stat.mzxid;
  }

  get createdZxid(): bigint {
    return this.#stat.czxid;
  }

  get createdTimeMs(): number {
    return Number(this.#stat.ctime);
  }

  get creations(): number {
    return creationsOf(this.#stat.cversion, this.#stat.numChildren);
  }

  get dataVersion(): number {
    return this.#stat.version;
  }

  get aclVersion(): number {
    return this.#stat.aversion;
  }
}
