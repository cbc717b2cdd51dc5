import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** The two ends of one connection through a proxy. */
export interface ProxiedPair {
  readonly client: Socket;
  readonly upstream: Socket;
  /** How many connections there were before this one. */
  readonly connection: number;
}

/**
 * Stands between clients and a server on loopback, with switches that a test throws at the moment
 * it chooses. What happens to the bytes is its subclasses' business.
 */
export abstract class ProxyServer implements AsyncDisposable {
  /** `host:port` for clients. */
  readonly address: string;
  /** Where new connections lead. */
  target: ProxyTarget;
  /** New connections are reset at once. */
  isRefusing = false;
  /** Connections that clients made so far, refused ones included. */
  connectionCount = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isStalled = false;

  constructor(server: Server, target: ProxyTarget) {
    this.#server = server;
    this.target = target;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (client) => {
      this.#accept(client);
    });
  }

  /** Resets every connection there is. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Nothing passes any more, on old connections and new ones, and nothing is closed. */
  stall(): void {
    this.#isStalled = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** What was held up by {@link stall} goes on. */
  resume(): void {
    this.#isStalled = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Moves the bytes of one connection. */
  protected abstract relay(pair: ProxiedPair): void;

  #accept(client: Socket): void {
    const connection = this.connectionCount++;
    client.on('error', () => undefined);
    if (this.isRefusing) {
      client.resetAndDestroy();
      return;
    }
    const { host, port } = this.target;
    const upstream = connect({ host, port });
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    this.relay({ client, upstream, connection });
    if (this.#isStalled) this.stall();
  }
}

/** A server that listens on loopback, for a proxy to take over. */
export async function listenOnLoopback(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}
