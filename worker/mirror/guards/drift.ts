import type { Exclusion } from '../../tree/exclusions.ts';
import type { NodeTypes } from '../../tree/node-types.ts';
import type { ReadZnode } from '../../tree/tree.ts';

/** Changes of the destination that others made since the last write of this mirror. */
export interface Drift {
  readonly changed: number;
  /** The first of them. */
  readonly firstChanged: string | null;
  readonly ephemerals: number;
  readonly firstEphemeral: string | null;
  /** The root is gone. */
  readonly isRootMissing: boolean;
}

/** What says which changes are nobody's doing. */
export interface IgnoredChanges {
  /** Tells of a path whether a direct child of it may be excluded, or be a home. */
  readonly mayExcludeChildOf: Exclusion | null;
  /** Tells whether members of a system make a znode for themselves, and take it with them. */
  readonly isHome: ((path: string) => boolean) | null;
  readonly nodeTypes: NodeTypes | null;
}

const NOTHING_IGNORED: IgnoredChanges = { mayExcludeChildOf: null, isHome: null, nodeTypes: null };

/**
 * Looks for what others did to the destination: a znode that was created, or whose data or list of
 * children was changed, after the last write of this mirror; and an ephemeral, which is a client
 * that lives on the destination. One that was promoted to be the primary shows all of it.
 */
export class DriftFinder {
  readonly #lastWriteZxid: bigint | null;
  readonly #ignored: IgnoredChanges;
  #isRootMissing = false;
  #changed = 0;
  #firstChanged: string | null = null;
  #ephemerals = 0;
  #firstEphemeral: string | null = null;

  /**
   * @param lastWriteZxid null where there is none to compare with: then nothing is found
   * @param ignored changes that say nothing, because they are nobody's doing
   */
  constructor(lastWriteZxid: bigint | null, ignored: IgnoredChanges = NOTHING_IGNORED) {
    this.#lastWriteZxid = lastWriteZxid;
    this.#ignored = ignored;
  }

  /** What was found so far; null for nothing. */
  get found(): Drift | null {
    if (this.#changed + this.#ephemerals === 0 && !this.#isRootMissing) return null;
    return {
      changed: this.#changed,
      firstChanged: this.#firstChanged,
      ephemerals: this.#ephemerals,
      firstEphemeral: this.#firstEphemeral,
      isRootMissing: this.#isRootMissing,
    };
  }

  sawRootMissing(): void {
    this.#isRootMissing = this.#lastWriteZxid !== null;
  }

  /** Looks at a znode of the destination. */
  look(path: string, znode: ReadZnode): void {
    if (this.#lastWriteZxid === null) return;
    if (znode.ephemeral) {
      this.#ephemerals += 1;
      this.#firstEphemeral ??= path;
      return;
    }
    if (znode.changedZxid <= this.#lastWriteZxid || this.#ignored.isHome?.(path) === true) return;
    if (znode.dataZxid <= this.#lastWriteZxid && ignoresChildren(this.#ignored, path)) return;
    this.#changed += 1;
    this.#firstChanged ??= path;
  }
}

/** A list of children changes with those that are excluded, and when one goes by itself. */
function ignoresChildren({ mayExcludeChildOf, nodeTypes }: IgnoredChanges, path: string): boolean {
  return mayExcludeChildOf?.(path) === true || nodeTypes?.mayVanishFrom(path) === true;
}

/** One clause a kind of change, for a person. */
export function describeDrift(drift: Drift): string {
  const { changed, firstChanged, ephemerals, firstEphemeral, isRootMissing } = drift;
  const clauses: string[] = [];
  if (isRootMissing) clauses.push('the root was deleted');
  if (changed > 0) {
    const what = changed === 1 ? '1 znode was changed' : `${changed} znodes were changed`;
    clauses.push(`${what} (first ${firstChanged ?? ''})`);
  }
  if (ephemerals > 0) {
    const what =
      ephemerals === 1 ? '1 ephemeral of a client' : `${ephemerals} ephemerals of clients`;
    clauses.push(`${what} (first ${firstEphemeral ?? ''})`);
  }
  return clauses.join(', ');
}
