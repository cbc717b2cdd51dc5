import { isDeepStrictEqual } from 'node:util';
import type { ZooKeeperClient } from '../../client.ts';
import {
  outcomeOf,
  oursDoes,
  ownArray,
  readNativeAcl,
  theirsDoes,
} from './differential-clients.ts';
import { aclText, bytesOf, common, randomStep } from './differential-steps.ts';
import type { NativeClient } from '../native-client.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';

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

const MAX_DIFFERENCES = 10;

/** Every path below the root with what is there, its access control list included. */
async function dumpTree(client: ZooKeeperClient, root: string): Promise<unknown> {
  const { data, stat } = await client.getData(root);
  const { acl, stat: aclStat } = await client.getAcl(root);
  const { children } = await client.getChildren(root);
  const below = await Promise.all(
    children.sort().map(async (name) => [name, await dumpTree(client, `${root}/${name}`)]),
  );
  return [common(stat), bytesOf(data), [acl.map(aclText), common(aclStat)], below];
}

/** The same, as the other client sees it. */
async function dumpNatively(client: NativeClient, root: string): Promise<unknown> {
  const [stat, data] = await client.get(root, false);
  const acl = await readNativeAcl(client, root);
  const [children] = await client.get_children2(root, false);
  const below: unknown[] = [];
  for (const name of ownArray(children).sort()) {
    below.push([name, await dumpNatively(client, `${root}/${name}`)]);
  }
  return [common(stat), bytesOf(data), acl, below];
}

/** Does the same random steps with both clients, each in a tree of its own, and compares. */
export async function runDifferential(options: DifferentialOptions): Promise<DifferentialReport> {
  const { ours, theirs, root } = options;
  const random = seededRandom(options.seed);
  const report: DifferentialReport = { results: new Map(), differences: [] };
  for (const path of [root, `${root}/ours`, `${root}/theirs`]) await ours.create(path, null);
  for (let number = 0; number < options.operations; number++) {
    const step = randomStep(random);
    const one = await outcomeOf(oursDoes(ours, `${root}/ours`, step));
    const other = await outcomeOf(theirsDoes(theirs, `${root}/theirs`, { step, ours: one }));
    const result = `${step.kind}: ${typeof one === 'string' && one.startsWith('error') ? one : 'ok'}`;
    report.results.set(result, (report.results.get(result) ?? 0) + 1);
    if (isDeepStrictEqual(one, other)) continue;
    report.differences.push(`step ${number}: ${JSON.stringify([step, one, other])}`);
    if (report.differences.length >= MAX_DIFFERENCES) return report;
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
