/**
 * One contender that is not the worker: does one job, prints how long it took, from connecting to
 * having closed both sessions.
 *
 * Arguments: loop|npm copy|walk|again <source> <destination> <root> <bytes a znode>
 */
import { connect } from '../../../zookeeper/index.ts';
import { copyLoop, walkLoop } from './loop.ts';
import { runNpm } from './npm.ts';

const [name, job, source = '', destination = '', root = '', bytes] = process.argv.slice(2);
const START_MS = performance.now();
if (name === 'npm') await runNpm(job === 'copy' ? 'copy' : 'again', [source, destination], root);
else await runLoop();
console.log(JSON.stringify({ workMs: performance.now() - START_MS }));
process.exit();

async function runLoop(): Promise<void> {
  const options = { root, dataBytes: Number(bytes) };
  const [from, to] = await Promise.all([
    connect({ servers: source }),
    connect({ servers: destination }),
  ]);
  if (job === 'copy') await copyLoop(from, to, options);
  else await Promise.all([walkLoop(from, options), walkLoop(to, options)]);
  await Promise.all([from.close(), to.close()]);
}
