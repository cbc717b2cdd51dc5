import type { Change } from '../compare/compare-znode.ts';
import type { ReadSides } from '../acls/acl-look.ts';
import type { MirrorRecord } from '../mirror-record.ts';

/** Changes after which a znode is on both sides. */
const CARRIED: ReadonlySet<Change> = new Set<Change>(['same', 'create', 'update']);

/**
 * Counts the znodes whose data version stays below that of the source, because versions are not
 * carried over there: an application that draws a number from one gives it out a second time.
 */
export class VersionGaps {
  readonly #isRaised: (path: string) => boolean;
  readonly #record: MirrorRecord;

  /** @param isRaised whose versions are raised: what is left of those is told by whoever raises them */
  constructor(isRaised: (path: string) => boolean, record: MirrorRecord) {
    this.#isRaised = isRaised;
    this.#record = record;
  }

  /** Looks at a znode as it was read on both sides, and at what is to become of it. */
  look(path: string, change: Change, { source, destination }: ReadSides): void {
    if (source.kind !== 'znode' || source.dataVersion === 0 || !CARRIED.has(change)) return;
    const there = destination.kind === 'znode' ? destination.dataVersion : 0;
    const missing = source.dataVersion - (change === 'update' ? there + 1 : there);
    if (missing <= 0 || this.#isRaised(path)) return;
    this.#record.notRaised('dataVersions', path, missing);
  }
}
