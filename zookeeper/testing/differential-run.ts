import { isDeepStrictEqual } from 'node:util';
import type { ZooKeeperClient } from '../client.ts';
import type { CreateMode } from '../create-mode.ts';
import { ZooKeeperError } from '../errors.ts';
import type { Stat } from '../stat.ts';
import type { NativeClient, NativeStat } from './native-client.ts';
import { integerFrom, oneOf, seededRandom } from './seeded-random.ts';

export interface DifferentialOptions {
  ours: ZooKeeperClient;
  theirs: NativeClient;
  seed: number;
  operations: number;
  /** Must not exist; below it each client gets a tree of its own. */
  root: string;
}

export interface DifferentialReport {
  /** How often each result came, as `operation: result`. */
  results: Map<string, number>;
  differences: string[];
}

/** What both clients are asked to do, on a path below the tree of each. */
type Step =
  | { kind: 'create'; path: string; data: Buffer; flags: number }
  | { kind: 'set'; path: string; data: Buffer; version: number }
  | { kind: 'delete'; path: string; version: number }
  | { kind: 'exists' | 'get' | 'children' | 'sync'; path: string };

const modes: readonly CreateMode[] = [
  'persistent',
  'ephemeral',
  'persistentSequential',
  'ephemeralSequential',
];
const names = ['a', 'b', 'ü'];
const noNode = -101;
const maxDifferences = 10;

function randomStep(random: () => number): Step {
  const depth = integerFrom(random, 1, 3);
  const path = `/${Array.from({ length: depth }, () => oneOf(random, names)).join('/')}`;
  const data = Buffer.alloc(oneOf(random, [0, 1, 10, 3_000]), integerFrom(random, 0, 255));
  const version = oneOf(random, [-1, -1, 0, 1, 2]);
  const weighted = ['create', 'create', 'create', 'set', 'set', 'delete'] as const;
  const kind = oneOf(random, [...weighted, 'exists', 'get', 'children', 'sync'] as const);
  if (kind === 'create') return { kind, path, data, flags: oneOf(random, [0, 0, 0, 1, 2, 3]) };
  if (kind === 'set') return { kind, path, data, version };
  return kind === 'delete' ? { kind, path, version } : { kind, path };
}

/** The fields of a Stat that are the same in two trees with the same history. */
function common(stat: Stat | NativeStat): object {
  const { version, cversion, aversion, dataLength, numChildren } = stat;
  const isEphemeral = String(stat.ephemeralOwner) !== '0';
  return { version, cversion, aversion, dataLength, numChildren, isEphemeral };
}

function bytesOf(data: Buffer | null): string | null {
  return data?.toString('hex') ?? null;
}

async function oursDoes(client: ZooKeeperClient, root: string, step: Step): Promise<unknown> {
  const path = root + step.path;
  switch (step.kind) {
    case 'create': {
      const created = await client.create(path, step.data, { mode: modes[step.flags]! });
      return created.path.slice(root.length);
    }
    case 'set':
      return common(await client.setData(path, step.data, step.version));
    case 'delete':
      return client.delete(path, step.version);
    case 'exists': {
      const stat = await client.exists(path);
      return stat === null ? `error ${noNode}` : common(stat);
    }
    case 'get': {
      const { data, stat } = await client.getData(path);
      return [common(stat), bytesOf(data)];
    }
    case 'children': {
      const { children, stat } = await client.getChildren(path);
      return [children.sort(), common(stat)];
    }
    case 'sync':
      return void (await client.sync(path));
  }
}

async function theirsDoes(client: NativeClient, root: string, step: Step): Promise<unknown> {
  const path = root + step.path;
  switch (step.kind) {
    case 'create':
      return (await client.create(path, step.data, step.flags)).slice(root.length);
    case 'set':
      return common(await client.set(path, step.data, step.version));
    case 'delete':
      return void (await client.delete_(path, step.version));
    case 'exists':
      return common(await client.exists(path, false));
    case 'get': {
      const [stat, data] = await client.get(path, false);
      return [common(stat), bytesOf(data)];
    }
    case 'children': {
      const [children, stat] = await client.get_children2(path, false);
      return [ownArray(children).sort(), common(stat)];
    }
    case 'sync':
      return void (await client.sync(path));
  }
}

/** An array of the addon has another prototype than those of the test's own context. */
function ownArray<T>(items: Iterable<T>): T[] {
  return Array.from(items);
}

/** The result, or the server's number for its refusal. */
async function outcomeOf(result: Promise<unknown>): Promise<unknown> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof ZooKeeperError) return `error ${error.serverCode ?? error.code}`;
    const code = error instanceof Error ? /^(-\d+) /.exec(error.message)?.[1] : undefined;
    return `error ${code ?? String(error)}`;
  }
}

/** Every path below the root with what is there, as one of the clients sees it. */
export async function dumpTree(client: ZooKeeperClient, root: string): Promise<unknown> {
  const { data, stat } = await client.getData(root);
  const { children } = await client.getChildren(root);
  const below = await Promise.all(
    children.sort().map(async (name) => [name, await dumpTree(client, `${root}/${name}`)]),
  );
  return [common(stat), bytesOf(data), below];
}

async function dumpNatively(client: NativeClient, root: string): Promise<unknown> {
  const [stat, data] = await client.get(root, false);
  const [children] = await client.get_children2(root, false);
  const below: unknown[] = [];
  for (const name of ownArray(children).sort()) {
    below.push([name, await dumpNatively(client, `${root}/${name}`)]);
  }
  return [common(stat), bytesOf(data), below];
}

/** Does the same random steps with both clients, each in a tree of its own, and compares. */
export async function runDifferential(options: DifferentialOptions): Promise<DifferentialReport> {
  const { ours, theirs, root } = options;
  const random = seededRandom(options.seed);
  const report: DifferentialReport = { results: new Map(), differences: [] };
  for (const path of [root, `${root}/ours`, `${root}/theirs`]) await ours.create(path, null);
  for (let number = 0; number < options.operations; number++) {
    const step = randomStep(random);
    const [one, other] = await Promise.all([
      outcomeOf(oursDoes(ours, `${root}/ours`, step)),
      outcomeOf(theirsDoes(theirs, `${root}/theirs`, step)),
    ]);
    const result = `${step.kind}: ${typeof one === 'string' && one.startsWith('error') ? one : 'ok'}`;
    report.results.set(result, (report.results.get(result) ?? 0) + 1);
    if (isDeepStrictEqual(one, other)) continue;
    report.differences.push(`step ${number}: ${JSON.stringify([step, one, other])}`);
    if (report.differences.length >= maxDifferences) return report;
  }
  const trees = [
    await dumpTree(ours, `${root}/ours`),
    await dumpTree(ours, `${root}/theirs`),
    await dumpNatively(theirs, `${root}/ours`),
    await dumpNatively(theirs, `${root}/theirs`),
  ];
  if (!trees.every((tree) => isDeepStrictEqual(tree, trees[0]))) {
    report.differences.push('the trees differ');
  }
  return report;
}
