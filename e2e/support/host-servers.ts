/** Servers of this process that pods can reach, and addresses where they reach nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { createAuthority } from '../../testing/certificates.ts';
import type { ZooKeeperAddress } from '../cluster/cluster-info.ts';

/**
 * The address of this machine in the network that the ZooKeeper servers and the pods are in: the
 * one that a connection to a ZooKeeper server comes from.
 */
export async function findHostAddress({ host, port }: ZooKeeperAddress): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 5_000 });
    socket.once('connect', () => {
      const { localAddress = '' } = socket;
      socket.destroy();
      resolve(localAddress);
    });
    socket.once('error', reject);
    socket.once('timeout', () => {
      socket.destroy(new Error(`no connection to ${host}:${port}`));
    });
  });
}

/** An address in the network of a ZooKeeper server that no host has. */
export function unusedNeighbour({ host }: ZooKeeperAddress): string {
  return host.replace(/\.\d+$/, '.231');
}

export interface HostServer {
  /** `host:port` as pods reach it. */
  readonly address: string;
  close(): Promise<void>;
}

/** A server that speaks HTTP and nothing else. */
export async function startHttpServer(host: string): Promise<HostServer> {
  const server = createHttpServer((_request, response) => {
    response.end('hello\n');
  });
  return listen(server, host);
}

/** A server that sends one byte a second to everybody, and listens to nobody. */
export async function startTrickle(host: string): Promise<HostServer> {
  const server = createServer((client) => {
    const timer = setInterval(() => client.write('\0'), 1_000);
    client.on('error', () => undefined);
    client.once('close', () => {
      clearInterval(timer);
    });
    client.resume();
  });
  return listen(server, host);
}

/** A server that has no end of an answer, as fast as it is taken. */
export async function startFlood(host: string): Promise<HostServer> {
  const chunk = Buffer.alloc(1024 * 1024);
  // A frame of as many bytes as a length can tell, and for `srvr` no line.
  chunk.writeInt32BE(0x7fffffff);
  const server = createServer((client) => {
    const fill = (): void => {
      while (!client.destroyed && client.write(chunk));
    };
    client.on('error', () => undefined);
    client.on('drain', fill);
    client.resume();
    fill();
  });
  return listen(server, host);
}

export interface NameCatcher extends HostServer {
  /** Names that clients have asked for in their TLS handshakes. */
  readonly names: ReadonlySet<string>;
}

/** A TLS server that nobody trusts; it notes for whom its clients take it. */
export async function startNameCatcher(host: string): Promise<NameCatcher> {
  const dir = await mkdtemp(join(tmpdir(), 'name-catcher-'));
  const certificate = await (await createAuthority(dir, 'nobody')).issue('catcher');
  await rm(dir, { recursive: true });
  const names = new Set<string>();
  const server = createTlsServer({
    ...certificate,
    SNICallback: (name, done) => {
      names.add(name);
      done(null);
    },
  });
  server.on('tlsClientError', () => undefined);
  return { ...(await listen(server, host)), names };
}

export interface Relay extends HostServer {
  /** Resolves once one connection has sent so much that nothing passes any more. */
  readonly stopped: Promise<void>;
  /** Resolves once everybody has hung up who was connected when that happened. */
  readonly abandoned: Promise<void>;
  /** From now on everything passes, also what was held back. */
  open(): void;
}

export interface RelayOptions {
  readonly host: string;
  readonly target: ZooKeeperAddress;
  /**
   * Once one client has sent this many bytes, nothing passes any more, in any connection: those
   * that come later are taken and not answered. 0: that is so from the beginning.
   */
  readonly stopAfterBytes: number;
}

/** Stands before a server and can hold everything back, as a network does that drops packets. */
export async function startRelay({ host, target, stopAfterBytes }: RelayOptions): Promise<Relay> {
  const held = new Set<() => void>();
  let isOpen = stopAfterBytes > 0;
  let isWatching = true;
  let tellStopped: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => (tellStopped = resolve));
  const clients = new Set<Socket>();
  const abandoned = stopped.then(() => Promise.all([...clients].map(whenClosed)));
  const stop = (): void => {
    isOpen = isWatching = false;
    tellStopped();
  };
  const pass = (from: Socket, to: Socket, onBytes: (count: number) => void): void => {
    from.on('data', (chunk: Buffer) => {
      onBytes(chunk.length);
      if (isOpen) to.write(chunk);
      else held.add(() => to.write(chunk));
    });
    from.on('error', () => undefined);
    from.on('close', () => to.destroy());
  };
  const server = createServer((client) => {
    const upstream = connect(target);
    clients.add(client);
    client.once('close', () => clients.delete(client));
    let sentBytes = 0;
    pass(client, upstream, (count) => {
      sentBytes += count;
      if (isWatching && sentBytes > stopAfterBytes) stop();
    });
    pass(upstream, client, () => undefined);
  });
  return {
    ...(await listen(server, host)),
    stopped,
    abandoned: abandoned.then(() => undefined),
    open: () => {
      isOpen = true;
      isWatching = false;
      for (const write of held) write();
      held.clear();
    },
  };
}

function whenClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

async function listen(server: Server, host: string): Promise<HostServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}
