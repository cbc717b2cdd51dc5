import { isDeepStrictEqual } from 'node:util';
import type { ZooKeeperClient } from '../../client.ts';
import { eventually } from '../../../testing/eventually.ts';
import {
  OneShotWatcher,
  PersistentWatcher,
  type FaultWatcher,
  type FaultWatcherOptions,
} from './fault-watchers.ts';

export interface FaultWatchingOptions extends Omit<FaultWatcherOptions, 'root'> {
  /** Each is followed by one watcher, in turn in each way there is. */
  roots: readonly string[];
}

const FENCE_TIMEOUT_MS = 60_000;
const fenceName = 'fence';

/** Consumers of watches amid the faults, who must know in the end what is there. */
export class FaultWatching {
  readonly #options: FaultWatchingOptions;
  readonly #persistent: PersistentWatcher[] = [];
  readonly #oneShot: OneShotWatcher[] = [];
  readonly #fences: string[] = [];
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: FaultWatchingOptions) {
    this.#options = options;
    for (const [index, root] of options.roots.entries()) this.#add({ ...options, root }, index % 4);
  }

  start(): void {
    const watchers = [...this.#persistent, ...this.#oneShot];
    this.#running = Promise.all(watchers.map((watcher) => watcher.run(this.#stop.signal)));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /**
   * Nobody writes any more, and no connection breaks any more. One last change, and who has taken
   * note of it has been told of everything before: the server sends events in their order.
   */
  async verify(direct: ZooKeeperClient): Promise<void> {
    for (const fence of this.#fences) await direct.create(fence, null);
    const isSeen = (fence: string, index: number): boolean =>
      this.#persistent[index]?.known[fence] !== undefined;
    const seen = eventually(() => this.#fences.every(isSeen), { timeoutMs: FENCE_TIMEOUT_MS });
    await seen.catch(() => this.#options.complain('a watch did not tell of the last change'));
    for (const watcher of this.#persistent) await this.#compare(watcher, direct);
    for (const watcher of this.#oneShot) {
      // It may have been told and still be reading; nothing else makes it look again.
      const isUpToDate = async (): Promise<boolean> =>
        isDeepStrictEqual(watcher.known, await watcher.expected(direct));
      await eventually(isUpToDate, { timeoutMs: FENCE_TIMEOUT_MS }).catch(() =>
        this.#compare(watcher, direct),
      );
    }
  }

  async #compare(watcher: FaultWatcher, direct: ZooKeeperClient): Promise<void> {
    const expected = await watcher.expected(direct);
    if (isDeepStrictEqual(watcher.known, expected)) return;
    const [believed, actual] = [watcher.known, expected].map((known) => JSON.stringify(known));
    this.#options.complain(`a watcher knows ${believed}, where there is ${actual}`);
  }

  #add(options: FaultWatcherOptions, way: number): void {
    if (way < 2) {
      this.#persistent.push(new PersistentWatcher(options, way === 0));
      this.#fences.push(`${options.root}/${fenceName}`);
    } else {
      this.#oneShot.push(new OneShotWatcher(options, way === 2 ? 'znode' : 'children'));
    }
  }
}
