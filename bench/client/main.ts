/**
 * How fast the ZooKeeper client is: against npm `zookeeper`, and against a loop that writes
 * prebuilt frames and counts the replies. One real server, one connection each, 256 B of data.
 *
 * Usage: tsx bench/client/main.ts [--rounds N] [--server netty|nio] [--only <part of a scenario's name>]
 */
import { parseArgs } from 'node:util';
import { defaultZooKeeperVersion } from '../../zookeeper/testing/index.ts';
import { parseServerKind, startBenchServer } from '../common/bench-server.ts';
import { openArena } from './arena.ts';
import { bundleContenders } from './contender-process.ts';
import { measureScenarios } from './measure-scenarios.ts';
import { report } from './report.ts';
import { scenarios } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '' },
    server: { type: 'string', default: 'netty' },
  },
});

async function main(): Promise<void> {
  await bundleContenders();
  await using server = await startBenchServer({ kind: parseServerKind(values.server) });
  await using arena = await openArena(server.address, server.pid);
  await arena.populate();
  console.error(
    `ZooKeeper ${defaultZooKeeperVersion} (${values.server}), data in ${server.baseDir}, Node ${process.version}`,
  );
  const chosen = scenarios.filter(({ name }) => name.includes(values.only));
  const plan = { scenarios: chosen, rounds: Number(values.rounds) };
  console.log(report(await measureScenarios(server.address, arena, plan)));
}

await main();
