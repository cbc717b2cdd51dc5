/** A key that waits, with the time it came and its place in line: a lower one comes first. */
export interface ReadyKey {
  readonly key: string;
  readonly place: number;
  readonly addedMs: number;
}

/** How keys share the workers, so that the keys of one group cannot take all of them. */
export interface KeyGroups {
  readonly groupOf: (key: string) => string;
  /** Keys of one group that are in process at once. */
  readonly maxRunning: number;
}

interface Group {
  /** Oldest first. */
  readonly waiting: Map<string, ReadyKey>;
  running: number;
}

const ONE_GROUP: KeyGroups = { groupOf: () => '', maxRunning: Infinity };

/** Keys that wait to be processed: the oldest comes first, of those whose group has room. */
export class ReadyKeys {
  readonly #groups = new Map<string, Group>();
  readonly #sharing: KeyGroups;
  #size = 0;

  constructor(sharing: KeyGroups = ONE_GROUP) {
    this.#sharing = sharing;
  }

  get size(): number {
    return this.#size;
  }

  has(key: string): boolean {
    return this.#groups.get(this.#sharing.groupOf(key))?.waiting.has(key) === true;
  }

  add(ready: ReadyKey): void {
    const { waiting } = this.#group(ready.key);
    if (!waiting.has(ready.key)) this.#size += 1;
    waiting.set(ready.key, ready);
  }

  /** The one to process next; undefined if none waits that may be. */
  next(): ReadyKey | undefined {
    let first: ReadyKey | undefined;
    for (const { waiting, running } of this.#groups.values()) {
      if (running >= this.#sharing.maxRunning) continue;
      const [oldest] = waiting.values();
      if (oldest !== undefined && (first === undefined || oldest.place < first.place)) {
        first = oldest;
      }
    }
    return first;
  }

  /** Notes that this key waits no more, and takes a place of its group until {@link ended}. */
  begun({ key }: ReadyKey): void {
    const group = this.#group(key);
    if (group.waiting.delete(key)) this.#size -= 1;
    group.running += 1;
  }

  /** Gives the place of a key back. */
  ended(key: string): void {
    const name = this.#sharing.groupOf(key);
    const group = this.#group(key);
    group.running -= 1;
    if (group.running === 0 && group.waiting.size === 0) this.#groups.delete(name);
  }

  /** Forgets all that wait. */
  clear(): void {
    for (const { waiting } of this.#groups.values()) waiting.clear();
    this.#size = 0;
  }

  #group(key: string): Group {
    const name = this.#sharing.groupOf(key);
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = { waiting: new Map<string, ReadyKey>(), running: 0 };
    this.#groups.set(name, group);
    return group;
  }
}
