/**
 * Another client of a server: reads one znode, waits 2 ms, and so on; tells how long the reads took
 * once its standard input ends.
 *
 * Arguments: <server> <path>
 */
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../../zookeeper/index.ts';
import { latenciesOf } from './latencies.ts';

const PAUSE_MS = 2;

const [servers = '', path = ''] = process.argv.slice(2);
const client = await connect({ servers });
const latenciesMs: number[] = [];
let isOver = false;
process.stdin.resume().once('end', () => {
  isOver = true;
});
while (!isOver) {
  const startMs = performance.now();
  await client.getData(path);
  latenciesMs.push(performance.now() - startMs);
  await delay(PAUSE_MS);
}
await client.close();
console.log(JSON.stringify(latenciesOf(latenciesMs)));
process.exit();
