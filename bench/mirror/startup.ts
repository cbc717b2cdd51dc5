import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { spreadOf, type Spread } from '../common/statistics.ts';
import { workerFile } from './contender-process.ts';
import { root } from './trees.ts';

export interface Startup {
  /** Milliseconds from the start of the process to its first bytes on the wire. */
  readonly worker: Spread;
  /** The raw limit: from the start to the end of a Node that does nothing. */
  readonly emptyNode: Spread;
}

/** The two take turns; each process is a new one. */
export async function measureStartup(
  rounds: number,
  nodeFlags: readonly string[],
): Promise<Startup> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const worker: number[] = [];
  const emptyNode: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    emptyNode.push(await untilExit());
    worker.push(await untilFirstRequest(server, nodeFlags));
  }
  server.close();
  return { worker: spreadOf(worker), emptyNode: spreadOf(emptyNode) };
}

async function untilExit(): Promise<number> {
  const startMs = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - startMs;
}

async function untilFirstRequest(server: Server, nodeFlags: readonly string[]): Promise<number> {
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const requested = firstBytes(server);
  const startMs = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...[...nodeFlags, workerFile, 'synchronize', `--source-servers=${address}`],
      ...[`--destination-servers=${address}`, `--root-path=${root}`],
    ],
    { stdio: 'ignore' },
  );
  await requested;
  const tookMs = performance.now() - startMs;
  await end(child);
  return tookMs;
}

async function firstBytes(server: Server): Promise<void> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => undefined);
  await once(socket, 'data');
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
