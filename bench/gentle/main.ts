/**
 * How gentle a mirror is with the other clients of its source: how long they wait for a getData (a)
 * while nothing else goes on, (b) during a first copy by the bundled worker at its default limits,
 * (c) beside bare loops of multiRead and multi at the rates that the mirror had. Two real servers;
 * everybody is a process of its own.
 *
 * Usage: tsx bench/gentle/main.ts [--znodes N] [--rounds N] [--server netty|nio]
 *   [--worker-flags "…"]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { defaultZooKeeperVersion } from '../../zookeeper/testing/index.ts';
import { parseServerKind } from '../common/bench-server.ts';
import { openArena, type Arena } from '../mirror/arena.ts';
import { treeShapes } from '../mirror/trees.ts';
import { bundlePrograms, observe, runLoop, runMirror, type Rates } from './processes.ts';
import { report, type Round } from './report.ts';

const { values } = parseArgs({
  options: {
    znodes: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '5' },
    server: { type: 'string', default: 'netty' },
    // The loop carries no lists either.
    'worker-flags': { type: 'string', default: '--preserve-acls=false' },
  },
});

const IDLE_MS = 5_000;

/** Servers and programs that are not compiled yet are no measure. */
const WARM_UP_ROUNDS = 1;

async function main(): Promise<void> {
  await bundlePrograms();
  const shape = treeShapes(Number(values.znodes)).find(({ name }) => name === 'wide');
  if (shape === undefined) throw new Error('there is no wide tree');
  await using arena = await openArena(shape, parseServerKind(values.server));
  const znodes = await arena.count();
  console.error(
    `${shape.description}: ${znodes} znodes, data in ${arena.source.baseDir}, ZooKeeper ${defaultZooKeeperVersion} (${values.server}), Node ${process.version}`,
  );
  const rounds: Round[] = [];
  let rates: Rates | null = null;
  for (let index = -WARM_UP_ROUNDS; index < Number(values.rounds); index += 1) {
    const round = await measure(arena, { znodes, rates, loopFirst: index % 2 !== 0 });
    ({ rates } = round);
    if (index >= 0) rounds.push(round);
    console.error(`${index} ${JSON.stringify(round)}`);
  }
  console.log(report(rounds));
}

interface RoundPlan {
  readonly znodes: number;
  /** Of the mirror before; null in the first round, which the mirror begins. */
  readonly rates: Rates | null;
  readonly loopFirst: boolean;
}

/** Mirror and loop take turns in being the first, so that neither has the warmer servers. */
async function measure(arena: Arena, { znodes, rates, loopFirst }: RoundPlan): Promise<Round> {
  const flags = values['worker-flags'].split(' ').filter((word) => word !== '');
  let mirrorRates = rates;
  const idle = await observe(arena, () => delay(IDLE_MS));
  const mirror = async () => {
    const work = async () => (mirrorRates = await runMirror(arena, { znodes, flags }));
    return await copied(arena, work);
  };
  const loop = () => copied(arena, () => runLoop(arena, mirrorRates ?? { copy: 1, walk: 1 }));
  if (loopFirst && rates !== null) {
    const beside = await loop();
    return { idle, loop: beside, mirror: await mirror(), rates: mirrorRates ?? rates };
  }
  const during = await mirror();
  const beside = await loop();
  return { idle, mirror: during, loop: beside, rates: mirrorRates ?? { copy: 1, walk: 1 } };
}

async function copied(arena: Arena, work: () => Promise<unknown>) {
  await arena.clearDestination();
  const latencies = await observe(arena, work);
  await arena.expectCopied();
  return latencies;
}

await main();
