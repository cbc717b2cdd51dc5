import { truncate, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type MultiOp, type ZooKeeperClient } from '../../zookeeper/index.ts';
import { startBenchServer, type BenchServer, type ServerKind } from '../common/bench-server.ts';
import { readThreadTimes, spentBetween } from '../common/server-cpu.ts';
import { root, znodeData, type TreeShape } from './trees.ts';

/** What this process has in flight itself. */
const BATCH_OPS = 500;
const BATCH_BYTES = 512 * 1024;
const BATCHES_IN_FLIGHT = 8;

/** Where a run of the worker keeps its memory of the last write. */
const controlRoot = '/.resiliency-operator';

/** What is new at the source stands here. */
const extraRoot = `${root}/extra`;

/** Of the source's znodes, which are changed at a time: one in so many. */
const UPDATE_EVERY = 100;

/** Source and destination, as far as this process prepares and judges them. */
export class Arena implements AsyncDisposable {
  readonly shape: TreeShape;
  readonly source: BenchServer;
  readonly destination: BenchServer;
  readonly #sourceClient: ZooKeeperClient;
  readonly #destinationClient: ZooKeeperClient;
  #version = 0;

  constructor(
    shape: TreeShape,
    servers: readonly [BenchServer, BenchServer],
    clients: readonly [ZooKeeperClient, ZooKeeperClient],
  ) {
    this.shape = shape;
    [this.source, this.destination] = servers;
    [this.#sourceClient, this.#destinationClient] = clients;
  }

  /** Znodes at and below the root of the source. */
  async count(): Promise<number> {
    return (await this.#sourceClient.getAllChildrenNumber(root)) + 1;
  }

  async populate(): Promise<void> {
    const { paths, dataBytes } = this.shape;
    await this.#sourceClient.create(root, null);
    let index = 0;
    const ops = map(paths(), (path): MultiOp => {
      index += 1;
      return { type: 'create', path, data: znodeData(dataBytes, index, 0) };
    });
    await inBatches(this.#sourceClient, ops, dataBytes);
  }

  /** Gives one in a hundred znodes of the source a value it never had. */
  async updateSome(): Promise<void> {
    this.#version += 1;
    const { paths, dataBytes } = this.shape;
    const version = this.#version;
    await inBatches(this.#sourceClient, updates(paths(), dataBytes, version), dataBytes);
  }

  /**
   * Changes one in a hundred znodes of the source in other ways: a third are new, a third are those
   * that were new the last time and go, a third get another access control list.
   */
  async churnSome(): Promise<void> {
    this.#version += 1;
    const { paths, dataBytes } = this.shape;
    const marked = [...everyNth(paths(), 3 * UPDATE_EVERY)];
    const added = await childrenOf(this.#sourceClient, [extraRoot]).catch(() => null);
    if (added === null) await this.#sourceClient.create(extraRoot, null);
    const fresh = marked.map((_, index): MultiOp => {
      const path = `${extraRoot}/v${this.#version}-${index}`;
      return { type: 'create', path, data: znodeData(dataBytes, index, this.#version) };
    });
    const gone = (added ?? []).map((path): MultiOp => ({ type: 'delete', path }));
    await inBatches(this.#sourceClient, [...fresh, ...gone], dataBytes);
    const acl = [{ permissions: 31, scheme: 'world', id: 'anyone' }, openTo(this.#version)];
    await Promise.all(marked.map((path) => this.#sourceClient.setAcl(path, acl)));
  }

  /** Nothing of an earlier run is left at the destination, not even the memory of one. */
  async clearDestination(): Promise<void> {
    await deleteTree(this.#destinationClient, root);
    await deleteTree(this.#destinationClient, controlRoot);
    await this.#forgetLogs();
  }

  /** Rejects unless the destination has as many znodes as the source. */
  async expectCopied(): Promise<void> {
    const count = (await this.#destinationClient.getAllChildrenNumber(root)) + 1;
    const expected = await this.count();
    if (count !== expected) throw new Error(`${count} of ${expected} znodes were copied`);
  }

  /** CPU milliseconds of both servers while `work` runs, and what it resolves to. */
  async whileServing<T>(work: () => Promise<T>): Promise<{ result: T; serverMs: number }> {
    const pids = [this.source.pid, this.destination.pid];
    const before = await Promise.all(pids.map(readThreadTimes));
    const result = await work();
    const after = await Promise.all(pids.map(readThreadTimes));
    let serverMs = 0;
    after.forEach((times, index) => {
      serverMs += spentBetween(before[index] ?? new Map<string, number>(), times).totalMs;
    });
    return { result, serverMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#sourceClient.close(), this.#destinationClient.close()]);
    await Promise.all([
      this.source[Symbol.asyncDispose](),
      this.destination[Symbol.asyncDispose](),
    ]);
  }

  /** Nobody restarts these servers, and their logs are in memory: a gigabyte a round. */
  async #forgetLogs(): Promise<void> {
    const dir = join(this.destination.dataDir, 'version-2');
    for (const name of await readdir(dir)) {
      if (name.startsWith('log.')) await truncate(join(dir, name));
    }
  }
}

export async function openArena(shape: TreeShape, kind: ServerKind): Promise<Arena> {
  const options = { kind, heapGiB: shape.heapGiB };
  const servers = await Promise.all([startBenchServer(options), startBenchServer(options)]);
  const clients = await Promise.all([
    connect({ servers: servers[0].address }),
    connect({ servers: servers[1].address }),
  ]);
  const arena = new Arena(shape, servers, clients);
  await arena.populate();
  return arena;
}

function* map<T, U>(items: Iterable<T>, each: (item: T) => U): Iterable<U> {
  for (const item of items) yield each(item);
}

function openTo(version: number) {
  return { permissions: 1, scheme: 'ip', id: `10.0.0.${version % 250}` };
}

function* everyNth<T>(items: Iterable<T>, n: number): Iterable<T> {
  let index = 0;
  for (const item of items) if ((index += 1) % n === 0) yield item;
}

function* updates(paths: Iterable<string>, bytes: number, version: number): Iterable<MultiOp> {
  let index = 0;
  for (const path of paths) {
    index += 1;
    if (index % UPDATE_EVERY !== 0) continue;
    yield { type: 'setData', path, data: znodeData(bytes, index, version) };
  }
}

async function inBatches(
  client: ZooKeeperClient,
  ops: Iterable<MultiOp>,
  dataBytes: number,
): Promise<void> {
  const size = Math.max(1, Math.min(BATCH_OPS, Math.floor(BATCH_BYTES / dataBytes)));
  const inFlight: Promise<unknown>[] = [];
  let batch: MultiOp[] = [];
  const send = async (): Promise<void> => {
    inFlight.push(client.multi(batch));
    batch = [];
    if (inFlight.length >= BATCHES_IN_FLIGHT) await inFlight.shift();
  };
  for (const op of ops) if (batch.push(op) >= size) await send();
  if (batch.length > 0) await send();
  await Promise.all(inFlight);
}

/** Children before parents, level by level. */
async function deleteTree(client: ZooKeeperClient, top: string): Promise<void> {
  if ((await client.exists(top)) === null) return;
  const levels: string[][] = [];
  for (let level = [top]; level.length > 0; level = await childrenOf(client, level)) {
    levels.push(level);
  }
  for (const level of levels.toReversed()) {
    const ops = map(level, (path): MultiOp => ({ type: 'delete', path }));
    await inBatches(client, ops, 1);
  }
}

async function childrenOf(client: ZooKeeperClient, parents: readonly string[]): Promise<string[]> {
  const children: string[] = [];
  for (let start = 0; start < parents.length; start += BATCH_OPS) {
    const some = parents.slice(start, start + BATCH_OPS);
    const { results } = await client.multiRead(some.map((path) => ({ type: 'getChildren', path })));
    results.forEach((result, index) => {
      if (result.type !== 'getChildren') throw new Error(`${some[index] ?? ''} cannot be listed`);
      for (const name of result.children) children.push(`${some[index] ?? ''}/${name}`);
    });
  }
  return children;
}
