/**
 * How fast the mirror is, and how much memory it takes: the bundled worker against the cheapest
 * loop on our client (multiRead, multi, nothing compared or checked) and against a straightforward
 * copier on npm `zookeeper`. Two real servers; every run is a process of its own.
 *
 * Usage: tsx bench/mirror/main.ts [--tree wide,flat,deep,million,large,startup] [--znodes N]
 *   [--rounds N] [--peer-rounds N] [--only <parts of jobs' names, by comma>] [--server netty|nio]
 *   [--node-flags "…"] [--worker-flags "…"]
 */
import { parseArgs } from 'node:util';
import { defaultZooKeeperVersion } from '../../zookeeper/testing/index.ts';
import { parseServerKind } from '../common/bench-server.ts';
import { words } from '../common/words.ts';
import { openArena } from './arena.ts';
import { bundleContenders } from './contender-process.ts';
import { measure, type Plan } from './measure.ts';
import { reportStartup, reportTrees, type TreeResult } from './report.ts';
import { measureStartup } from './startup.ts';
import { treeShapes, type TreeShape } from './trees.ts';

const { values } = parseArgs({
  options: {
    tree: { type: 'string', default: 'startup,wide' },
    znodes: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    'peer-rounds': { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    server: { type: 'string', default: 'netty' },
    'node-flags': { type: 'string', default: '' },
    // The loop carries no lists and no counters either, so the ratios are those of the rest.
    'worker-flags': {
      type: 'string',
      default: '--preserve-acls=false --preserve-sequence-counters=false',
    },
  },
});

/** A start takes little, and varies. */
const STARTS_PER_ROUND = 4;

async function measureTree(shape: TreeShape, plan: Plan): Promise<TreeResult> {
  await using arena = await openArena(shape, parseServerKind(values.server));
  const znodes = await arena.count();
  console.error(
    `${shape.description}: ${znodes} znodes, data in ${arena.source.baseDir}, ZooKeeper ${defaultZooKeeperVersion} (${values.server}), Node ${process.version}`,
  );
  return { description: shape.description, znodes, runs: await measure(arena, plan) };
}

async function main(): Promise<void> {
  const plan: Plan = {
    rounds: Number(values.rounds),
    warmUpRounds: 2,
    peerRounds: Number(values['peer-rounds']),
    only: values.only.split(','),
    nodeFlags: words(values['node-flags']),
    workerFlags: words(values['worker-flags']),
  };
  const named = values.tree.split(',');
  await bundleContenders();
  if (named.includes('startup')) {
    console.log(
      reportStartup(await measureStartup(plan.rounds * STARTS_PER_ROUND, plan.nodeFlags)),
    );
  }
  const results: TreeResult[] = [];
  for (const shape of treeShapes(Number(values.znodes))) {
    if (named.includes(shape.name)) results.push(await measureTree(shape, plan));
  }
  if (results.length > 0) console.log(reportTrees(results));
}

await main();
