import type { AclSet } from '../../tree/acl-set.ts';
import type { AclReader } from '../../tree/acl-tree.ts';
import type { Change } from '../compare/compare-znode.ts';
import type { AclLook, ReadSides } from './acl-look.ts';
import type { ReadZnode, TreeWrite } from '../../tree/tree.ts';

export interface CreatedAclsOptions {
  readonly sink: AclReader;
  /** Told of each znode whose list has to be compared with the source's. */
  readonly later: (path: string) => void;
}

/** Lists are few in most trees; where they are not, more of them are read back. */
const MAX_PROVEN = 100_000;

/**
 * Makes sure that created znodes have the lists they were created with, without reading each: lists
 * can be read one by one only. A server does the same with the same list, so one znode of each list
 * is read back. And whoever changes a list afterwards, or puts another znode in the place of ours,
 * shows in the Stat that verifying reads anyway: ours has the zxid of one of our transactions, and
 * a list that was never changed.
 */
export class CreatedAcls implements AclLook {
  readonly #options: CreatedAclsOptions;
  /** Transactions that created something. */
  readonly #zxids = new Set<bigint>();
  #firstZxid: bigint | null = null;
  /** Keys of lists of which a znode is, or was, read back. */
  readonly #proven = new Set<string>();
  /** False once a znode did not have the list that it was sent with. */
  #isTakenAsSent = true;
  readonly #reading = new Set<Promise<void>>();

  constructor(options: CreatedAclsOptions) {
    this.#options = options;
  }

  /**
   * Looks in the background at what has to be.
   *
   * @param zxid of the transaction; without one every list is read back
   */
  created(batch: readonly TreeWrite[], zxid: bigint | null): void {
    const creates = batch.filter(hasAcl);
    if (creates.length === 0) return;
    if (zxid !== null) {
      this.#zxids.add(zxid);
      this.#firstZxid ??= zxid;
    }
    const toRead = zxid === null ? creates : creates.filter(({ acl }) => this.#isFirstOf(acl));
    if (toRead.length > 0) this.#readInBackground(toRead);
  }

  /** Resolves when everything is read back that {@link created} was told of. */
  async settled(): Promise<void> {
    await Promise.all(this.#reading);
  }

  /** Looks at a znode that a verifying pass has read. */
  look(path: string, change: Change, { destination }: ReadSides): void {
    if (change === 'delete' || destination.kind !== 'znode' || destination.ephemeral) return;
    if (!this.#isKnown(destination)) this.#options.later(path);
  }

  /** What was there before this run wrote is not for us to judge. */
  #isKnown({ createdZxid, aclVersion }: ReadZnode): boolean {
    if (this.#firstZxid === null || createdZxid < this.#firstZxid) return true;
    return this.#isTakenAsSent && aclVersion === 0 && this.#zxids.has(createdZxid);
  }

  #isFirstOf({ key }: AclSet): boolean {
    if (this.#proven.has(key)) return false;
    if (this.#proven.size >= MAX_PROVEN) this.#proven.clear();
    this.#proven.add(key);
    return true;
  }

  #readInBackground(creates: readonly CreateWithAcl[]): void {
    const reading = this.#readBack(creates).finally(() => this.#reading.delete(reading));
    reading.catch(() => undefined);
    this.#reading.add(reading);
  }

  async #readBack(creates: readonly CreateWithAcl[]): Promise<void> {
    const found = await this.#options.sink.readAcls(creates.map(({ path }) => path));
    creates.forEach(({ path, acl }, index) => {
      const result = found[index];
      if (result?.kind === 'acl' && result.acl.key === acl.key) return;
      this.#isTakenAsSent = false;
      this.#options.later(path);
    });
  }
}

type CreateWithAcl = Extract<TreeWrite, { kind: 'create' }> & { readonly acl: AclSet };

function hasAcl(write: TreeWrite): write is CreateWithAcl {
  return write.kind === 'create' && write.acl !== undefined;
}
