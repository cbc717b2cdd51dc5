import type {
  ResultDurations,
  SkipReason,
  SkippedCount,
  SourceHistory,
  WorkerProgress,
} from '../../api/worker-contract.ts';
import type { CounterName } from './counters/counter.ts';

/** Paths named for each reason; the rest is only counted. */
const NAMED_PATHS = 5;

/** Numbers that are below those of the source. */
export interface LowNumbers {
  readonly count: number;
  readonly paths: readonly string[];
  readonly missing: number;
}

/** A znode above the root that was created: its list is its creator's, or that of the znode above. */
export interface MadeParent {
  readonly path: string;
  readonly list: 'own' | 'inherited';
}

/** Refusals that are about the access control list. */
const ACL_REASONS: ReadonlySet<SkipReason> = new Set<SkipReason>([
  'UnknownAclScheme',
  'RedactedAcl',
  'AclLocksOut',
]);

/** A number that the destination refused to raise, and the error's name. */
export interface RaiseRefusal {
  readonly what: CounterName;
  readonly path: string;
  readonly code: string;
}

/** The point of the source's history that the copy stands for. */
export interface MirrorPoint {
  /** null where the source does not tell it. */
  readonly zxid: bigint | null;
  readonly time: Date;
  /** Of the destination, at that moment; null as {@link zxid}. */
  readonly destinationZxid: bigint | null;
}

/** Znodes of the source whose copies go by themselves. */
export interface ShortLivedZnodes {
  readonly count: number;
  /** The first few of them. */
  readonly paths: readonly string[];
  readonly shortestMs: number;
}

/** Algorithms by which a login is hashed. */
export interface DigestAlgorithms {
  /** In a list of the source. */
  readonly here: string;
  /** By the destination. */
  readonly there: string;
}

/** Of more znodes it is not remembered that they were counted already; they are counted no more. */
const MAX_FOREIGN_DIGESTS = 100_000;

const NO_SHORT_LIVED: ShortLivedZnodes = { count: 0, paths: [], shortestMs: Infinity };

/**
 * What a run has done so far. It is filled in as things happen, so that a run that is stopped, or
 * fails, can still say truthfully how far it came.
 */
