import type { Logger } from '../../../common/logger.ts';
import { DESTINATION, SOURCE, type Sides, type Verdict } from './compare-znode.ts';
import type { AclLook, ReadSides } from '../acls/acl-look.ts';
import type { DriftFinder } from '../guards/drift.ts';
import type { DifferenceLog } from './difference-log.ts';
import type { Exclusion } from '../../tree/exclusions.ts';
import type { CounterRaiser } from '../counters/counter-raiser.ts';
import type { MirrorRecord } from '../mirror-record.ts';
import type { NodeTypes } from '../../tree/node-types.ts';
import { shownPath } from '../../tree/nameable.ts';
import { parentPath } from '../../tree/paths.ts';
import type { ReadZnode, TreeReadResult } from '../../tree/tree.ts';
import type { VersionGaps } from '../counters/version-gaps.ts';
import type { ComparedZnode, WalkVisitor } from './walk.ts';

/** Where creates and updates go: into a log, or straight to the destination. */
export interface WriteTarget {
  /** True: what is put counts as progress here; false: once it is written. */
  readonly countsAtOnce: boolean;
  put(kind: 'create' | 'update', path: string, znode: ReadZnode): void;
  ready(): Promise<void> | null;
}

/** Counts of one pass; znodes are persistent and not excluded. */
export interface PassTotals {
  /** Below the root, at the source. */
  sourceZnodes: number;
  /** Data of the source, the root's with it. */
  sourceBytes: number;
  /** Below the root, at the destination. */
  destinationZnodes: number;
  creates: number;
  updates: number;
  /** Znodes of which nothing but the access control list differs. */
  acls: number;
  /** Znodes that are the same on both sides. */
  same: number;
}

export interface CollectorOptions {
  readonly rootPath: string;
  readonly writes: WriteTarget;
  readonly deletes: DifferenceLog;
  readonly record: MirrorRecord;
  /** Later passes meet the same skipped znodes again. */
  readonly isFirst: boolean;
  /** What only the destination has stays with `Keep`. */
  readonly deletionPolicy: 'Mirror' | 'Keep';
  /** Of an excluded znode of the source: only its place at the destination is the reason. */
  readonly misplaced: Exclusion | null;
  /** True if a later pass looks at what is written now. */
  readonly willVerify: boolean;
  readonly logger: Logger;
  /** What copies are made as; null for persistent ones. */
  readonly nodeTypes: NodeTypes | null;
  /** Told of every znode of the destination. */
  readonly drift: DriftFinder;
  /** Told of every znode of both sides; null where nobody asks for lists. */
  readonly acls: AclLook | null;
  /** Told of every znode of both sides. */
  readonly counters: readonly CounterRaiser[];
  /** As {@link acls}. */
  readonly versionGaps: VersionGaps | null;
}

