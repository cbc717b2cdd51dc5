import type { Stat } from '../../../zookeeper/index.ts';
import { creationsOf } from '../../mirror/creations.ts';
import type { ReadZnode } from '../../mirror/tree.ts';

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
    return this.#stat.ephemeralOwner !== 0n;
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
