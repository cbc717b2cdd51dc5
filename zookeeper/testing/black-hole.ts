import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** An address at which every packet that opens a connection is lost, as behind a firewall's DROP. */
export interface BlackHole {
  readonly host: string;
  readonly port: number;
  /** `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** The kernel keeps one connection more than this for a program that takes none. */
const BACKLOG = 1;

/** A thread that listens and never comes to take a connection, until it is woken to end. */
const LISTENER = `
const { createServer } = require('node:net');
const { parentPort, workerData } = require('node:worker_threads');
const server = createServer();
server.on('error', (error) => { throw error; });
server.listen({ host: workerData.host, port: 0, backlog: ${BACKLOG} }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(workerData.ended, 0, 0);
  process.exit();
});
`;

/**
 * Opens a black hole on this machine, without any right that a test does not have: once the queue of
 * a listener is full that takes no connection, Linux drops each further SYN without an answer. The
 * connections that fill the queue are ours; a SYN that comes later is lost, and so are its repeats.
 */
export async function startBlackHole(host = '127.0.0.1'): Promise<BlackHole> {
  const ended = new Int32Array(new SharedArrayBuffer(4));
  const listener = new Worker(LISTENER, { eval: true, workerData: { host, ended } });
  const [port] = (await once(listener, 'message')) as [number];
  const fillers: Socket[] = [];
  for (let count = 0; count <= BACKLOG; count++) {
    const filler = connect({ host, port });
    fillers.push(filler);
    await once(filler, 'connect');
    filler.on('error', () => undefined);
  }
  return {
    host,
    port,
    address: `${host}:${port}`,
    close: async () => {
      const exited = once(listener, 'exit');
      Atomics.store(ended, 0, 1);
      Atomics.notify(ended, 0);
      await exited;
      for (const filler of fillers) filler.destroy();
    },
  };
}
