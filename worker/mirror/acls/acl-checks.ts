import { AclDigest } from './acl-digest.ts';
import type { KnownAcls } from './known-acls.ts';
import { areEqual, readPairs, type AclPair, type AclSides } from './acl-pairs.ts';
import { AclTurn } from './acl-turn.ts';
import type { WrittenAcl } from '../../tree/acl-tree.ts';
import type { Change } from '../compare/compare-znode.ts';
import type { AclLook, ReadSides } from './acl-look.ts';
import type { Difference, DifferenceLog } from '../compare/difference-log.ts';
import type { ReadZnode, TreeReadResult } from '../../tree/tree.ts';

export interface AclChecksOptions {
  /** Null: nothing is known, so all lists are compared. */
  readonly memo: KnownAcls | null;
  readonly openLog: () => DifferenceLog;
}

/** `acl`: nothing but the list differs. `update`: the data, too. */
export type AclDifferenceKind = 'acl' | 'update';

/**
 * Chooses, while both sides are walked, the znodes whose lists have to be compared, and compares
 * them afterwards. A list can only be read znode by znode, so that is to be spared: unless the znode
 * is new, its list is known to be equal as long as both versions of it are those of the memo.
 */
export class AclChecks implements AclLook {
  /** Of this run; the memo's counterpart. */
  readonly source = new AclDigest();
  readonly destination = new AclDigest();
  readonly #memo: KnownAcls | null;
  /** To be compared in any case. */
  readonly #checks: DifferenceLog;
  /** To be compared if their bucket differs from the memo's. */
  readonly #suspects: DifferenceLog;
  readonly #turn: AclTurn | null;

  constructor({ memo, openLog }: AclChecksOptions) {
    this.#memo = memo;
    this.#checks = openLog();
    this.#suspects = openLog();
    this.#turn = memo === null ? null : new AclTurn(memo, openLog());
  }

  /** True if some lists are not to be compared because of what an earlier run knew. */
  get believesMemo(): boolean {
    return this.#memo !== null;
  }

  /** Frees memory and disk. Idempotent. */
  close(): void {
    this.#checks.close();
    this.#suspects.close();
    this.#turn?.close();
  }

  look(path: string, change: Change, { source, destination }: ReadSides): void {
    const from = persistent(source);
    const to = change === 'delete' ? null : persistent(destination);
    if (from !== null) note(this.source, path, from);
    if (to !== null) note(this.destination, path, to);
    if (from !== null && to !== null)
      this.#choose(change === 'update' ? 'update' : 'acl', path, { from, to });
  }

  /** Reads lists in their turn: see {@link AclTurn.firstWrong}. */
  async firstWrong(sides: AclSides): Promise<string | null> {
    const [memo, turn] = [this.#memo, this.#turn];
    if (memo === null || turn === null) return null;
    return await turn.firstWrong(sides, (path) => this.#isKnown(path, memo));
  }

  /**
   * Reads the lists that the memo does not vouch for.
   *
   * @param found is told of each znode whose lists are not equal, or cannot be compared
   */
  async compare(
    sides: AclSides,
    found: (path: string, kind: AclDifferenceKind, pair: AclPair) => Promise<void>,
  ): Promise<void> {
    await readPairs(this.#toCompare(), sides, async ({ kind, path }, pair) => {
      if (!areEqual(pair)) await found(path, kind === 'update' ? 'update' : 'acl', pair);
    });
  }

  /** Follows what was done to the destination since it was looked at. */
  written({ path, createdZxid, before, after }: WrittenAcl): void {
    if (before > 0) this.destination.remove(path, createdZxid, before);
    this.destination.add(path, createdZxid, after);
  }

  #choose(
    kind: AclDifferenceKind,
    path: string,
    { from, to }: { from: ReadZnode; to: ReadZnode },
  ): void {
    const memo = this.#memo;
    const isOld =
      memo !== null &&
      from.createdZxid <= memo.sourceZxid &&
      to.createdZxid <= memo.destinationZxid;
    if (!isOld) {
      this.#checks.append(kind, path);
      return;
    }
    if (from.aclVersion > 0 || to.aclVersion > 0) this.#suspects.append(kind, path);
    this.#turn?.look(path, from, to);
  }

  *#toCompare(): Iterable<Difference> {
    yield* this.#checks.forward();
    const memo = this.#memo;
    if (memo === null || this.#agreesWith(memo)) return;
    for (const difference of this.#suspects.forward()) {
      if (!this.#isKnown(difference.path, memo)) yield difference;
    }
  }

  #isKnown(path: string, memo: KnownAcls): boolean {
    return (
      this.source.agreesOn(path, memo.source) && this.destination.agreesOn(path, memo.destination)
    );
  }

  #agreesWith(memo: KnownAcls): boolean {
    return this.source.equals(memo.source) && this.destination.equals(memo.destination);
  }
}

function persistent(result: TreeReadResult): ReadZnode | null {
  return result.kind === 'znode' && !result.ephemeral ? result : null;
}

function note(digest: AclDigest, path: string, { createdZxid, aclVersion }: ReadZnode): void {
  if (aclVersion > 0) digest.add(path, createdZxid, aclVersion);
}
