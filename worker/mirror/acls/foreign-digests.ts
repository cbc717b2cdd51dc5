import type { AclSet } from '../../tree/acl-set.ts';
import type { AclReader, ReadAclResult } from '../../tree/acl-tree.ts';
import { digestAlgorithm } from '../../tree/digest-algorithms.ts';
import type { MirrorRecord } from '../mirror-record.ts';

export interface ForeignDigestsOptions {
  /** The lists of the source. */
  readonly lists: AclReader;
  /** By which algorithm the destination hashes a login; null as long as nobody knows. */
  readonly algorithmThere: () => string | null;
  readonly record: MirrorRecord;
}

/**
 * The lists of the source as they are; puts on record those with logins that the destination would
 * hash by another algorithm. Copied to the letter, they let nobody in there.
 */
export class ForeignDigests implements AclReader {
  readonly #options: ForeignDigestsOptions;

  constructor(options: ForeignDigestsOptions) {
    this.#options = options;
  }

  async readAcls(paths: readonly string[]): Promise<readonly ReadAclResult[]> {
    const { lists, algorithmThere, record } = this.#options;
    const results = await lists.readAcls(paths);
    const there = algorithmThere();
    if (there === null) return results;
    for (const [index, result] of results.entries()) {
      if (result.kind !== 'acl') continue;
      const here = foreignAlgorithm(result.acl, there);
      if (here !== null) record.sawForeignDigest(paths[index] ?? '', { here, there });
    }
    return results;
  }
}

function foreignAlgorithm({ entries }: AclSet, there: string): string | null {
  for (const entry of entries) {
    const here = digestAlgorithm(entry);
    if (here !== null && here !== there) return here;
  }
  return null;
}
