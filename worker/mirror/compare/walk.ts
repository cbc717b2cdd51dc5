import { BatchSizer, type BatchAnswer, type BatchLimits } from './batch-sizer.ts';
import {
  BOTH,
  compareZnode,
  DESTINATION,
  SOURCE,
  type Sides,
  type Verdict,
} from './compare-znode.ts';
import type { Exclusion } from '../../tree/exclusions.ts';
import { Frontier, type WalkItem } from './frontier.ts';
import { mergeNames } from './merge-names.ts';
import { isNameable } from '../../tree/nameable.ts';
import { childPath } from '../../tree/paths.ts';
import { MISSING, type TreeRead, type TreeReader, type TreeReadResult } from '../../tree/tree.ts';

/** A znode that was read on every side that listed it, and what follows from it. */
export interface ComparedZnode {
  readonly path: string;
  readonly verdict: Verdict;
  readonly source: TreeReadResult;
  readonly destination: TreeReadResult;
  readonly doomedFrom: number;
}

/** Who is told what a walk finds: parents before their children, siblings in any order. */
export interface WalkVisitor {
  compared(znode: ComparedZnode): void;
  /** An excluded znode was listed; it was not read, nor anything below it. */
  excluded(path: string, sides: Sides, doomedFrom: number): void;
  /** A znode was listed whose name no request can hold; it was not read, nor anything below it. */
  unnameable(path: string, sides: Sides, doomedFrom: number): void;
  /** The children of this znode may not be listed, so nothing below it was looked at. */
  unlistable(path: string, doomedFrom: number): void;
  /** Null if more may come at once; else resolves when it may. */
  ready(): Promise<void> | null;
}

export interface WalkOptions {
  readonly source: TreeReader;
  readonly destination: TreeReader;
  /** Where the walk begins. */
  readonly seeds: Iterable<WalkItem>;
  /** `all`: the whole tree below the seeds. `oneSided`: only where just one side has the znode. */
  readonly descend: 'all' | 'oneSided';
  /** True: what only the destination has stays, and is not looked into. */
  readonly keepDestinationOnly: boolean;
  readonly excluded: Exclusion | null;
  readonly visitor: WalkVisitor;
  readonly signal: AbortSignal;
  readonly limits: WalkLimits;
}

export interface WalkLimits extends BatchLimits {
  /** Batches that are on their way at once, on each side. */
  readonly maxInFlight: number;
}

/** Small enough that a few batches of unexpectedly large znodes fit into memory. */
export const DEFAULT_WALK_LIMITS: WalkLimits = {
  maxOps: 64,
  targetBytes: 512 * 1024,
  largestBytes: 1024 * 1024,
  maxInFlight: 4,
};

/** A seed: this path, as both sides have it. */
export function seedOf(path: string): WalkItem {
  return { kind: 'znode', path, sides: BOTH, doomedFrom: 0 };
}

/**
 * Reads both sides in step and compares them. Each batch asks both sides at once for the same
 * znodes; several batches are under way, so neither side waits for a round trip.
 *
 * Rejects with the signal's reason when it aborts, or as soon as a side cannot be read any more.
 */
export async function walk(options: WalkOptions): Promise<void> {
  await new Walk(options).run();
}

