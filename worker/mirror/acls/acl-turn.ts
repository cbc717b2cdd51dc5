import { ACL_READ_TURNS } from '../../../api/worker-contract.ts';
import type { KnownAcls } from './known-acls.ts';
import { turnOf } from './acl-digest.ts';
import { areEqual, readPairs, type AclPair, type AclSides } from './acl-pairs.ts';
import type { DifferenceLog } from '../compare/difference-log.ts';
import type { ReadZnode } from '../../tree/tree.ts';

/** A znode on both sides, as it was when it was looked at. */
interface LookedAt {
  readonly path: string;
  /** How often its list had been changed, on each side. */
  readonly from: number;
  readonly to: number;
}

/**
 * Reads lists that are known well, in turns, so that every list is read now and then: what is known
 * is known by reasoning, and that is put to the test.
 */
export class AclTurn {
  readonly #memo: KnownAcls;
  readonly #log: DifferenceLog;

  constructor(memo: KnownAcls, log: DifferenceLog) {
    this.#memo = memo;
    this.#log = log;
  }

  /** Frees memory and disk. Idempotent. */
  close(): void {
    this.#log.close();
  }

  /** Looks at a znode whose list the memo may vouch for. */
  look(path: string, from: ReadZnode, to: ReadZnode): void {
    if (turnOf(path, ACL_READ_TURNS) !== this.#memo.turn) return;
    // Paths begin with a slash, so the numbers can stand before it.
    this.#log.append('acl', `${from.aclVersion}/${to.aclVersion}${path}`);
  }

  /**
   * Reads the lists whose turn it is.
   *
   * @param isKnown tells of a znode whose list was ever changed whether the memo vouches for it
   * @returns the first path whose lists are not equal although neither was changed: then the memo
   *   vouches for nothing; null if there is none
   */
  async firstWrong(sides: AclSides, isKnown: (path: string) => boolean): Promise<string | null> {
    let wrong: string | null = null;
    await readPairs(this.#inTurn(isKnown), sides, (lookedAt, pair) => {
      if (this.#isWrong(lookedAt, pair)) wrong ??= lookedAt.path;
    });
    return wrong;
  }

  *#inTurn(isKnown: (path: string) => boolean): Iterable<LookedAt> {
    for (const { path: entry } of this.#log.forward()) {
      const first = entry.indexOf('/');
      const second = entry.indexOf('/', first + 1);
      const from = Number(entry.slice(0, first));
      const to = Number(entry.slice(first + 1, second));
      const path = entry.slice(second);
      if ((from === 0 && to === 0) || isKnown(path)) yield { path, from, to };
    }
  }

  /** What changed since it was looked at is for the next run, which finds that it did. */
  #isWrong({ from, to }: LookedAt, { source, destination }: AclPair): boolean {
    if (source?.kind !== 'acl' || destination?.kind !== 'acl') return false;
    const isAsLookedAt =
      source.aclVersion === from &&
      destination.aclVersion === to &&
      source.createdZxid <= this.#memo.sourceZxid &&
      destination.createdZxid <= this.#memo.destinationZxid;
    return isAsLookedAt && !areEqual({ source, destination });
  }
}
