import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** What to do to a connection once some bytes have passed. */
export interface Fault {
  /** Which bytes are counted: the client's requests or the server's replies. */
  direction: 'requests' | 'replies';
  /** So many bytes pass unharmed, and not one more. */
  afterBytes: number;
  /** `cut` resets both sides; `stall` lets nothing more pass and closes nothing. */
  kind: 'cut' | 'stall';
}

/** The fault of each new connection; null for none. */
export type FaultPlan = () => Fault | null;

export interface FaultProxyOptions {
  /** The real server. */
  target: { host: string; port: number };
  plan: FaultPlan;
  /** Largest piece in which bytes are handed on; smaller pieces cut frames at every place. */
  maxPieceBytes?: number;
}

/** Stands between client and server on loopback and breaks connections where it is told to. */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: FaultProxyOptions;
  readonly #sockets = new Set<Socket>();
  /** `host:port` for clients. */
  readonly address: string;
  /** Connections that were cut or stalled so far. */
  faultCount = 0;

  constructor(server: Server, options: FaultProxyOptions) {
    this.#server = server;
    this.#options = options;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (client) => {
      this.#relay(client);
    });
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

  #relay(client: Socket): void {
    const upstream = connect(this.#options.target);
    const fault = this.#options.plan();
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
    const inject = (kind: Fault['kind']): void => {
      this.faultCount++;
      if (kind === 'stall') {
        client.pause();
        upstream.pause();
        return;
      }
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    };
    const faultIn = (direction: Fault['direction']): Fault | null =>
      fault?.direction === direction ? fault : null;
    this.#pipe(client, upstream, { fault: faultIn('requests'), inject });
    this.#pipe(upstream, client, { fault: faultIn('replies'), inject });
  }

  #pipe(
    from: Socket,
    to: Socket,
    { fault, inject }: { fault: Fault | null; inject: (kind: Fault['kind']) => void },
  ): void {
    let remaining = fault?.afterBytes ?? Number.POSITIVE_INFINITY;
    from.on('data', (chunk: Buffer) => {
      if (remaining < 0) return;
      this.#handOn(to, chunk.subarray(0, Math.min(chunk.length, remaining)));
      remaining -= chunk.length;
      // The bytes that were to pass must be in the other side's hands before the reset.
      if (remaining < 0 && fault !== null) to.write('', () => setImmediate(inject, fault.kind));
    });
  }

  #handOn(to: Socket, chunk: Buffer): void {
    const { maxPieceBytes = chunk.length } = this.#options;
    for (let start = 0; start < chunk.length; start += maxPieceBytes) {
      to.write(chunk.subarray(start, start + maxPieceBytes));
    }
  }
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return new FaultProxy(server, options);
}
