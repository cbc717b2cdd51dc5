import type { ZooKeeperClient } from '../../client.ts';
import type { Watch } from '../../watches/watch.ts';
import { isBroken } from './fault-actor.ts';
import { show, stateOf } from '../node-state.ts';

/** What consumers of watches were told. */
export interface WatchCounts {
  events: number;
  resyncs: number;
  fired: number;
}

export interface FaultWatcherOptions {
  /** The client of the moment: another one after the session has expired. */
  client: () => Promise<ZooKeeperClient>;
  /** Of one writer. */
  root: string;
  counts: WatchCounts;
  complain: (problem: string) => void;
}

/** Paths and what is known of each. */
type Known = Record<string, string>;

/** How one sort of consumer comes to know something. */
export interface FaultWatcher {
  /** Follows until stopped, over as many connections and sessions as that takes. */
  run(stop: AbortSignal): Promise<void>;
  /** What the consumer believes. */
  readonly known: Known;
  /** What a consumer that missed nothing believes, over a connection without faults. */
  expected(direct: ZooKeeperClient): Promise<Known>;
}

async function follow(
  { client, root, complain }: FaultWatcherOptions,
  stop: AbortSignal,
  once: (client: ZooKeeperClient) => Promise<void>,
): Promise<void> {
  while (!stop.aborted) {
    try {
      await once(await client());
    } catch (error) {
      if (!stop.aborted && !isBroken(error)) complain(`a watch of ${root}: ${String(error)}`);
    }
  }
}

async function readList(client: ZooKeeperClient, root: string): Promise<Known> {
  const { children } = await client.getChildren(root);
  return Object.fromEntries(children.sort().map((name) => [`${root}/${name}`, 'listed']));
}

async function readTree(client: ZooKeeperClient, root: string): Promise<Known> {
  const paths = [root, ...Object.keys(await readList(client, root))];
  const states = paths.map(async (path) => [path, show(await stateOf(client, path))] as const);
  const known = Object.fromEntries(await Promise.all(states));
  return withoutMissing(known);
}

function withoutMissing(known: Known): Known {
  return Object.fromEntries(Object.entries(known).filter(([, state]) => state !== show(null)));
}

/**
 * Reads once, then only what events name, and everything after a resync, which is the one thing
 * that a reconnect promises. A read that breaks is not repeated: the resync must come.
 */
export class PersistentWatcher implements FaultWatcher {
  readonly #options: FaultWatcherOptions;
  readonly #isRecursive: boolean;
  known: Known = {};

  /** @param isRecursive watches the whole tree; otherwise only the list of children */
  constructor(options: FaultWatcherOptions, isRecursive: boolean) {
    this.#options = options;
    this.#isRecursive = isRecursive;
  }

  async run(stop: AbortSignal): Promise<void> {
    const { root } = this.#options;
    const settings = { recursive: this.#isRecursive, signal: stop };
    await follow(this.#options, stop, async (client) => {
      await using watch = await client.watch(root, settings);
      await this.#consume(client, watch);
    });
  }

  async expected(client: ZooKeeperClient): Promise<Known> {
    const { root } = this.#options;
    return this.#isRecursive ? readTree(client, root) : readList(client, root);
  }

  async #consume(client: ZooKeeperClient, watch: Watch): Promise<void> {
    await unlessBroken(() => this.#readAll(client));
    for await (const event of watch) {
      const { counts } = this.#options;
      if (event.type === 'resync') counts.resyncs++;
      else counts.events++;
      const isAll = event.type === 'resync' || !this.#isRecursive;
      await unlessBroken(() => (isAll ? this.#readAll(client) : this.#readOne(client, event.path)));
    }
  }

  async #readAll(client: ZooKeeperClient): Promise<void> {
    this.known = await this.expected(client);
  }

  async #readOne(client: ZooKeeperClient, path: string): Promise<void> {
    const state = show(await stateOf(client, path));
    this.known = withoutMissing({ ...this.known, [path]: state });
  }
}

async function unlessBroken(read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!isBroken(error)) throw error;
  }
}

/** Reads with a one-shot watch, and again when that has fired; nothing else makes it look. */
export class OneShotWatcher implements FaultWatcher {
  readonly #options: FaultWatcherOptions;
  readonly #what: 'znode' | 'children';
  known: Known = {};

  /** @param what the first child there may be, or the list of children */
  constructor(options: FaultWatcherOptions, what: 'znode' | 'children') {
    this.#options = options;
    this.#what = what;
  }

  async run(stop: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      stop.addEventListener('abort', () => resolve(), { once: true });
    });
    await follow(this.#options, stop, async (client) => {
      const { known, watch } = await this.#read(client);
      this.known = known;
      await Promise.race([watch.fired, stopped]);
      if (!stop.aborted) this.#options.counts.fired++;
    });
  }

  async expected(direct: ZooKeeperClient): Promise<Known> {
    const { known, watch } = await this.#read(direct);
    watch.cancel();
    return known;
  }

  async #read(client: ZooKeeperClient) {
    const { root } = this.#options;
    if (this.#what === 'children') {
      const { children, watch } = await client.getChildrenAndWatch(root);
      return { known: { [root]: children.sort().join() }, watch };
    }
    const path = `${root}/a`;
    const { stat, watch } = await client.existsAndWatch(path);
    const state = stat === null ? 'missing' : `version ${stat.version} of ${stat.mzxid}`;
    return { known: { [path]: state }, watch };
  }
}
