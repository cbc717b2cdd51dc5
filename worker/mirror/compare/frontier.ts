import type { Sides } from './compare-znode.ts';
import { childPath } from '../../tree/paths.ts';

/** A znode, or a list of children, that a walk has still to read. */
export interface WalkItem {
  readonly kind: 'znode' | 'children';
  readonly path: string;
  readonly sides: Sides;
  /**
   * Length of the path of the topmost ancestor that is to be deleted; 0 if none is. What has to
   * stay below it keeps every ancestor from that one down.
   */
  readonly doomedFrom: number;
}

/** Children still to be read: names are kept as they came, paths are made when their turn comes. */
export interface Siblings {
  readonly parent: string;
  readonly names: readonly string[];
  readonly sides: Sides;
  readonly doomedFrom: number;
}

interface Cursor extends Siblings {
  readonly kind: 'siblings';
  next: number;
}

/**
 * What a walk has still to do. Last in, first out: a subtree is finished before its siblings are
 * begun, so what waits is bounded by breadth times depth and not by the size of the tree.
 */
export class Frontier {
  readonly #stack: (WalkItem | Cursor)[] = [];
  readonly #seeds: Iterator<WalkItem>;
  #seedsLeft = true;
  #pending = 0;

  /** @param seeds pulled only when nothing else is left */
  constructor(seeds: Iterable<WalkItem>) {
    this.#seeds = seeds[Symbol.iterator]();
  }

  /** True if at least `count` items can be taken right now. */
  has(count: number): boolean {
    return this.#pending >= count || this.#seedsLeft;
  }

  pushListing(item: WalkItem): void {
    this.#stack.push(item);
    this.#pending += 1;
  }

  /** Takes back what could not be read yet, to be taken next, in the same order. */
  putBack(items: readonly WalkItem[]): void {
    this.#stack.push(...items.toReversed());
    this.#pending += items.length;
  }

  pushSiblings({ parent, names, sides, doomedFrom }: Siblings): void {
    if (names.length === 0) return;
    this.#stack.push({ kind: 'siblings', parent, names, sides, doomedFrom, next: 0 });
    this.#pending += names.length;
  }

  /** Takes at most `count` items; none at all only if nothing is left for now. */
  take(count: number): WalkItem[] {
    const items: WalkItem[] = [];
    while (items.length < count) {
      const top = this.#stack.at(-1);
      if (top === undefined) {
        if (!this.#takeSeed(items)) break;
      } else if (top.kind === 'siblings') {
        this.#takeSiblings(top, count, items);
      } else {
        this.#stack.pop();
        items.push(top);
        this.#pending -= 1;
      }
    }
    return items;
  }

  #takeSiblings(cursor: Cursor, count: number, items: WalkItem[]): void {
    const { parent, names, sides, doomedFrom } = cursor;
    const end = Math.min(names.length, cursor.next + count - items.length);
    this.#pending -= end - cursor.next;
    for (let index = cursor.next; index < end; index += 1) {
      const path = childPath(parent, names[index] ?? '');
      items.push({ kind: 'znode', path, sides, doomedFrom });
    }
    cursor.next = end;
    if (end === names.length) this.#stack.pop();
  }

  #takeSeed(items: WalkItem[]): boolean {
    const seed = this.#seeds.next();
    this.#seedsLeft = seed.done !== true;
    if (seed.done === true) return false;
    items.push(seed.value);
    return true;
  }
}
