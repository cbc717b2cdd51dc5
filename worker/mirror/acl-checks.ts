import { AclDigest } from './acl-digest.ts';
import { isRedacted } from './acl-set.ts';
import type { AclReader, ReadAclResult, WrittenAcl } from './acl-tree.ts';
import type { Change } from './compare-znode.ts';
import type { AclLook, ReadSides } from './acl-look.ts';
import type { Difference, DifferenceLog } from './difference-log.ts';
import type { ReadZnode, TreeReadResult } from './tree.ts';

/** What an earlier run knew of the lists of both sides, when it left them equal. */
export interface AclMemo {
  /** What was created at the source up to this zxid had been compared. */
  readonly sourceZxid: bigint;
  readonly destinationZxid: bigint;
  readonly source: AclDigest;
  readonly destination: AclDigest;
}

export interface AclChecksOptions {
  /** Null: nothing is known, so all lists are compared. */
  readonly memo: AclMemo | null;
  readonly openLog: () => DifferenceLog;
}

/** `acl`: nothing but the list differs. `update`: the data, too. */
export type AclDifferenceKind = 'acl' | 'update';

/** Znodes whose lists are read at once, on each side. */
const CHUNK = 256;
const CHUNKS_IN_FLIGHT = 4;

/**
 * Chooses, while both sides are walked, the znodes whose lists have to be compared, and compares
 * them afterwards. A list can only be read znode by znode, so that is to be spared: unless the znode
 * is new, its list is known to be equal as long as both versions of it are those of the memo.
 */
export class AclChecks implements AclLook {
  /** Of this run; the memo's counterpart. */
  readonly source = new AclDigest();
  readonly destination = new AclDigest();
  readonly #memo: AclMemo | null;
  /** To be compared in any case. */
  readonly #checks: DifferenceLog;
  /** To be compared if their bucket differs from the memo's. */
  readonly #suspects: DifferenceLog;
  #sawNew = false;

  constructor({ memo, openLog }: AclChecksOptions) {
    this.#memo = memo;
    this.#checks = openLog();
    this.#suspects = openLog();
  }

  /** True if a znode was met that the memo does not know. */
  get sawNew(): boolean {
    return this.#sawNew;
  }

  /** Frees memory and disk. Idempotent. */
  close(): void {
    this.#checks.close();
    this.#suspects.close();
  }

  look(path: string, change: Change, { source, destination }: ReadSides): void {
    const from = persistent(source);
    const to = change === 'delete' ? null : persistent(destination);
    if (from !== null) note(this.source, path, from);
    if (to !== null) note(this.destination, path, to);
    if (change === 'create') this.#sawNew = true;
    if (from !== null && to !== null)
      this.#choose(change === 'update' ? 'update' : 'acl', path, { from, to });
  }

  /**
   * Reads the lists that the memo does not vouch for.
   *
   * @param found is told of each znode whose lists are not equal, or cannot be compared
   */
  async compare(
    sides: { readonly source: AclReader; readonly sink: AclReader },
    found: (path: string, kind: AclDifferenceKind, wanted: FoundAcls) => Promise<void>,
  ): Promise<void> {
    const running = new Set<Promise<void>>();
    for (const chunk of this.#chunks()) {
      const comparing = compareChunk(chunk, sides, found).finally(() => running.delete(comparing));
      comparing.catch(() => undefined);
      running.add(comparing);
      if (running.size >= CHUNKS_IN_FLIGHT) await Promise.race(running);
    }
    await Promise.all(running);
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
      this.#sawNew = true;
      this.#checks.append(kind, path);
    } else if (from.aclVersion > 0 || to.aclVersion > 0) {
      this.#suspects.append(kind, path);
    }
  }

  *#chunks(): Iterable<Difference[]> {
    let chunk: Difference[] = [];
    for (const difference of this.#toCompare()) {
      chunk.push(difference);
      if (chunk.length === CHUNK) {
        yield chunk;
        chunk = [];
      }
    }
    if (chunk.length > 0) yield chunk;
  }

  *#toCompare(): Iterable<Difference> {
    yield* this.#checks.forward();
    const memo = this.#memo;
    if (memo === null || this.#agreesWith(memo)) return;
    for (const difference of this.#suspects.forward()) {
      const { path } = difference;
      const isKnown =
        this.source.agreesOn(path, memo.source) &&
        this.destination.agreesOn(path, memo.destination);
      if (!isKnown) yield difference;
    }
  }

  #agreesWith(memo: AclMemo): boolean {
    return this.source.equals(memo.source) && this.destination.equals(memo.destination);
  }
}

/** What was read of a znode's lists; at least one of them is none, or they differ. */
export interface FoundAcls {
  readonly source: ReadAclResult | undefined;
  readonly destination: ReadAclResult | undefined;
}

function persistent(result: TreeReadResult): ReadZnode | null {
  return result.kind === 'znode' && !result.ephemeral ? result : null;
}

function note(digest: AclDigest, path: string, { createdZxid, aclVersion }: ReadZnode): void {
  if (aclVersion > 0) digest.add(path, createdZxid, aclVersion);
}

async function compareChunk(
  chunk: readonly Difference[],
  { source, sink }: { readonly source: AclReader; readonly sink: AclReader },
  found: (path: string, kind: AclDifferenceKind, acls: FoundAcls) => Promise<void>,
): Promise<void> {
  const paths = chunk.map(({ path }) => path);
  const [wanted, there] = await Promise.all([source.readAcls(paths), sink.readAcls(paths)]);
  for (const [index, { kind, path }] of chunk.entries()) {
    const acls = { source: wanted[index], destination: there[index] };
    if (areEqual(acls)) continue;
    await found(path, kind === 'update' ? 'update' : 'acl', acls);
  }
}

/** A list that is not told in full is equal to none, not even to itself. */
function areEqual({ source, destination }: FoundAcls): boolean {
  if (source?.kind !== 'acl' || destination?.kind !== 'acl') return false;
  return source.acl.key === destination.acl.key && !isRedacted(source.acl);
}
