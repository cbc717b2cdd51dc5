/**
 * How fast the ZooKeeper client is: against npm `zookeeper`, and against a loop that writes
 * prebuilt frames and counts the replies. One real server, one connection each, 256 B of data.
 *
 * Usage: tsx bench/client/main.ts [--rounds N] [--server netty|nio] [--only <part of a scenario's name>]
 */
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultZooKeeperVersion, startZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { bundleContenders } from './contender-process.ts';
import { measureScenarios } from './measure-scenarios.ts';
import { report } from './report.ts';
import { openArena } from './arena.ts';
import { scenarios } from './scenarios.ts';

const memoryDir = '/dev/shm';
const neededBytes = 4 * 1024 ** 3;

/**
 * A server as in production, unlike that of the tests: optimizing compiler, parallel collector. Its
 * network side is Netty, as with TLS: the default one hands every request from thread to thread,
 * and on two cores that bounds all clients alike (`--server nio` shows it).
 */
const productionJvm = [
  '-Xmx2g',
  '-XX:TieredStopAtLevel=4',
  '-XX:-UseSerialGC',
  '-XX:+UseParallelGC',
];
const serverKinds: Record<string, readonly string[]> = {
  nio: productionJvm,
  netty: [
    ...productionJvm,
    '-Dzookeeper.serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory',
  ],
};

/** A snapshot in the middle of a round would be measured too. */
const extraConfig = { snapCount: 100_000_000, preAllocSize: 65_536 };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '' },
    server: { type: 'string', default: 'netty' },
  },
});

async function baseDir(): Promise<string> {
  const memory = await statfs(memoryDir).catch(() => null);
  const isRoomy = memory !== null && memory.bavail * memory.bsize >= neededBytes;
  return isRoomy ? memoryDir : tmpdir();
}

async function main(): Promise<void> {
  const base = await baseDir();
  const dataDir = await mkdtemp(join(base, 'bench-zookeeper-'));
  try {
    await bundleContenders();
    const jvmArgs = serverKinds[values.server] ?? [];
    await using server = await startZooKeeperServer({ dataDir, jvmArgs, extraConfig });
    await using arena = await openArena(server.address, server.pid);
    await arena.populate();
    console.error(
      `ZooKeeper ${defaultZooKeeperVersion} (${values.server}), data in ${base}, Node ${process.version}`,
    );
    const chosen = scenarios.filter(({ name }) => name.includes(values.only));
    const plan = { scenarios: chosen, rounds: Number(values.rounds) };
    console.log(report(await measureScenarios(server.address, arena, plan)));
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

await main();