/** Turns what a walk finds into differences and counts. */
export class DifferenceCollector implements WalkVisitor {
  readonly totals: PassTotals = {
    sourceZnodes: 0,
    sourceBytes: 0,
    destinationZnodes: 0,
    creates: 0,
    updates: 0,
    acls: 0,
    same: 0,
  };
  readonly #options: CollectorOptions;
  /** null: nobody can tell what changed after it. */
  readonly #pointZxid: bigint | null;
  /** Znodes in the log of deletes that have to stay, because something below them does. */
  readonly #needed = new Set<string>();

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#pointZxid = options.record.point?.zxid ?? null;
  }

  /** Znodes that are to be deleted. */
  get deletions(): number {
    return this.#options.deletes.size - this.#needed.size;
  }

  /** True if a znode of the log of deletes has to stay. */
  isNeeded(path: string): boolean {
    return this.#needed.has(path);
  }

  /** Of so many znodes that looked the same the access control lists differ. */
  foundOtherAcls(count: number): void {
    this.totals.acls += count;
    this.totals.same -= count;
  }

  ready(): Promise<void> | null {
    return this.#options.writes.ready();
  }

  compared({ path, verdict, source, destination, doomedFrom }: ComparedZnode): void {
    this.#countSource(path, source);
    this.#countDestination(path, destination);
    this.#tellOthers(path, verdict, { source, destination });
    if (verdict.skip !== null) this.#skip(verdict.skip, path);
    switch (verdict.change) {
      case 'none':
        break;
      case 'same':
        this.totals.same += 1;
        break;
      case 'create':
      case 'update':
        if (source.kind === 'znode' && this.#write(verdict.change, path, source)) return;
        break;
      case 'delete':
        this.#options.deletes.append('delete', path);
        break;
      case 'keep':
        this.#keep(path, destination, doomedFrom);
        break;
    }
    this.#options.record.advance(1);
  }

  excluded(path: string, sides: Sides, doomedFrom: number): void {
    const isMisplaced = this.#options.misplaced?.(path) === true;
    const reason = isMisplaced ? 'ReservedPath' : 'Excluded';
    if (sides & SOURCE) this.#skip(reason, shownPath(path));
    if (sides & DESTINATION) this.#protect(path, doomedFrom);
  }

  unnameable(path: string, sides: Sides, doomedFrom: number): void {
    const isKept = sides === DESTINATION && this.#options.deletionPolicy === 'Keep';
    this.#skip(isKept ? 'DestinationOnly' : 'InvalidName', shownPath(path));
    if (sides & DESTINATION) this.#protect(path, doomedFrom);
  }

  unlistable(path: string, doomedFrom: number): void {
    this.#skip('NoPermission', path);
    // What stands below is not known, so the znode itself has to stay, too.
    this.#protectFrom(path, doomedFrom);
  }

  /** True if it counts as progress only later. */
  #write(kind: 'create' | 'update', path: string, znode: ReadZnode): boolean {
    if (this.#options.record.refusalOf(path) !== null) return false;
    if (kind === 'create') this.totals.creates += 1;
    else this.totals.updates += 1;
    this.#options.writes.put(kind, path, znode);
    return !this.#options.writes.countsAtOnce;
  }

  #tellOthers(path: string, { change }: Verdict, sides: ReadSides): void {
    const { acls, counters, versionGaps, willVerify } = this.#options;
    acls?.look(path, change, sides);
    versionGaps?.look(path, change, sides);
    for (const counter of counters) counter.look(path, sides, willVerify);
  }

  #countSource(path: string, source: TreeReadResult): void {
    if (source.kind !== 'znode') return;
    const point = this.#pointZxid;
    if (point !== null && source.changedZxid > point) this.#options.record.sawSourceChange();
    if (source.ephemeral) return;
    this.#countShortLived(path);
    this.totals.sourceBytes += source.data?.length ?? 0;
    if (path !== this.#options.rootPath) this.totals.sourceZnodes += 1;
  }

  #countShortLived(path: string): void {
    const { isFirst, nodeTypes, record } = this.#options;
    const ttlMs = isFirst ? (nodeTypes?.ttlMsOf(path) ?? null) : null;
    if (ttlMs !== null) record.sawShortLived(path, ttlMs);
  }

  #countDestination(path: string, destination: TreeReadResult): void {
    if (destination.kind !== 'znode') return;
    this.#options.drift.look(path, destination);
    if (!destination.ephemeral && path !== this.#options.rootPath) {
      this.totals.destinationZnodes += 1;
    }
  }

  #keep(path: string, destination: TreeReadResult, doomedFrom: number): void {
    // An ephemeral of the destination is its own clients' business and no difference of the copy.
    const isPersistent = destination.kind === 'znode' && !destination.ephemeral;
    if (isPersistent) this.#skip('DestinationOnly', path);
    this.#protect(path, doomedFrom);
  }

  #protect(path: string, doomedFrom: number): void {
    const parent = parentPath(path);
    if (parent !== null) this.#protectFrom(parent, doomedFrom);
  }

  #protectFrom(path: string, doomedFrom: number): void {
    if (doomedFrom === 0) return;
    for (
      let current: string | null = path;
      current !== null && current.length >= doomedFrom && !this.#needed.has(current);
      current = parentPath(current)
    ) {
      this.#needed.add(current);
      this.#skip('DestinationOnly', current);
    }
  }

  #skip(reason: Parameters<MirrorRecord['skip']>[0], path: string): void {
    if (!this.#options.isFirst) return;
    this.#options.record.skip(reason, path);
    this.#options.logger.debug('znode skipped', { reason, path });
  }
}