export class MirrorRecord {
  point: MirrorPoint | null = null;
  created = 0;
  updated = 0;
  deleted = 0;
  unchanged = 0;
  bytesWritten = 0;
  verified = false;
  /**
   * False once a change of the source after {@link point} was seen; null before anybody looked, and
   * where the source does not tell when it changed.
   */
  settled: boolean | null = null;
  /** Null as long as nobody asked for it. */
  history: SourceHistory | null = null;
  /** Every list was compared with the source's at or after it; null before that was done. */
  aclsComparedTime: Date | null = null;
  /** Why the destination takes nothing larger, and what to do; null where nothing was too large. */
  tooLargeBecause: string | null = null;
  readonly durations: { -readonly [K in keyof ResultDurations]: number } = {
    compareMs: 0,
    applyMs: 0,
    verifyMs: 0,
    totalMs: 0,
  };
  #phase: WorkerProgress['phase'] = 'connect';
  #done = 0;
  #total: number | null = null;
  #shortLived: ShortLivedZnodes | null = null;
  readonly #skipped = new Map<SkipReason, { count: number; paths: string[] }>();
  readonly #unwritable = new Map<string, SkipReason>();
  readonly #leftBehind = new Set<string>();
  readonly #raised = { sequenceCounters: 0, dataVersions: 0 };
  #raiseRefusal: RaiseRefusal | null = null;
  readonly #leftLow = {
    sequenceCounters: new Map<string, number>(),
    dataVersions: new Map<string, number>(),
  };
  readonly #madeParents: MadeParent[] = [];
  readonly #foreignDigests = {
    algorithms: null as DigestAlgorithms | null,
    paths: new Set<string>(),
  };
  readonly #notRaised = {
    sequenceCounters: { count: 0, paths: [] as string[], missing: 0 },
    dataVersions: { count: 0, paths: [] as string[], missing: 0 },
  };

  /** Counts a znode of the source whose copy goes by itself unless its data changes. */
  sawShortLived(path: string, ttlMs: number): void {
    const { count, paths, shortestMs } = this.#shortLived ?? NO_SHORT_LIVED;
    this.#shortLived = {
      count: count + 1,
      paths: paths.length < NAMED_PATHS ? [...paths, path] : paths,
      shortestMs: Math.min(shortestMs, ttlMs),
    };
  }

  /** Null if there are none. */
  get shortLived(): ShortLivedZnodes | null {
    return this.#shortLived;
  }

  /** Notes, once, that a list has a login which the destination hashes by another algorithm. */
  sawForeignDigest(path: string, algorithms: DigestAlgorithms): void {
    this.#foreignDigests.algorithms ??= algorithms;
    const { paths } = this.#foreignDigests;
    if (paths.size < MAX_FOREIGN_DIGESTS) paths.add(path);
  }

  /** What {@link sawForeignDigest} noted, of at most 100,000 znodes; null for nothing. */
  get foreignDigests(): (DigestAlgorithms & Pick<LowNumbers, 'count' | 'paths'>) | null {
    const { algorithms, paths } = this.#foreignDigests;
    if (algorithms === null) return null;
    return { count: paths.size, paths: [...paths].slice(0, NAMED_PATHS), ...algorithms };
  }

  /** Counts a znode that is left out of the copy. */
  skip(reason: SkipReason, path: string): void {
    const entry = this.#skipped.get(reason) ?? { count: 0, paths: [] };
    entry.count += 1;
    if (entry.paths.length < NAMED_PATHS) entry.paths.push(path);
    this.#skipped.set(reason, entry);
  }

  /** Notes that the destination refused this znode for good; it is not tried again in this run. */
  refuse(reason: SkipReason, path: string): void {
    if (this.#unwritable.has(path)) return;
    this.#unwritable.set(path, reason);
    this.skip(reason, path);
    if (this.#phase === 'apply') this.advance(1);
  }

  /**
   * Why this znode cannot have its access control list, or null if that is not known. One whose data
   * was refused is there nevertheless: it may have its list, and children.
   */
  aclRefusalOf(path: string): SkipReason | null {
    const reason = this.refusalOf(path);
    return reason !== null && ACL_REASONS.has(reason) ? reason : null;
  }

  /** True if the destination refused any znode. */
  get hasRefused(): boolean {
    return this.#unwritable.size > 0;
  }

  /** Why the destination refused this znode, or null if it did not. */
  refusalOf(path: string): SkipReason | null {
    return this.#unwritable.get(path) ?? null;
  }

  /** Notes that a number is now that of the source, or above. */
  raised(what: CounterName): void {
    this.#raised[what] += 1;
  }

  /** How many numbers were raised to those of the source. */
  get raisedCounts(): Readonly<Record<CounterName, number>> {
    return this.#raised;
  }

  /** Notes that a number is still so far below that of the source; the last word counts. */
  leaveLow(what: CounterName, path: string, missing: number): void {
    this.#leftLow[what].set(path, missing);
  }

  /** Znodes whose numbers are still below those of the source, and by how much. */
  shortfall(what: CounterName): ReadonlyMap<string, number> {
    return this.#leftLow[what];
  }

  /** Notes that the destination refused to raise a number of a znode, which is there itself. */
  refuseToRaise(what: CounterName, path: string, code: string): void {
    this.#raiseRefusal ??= { what, path, code };
  }

  /** The first that {@link refuseToRaise} noted. */
  get raiseRefusal(): RaiseRefusal | null {
    return this.#raiseRefusal;
  }

  /** Notes that a number is so far below that of the source, and that nobody was to raise it. */
  notRaised(what: CounterName, path: string, missing: number): void {
    const entry = this.#notRaised[what];
    entry.count += 1;
    entry.missing += missing;
    if (entry.paths.length < NAMED_PATHS) entry.paths.push(path);
  }

  /** What {@link notRaised} noted: how many, the first few of them, how far they are behind together. */
  notRaisedCounts(what: CounterName): Readonly<LowNumbers> {
    return this.#notRaised[what];
  }

  /** Notes that a znode above the root was created with another list than that of the source. */
  madeParent(path: string, list: MadeParent['list']): void {
    this.#madeParents.push({ path, list });
  }

  get madeParents(): readonly MadeParent[] {
    return this.#madeParents;
  }

  /** Notes that a znode is not at the destination as it should be; verifying may settle that. */
  leaveBehind(path: string): void {
    this.#leftBehind.add(path);
  }

  /** Forgets what {@link leaveBehind} noted, because another pass looks at it again. */
  forgetLeftBehind(): void {
    this.#leftBehind.clear();
  }

  get leftBehind(): ReadonlySet<string> {
    return this.#leftBehind;
  }

  /** Notes that the source changed after the point the copy stands for. */
  sawSourceChange(): void {
    this.settled = false;
  }

  /** Notes that the whole source was looked at: if no change of it was seen, there was none. */
  sawWholeSource(): void {
    if (typeof this.point?.zxid === 'bigint') this.settled ??= true;
  }

  /** Skipped znodes by reason, in the order the reasons came up. */
  get skipped(): SkippedCount[] {
    return [...this.#skipped].map(([reason, { count, paths }]) => ({ reason, count, paths }));
  }

  get progress(): WorkerProgress {
    return { phase: this.#phase, done: this.#done, total: this.#total };
  }

  /** Moves on to a phase of `total` znodes; null while nobody knows how many. */
  enter(phase: WorkerProgress['phase'], total: number | null): void {
    this.#phase = phase;
    this.#done = 0;
    this.#total = total;
  }

  /** Counts work of the current phase. */
  advance(count: number): void {
    this.#done += count;
  }
}