class Walk {
  readonly #options: WalkOptions;
  readonly #frontier: Frontier;
  readonly #sizer: BatchSizer;
  readonly #running = new Set<Promise<void>>();
  /** Of the batch that failed first: a race of those that run forgets one that ends right after another. */
  #failure: { readonly error: unknown } | null = null;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#frontier = new Frontier(options.seeds);
    this.#sizer = new BatchSizer(options.limits);
  }

  async run(): Promise<void> {
    try {
      await this.#readAll();
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }

  async #readAll(): Promise<void> {
    const { visitor, signal } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const blocked = visitor.ready();
      if (blocked) await blocked;
      this.#throwIfFailed();
      this.#startBatches();
      if (this.#running.size === 0) return;
      await Promise.race(this.#running);
      this.#throwIfFailed();
    }
  }

  #startBatches(): void {
    const { maxInFlight } = this.#options.limits;
    while (this.#running.size < maxInFlight) {
      // A small batch costs as much as a full one: while others are under way, wait for more.
      if (this.#running.size > 1 && !this.#frontier.has(this.#sizer.ops)) return;
      const items = this.#frontier.take(this.#sizer.ops);
      if (items.length === 0) return;
      const batch = this.#compareOrFail(items).finally(() => this.#running.delete(batch));
      this.#running.add(batch);
    }
  }

  #throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #compareOrFail(items: readonly WalkItem[]): Promise<void> {
    try {
      await this.#compare(items);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  async #compare(items: readonly WalkItem[]): Promise<void> {
    const fromSource: TreeRead[] = [];
    const fromDestination: TreeRead[] = [];
    for (const item of items) {
      if (item.sides & SOURCE) fromSource.push(item);
      if (item.sides & DESTINATION) fromDestination.push(item);
    }
    const [source, destination] = await Promise.all([
      readIfAny(this.#options.source, fromSource),
      readIfAny(this.#options.destination, fromDestination),
    ]);
    // What the visitor keeps may be closed by now.
    if (this.#failure !== null) return;
    this.#sizer.observe(heavierOf(answerOf(source), answerOf(destination)));
    let sourceIndex = 0;
    let destinationIndex = 0;
    for (const [index, item] of items.entries()) {
      const sourceAnswer = item.sides & SOURCE ? source[sourceIndex++] : MISSING;
      const destinationAnswer =
        item.sides & DESTINATION ? destination[destinationIndex++] : MISSING;
      if (sourceAnswer === undefined || destinationAnswer === undefined) {
        this.#frontier.putBack(items.slice(index));
        return;
      }
      this.#answered(item, sourceAnswer, destinationAnswer);
    }
  }

  #answered(item: WalkItem, source: TreeReadResult, destination: TreeReadResult): void {
    if (item.kind === 'children') this.#listed(item, source, destination);
    else this.#znode(item, source, destination);
  }

  #znode(item: WalkItem, source: TreeReadResult, destination: TreeReadResult): void {
    const { path, doomedFrom } = item;
    const verdict = this.#judge(source, destination);
    this.#options.visitor.compared({ path, verdict, source, destination, doomedFrom });
    const sides = this.#sidesToList(verdict, source, destination);
    if (sides === 0) return;
    const isDoomed = verdict.change === 'delete' && doomedFrom === 0;
    this.#frontier.pushListing({
      kind: 'children',
      path,
      sides: sides as Sides,
      doomedFrom: isDoomed ? path.length : doomedFrom,
    });
  }

  #judge(source: TreeReadResult, destination: TreeReadResult): Verdict {
    const verdict = compareZnode(source, destination);
    if (verdict.change !== 'delete' || !this.#options.keepDestinationOnly) return verdict;
    return { ...verdict, change: 'keep', descend: null };
  }

  #sidesToList(verdict: Verdict, source: TreeReadResult, destination: TreeReadResult): number {
    if (verdict.descend === null) return 0;
    if (verdict.descend === BOTH && this.#options.descend === 'oneSided') return 0;
    const inSource = source.kind === 'znode' && source.childCount > 0 ? SOURCE : 0;
    const inDestination =
      destination.kind === 'znode' && destination.childCount > 0 ? DESTINATION : 0;
    return verdict.descend & (inSource | inDestination);
  }

  #listed(item: WalkItem, source: TreeReadResult, destination: TreeReadResult): void {
    const { path, doomedFrom } = item;
    if (source.kind === 'forbidden' || destination.kind === 'forbidden') {
      this.#options.visitor.unlistable(path, doomedFrom);
      return;
    }
    const [fromSource, fromDestination] = this.#nameable(
      item,
      namesOf(source),
      namesOf(destination),
    );
    const merged = mergeNames(fromSource, fromDestination);
    this.#push(item, merged.destinationOnly, DESTINATION);
    this.#push(item, merged.sourceOnly, SOURCE);
    this.#push(item, merged.both, BOTH);
  }

  /** Those that a client can ask for. The others are told before two of them could look alike. */
  #nameable(
    parent: WalkItem,
    source: readonly string[],
    destination: readonly string[],
  ): [source: readonly string[], destination: readonly string[]] {
    if (source.every(isNameable) && destination.every(isNameable)) return [source, destination];
    for (const name of source) {
      if (!isNameable(name))
        this.#unnameable(parent, name, destination.includes(name) ? BOTH : SOURCE);
    }
    for (const name of destination) {
      if (!isNameable(name) && !source.includes(name)) this.#unnameable(parent, name, DESTINATION);
    }
    return [source.filter(isNameable), destination.filter(isNameable)];
  }

  #unnameable({ path: parent, doomedFrom }: WalkItem, name: string, sides: Sides): void {
    const { excluded, visitor } = this.#options;
    const path = childPath(parent, name);
    if (excluded?.(path) === true) visitor.excluded(path, sides, doomedFrom);
    else visitor.unnameable(path, sides, doomedFrom);
  }

  #push(parent: WalkItem, names: readonly string[], sides: Sides): void {
    const { path, doomedFrom } = parent;
    const { excluded, visitor } = this.#options;
    if (excluded === null) {
      this.#frontier.pushSiblings({ parent: path, names, sides, doomedFrom });
      return;
    }
    const base = path === '/' ? '/' : `${path}/`;
    const kept = names.filter((name) => {
      if (!excluded(base + name)) return true;
      visitor.excluded(base + name, sides, doomedFrom);
      return false;
    });
    this.#frontier.pushSiblings({ parent: path, names: kept, sides, doomedFrom });
  }
}

const NOTHING_READ: readonly TreeReadResult[] = [];

function readIfAny(
  side: TreeReader,
  batch: readonly TreeRead[],
): Promise<readonly TreeReadResult[]> | readonly TreeReadResult[] {
  return batch.length === 0 ? NOTHING_READ : side.read(batch);
}

function namesOf(result: TreeReadResult): readonly string[] {
  return result.kind === 'children' ? result.names : [];
}

/** Lists of names do not count: that one parent has many children says nothing about the next. */
function answerOf(results: readonly TreeReadResult[]): BatchAnswer {
  let bytes = 0;
  let largestBytes = 0;
  for (const result of results) {
    const size = result.kind === 'znode' ? (result.data?.length ?? 0) : 0;
    bytes += size;
    if (size > largestBytes) largestBytes = size;
  }
  return { ops: results.length, bytes, largestBytes };
}

function heavierOf(one: BatchAnswer, other: BatchAnswer): BatchAnswer {
  return {
    ops: Math.max(one.ops, other.ops),
    bytes: Math.max(one.bytes, other.bytes),
    largestBytes: Math.max(one.largestBytes, other.largestBytes),
  };
}
