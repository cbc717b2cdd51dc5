import type { ChangeEvent } from '../protocol/watches.ts';

/**
 * Changes may have gone by unseen: what was read before is to be read again. `reconnected`: the
 * connection was gone for a while, and servers replay nothing to persistent watches.
 * `overflow`: events came faster than they were taken.
 */
export interface ResyncEvent {
  readonly type: 'resync';
  readonly reason: 'reconnected' | 'overflow';
}

export type WatchEvent = ChangeEvent | ResyncEvent;

/** So many taken events may stand in front of the array before it is cut. */
const COMPACT_AFTER = 1_024;

/**
 * Events that wait to be taken. A resync makes everything before it pointless, so it replaces
 * that; and too many events become a resync, so that a slow consumer costs bounded memory and
 * still learns the truth.
 */
export class BoundedEvents {
  readonly #maxCount: number;
  #events: WatchEvent[] = [];
  #head = 0;

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  get count(): number {
    return this.#events.length - this.#head;
  }

  push(event: WatchEvent): void {
    if (event.type === 'resync') this.#restart(event);
    else if (this.count < this.#maxCount) this.#events.push(event);
    else this.#restart({ type: 'resync', reason: 'overflow' });
  }

  take(): WatchEvent | undefined {
    const event = this.#events[this.#head];
    if (event === undefined) return undefined;
    this.#head++;
    if (this.#head === this.#events.length) this.clear();
    else if (this.#head === COMPACT_AFTER) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
    return event;
  }

  clear(): void {
    this.#events = [];
    this.#head = 0;
  }

  #restart(event: ResyncEvent): void {
    this.#events = [event];
    this.#head = 0;
  }
}
