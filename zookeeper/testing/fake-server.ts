import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { bytes } from './byte-builder.ts';

const WAIT_TIMEOUT_MS = 5_000;

/** A queue whose takers wait for items, with a deadline so that a wrong script fails loudly. */
class Mailbox<T> {
  readonly #description: string;
  readonly #items: T[] = [];
  readonly #takers: ((item: T) => void)[] = [];

  constructor(description: string) {
    this.#description = description;
  }

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  }

  async take(): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return item;
    return new Promise((resolve, reject) => {
      const taker = (arrived: T): void => {
        clearTimeout(deadline);
        resolve(arrived);
      };
      const deadline = setTimeout(() => {
        this.#takers.splice(this.#takers.indexOf(taker), 1);
        reject(new Error(`no ${this.#description} within ${WAIT_TIMEOUT_MS} ms`));
      }, WAIT_TIMEOUT_MS);
      this.#takers.push(taker);
    });
  }

  get count(): number {
    return this.#items.length;
  }
}

export interface ConnectFrame {
  lastZxid: bigint;
  timeoutMs: number;
  sessionId: bigint;
  password: Buffer;
  isReadOnlyAllowed: boolean;
}

export interface RequestFrame {
  xid: number;
  opcode: number;
  /** What follows the header. */
  body: Buffer;
}

export interface Reply {
  xid: number;
  zxid?: bigint;
  error?: number;
  body?: Uint8Array;
}

export interface GrantedSession {
  sessionId?: bigint;
  timeoutMs?: number;
  password?: Buffer;
}

export const fakePassword = Buffer.from('0123456789abcdef');

const PING_OPCODE = 11;

/** The server's end of one connection, played by the test. */
export class FakePeer {
  readonly #socket: Socket;
  readonly #frames = new Mailbox<Buffer>('frame');
  readonly #bytes = new Mailbox<Buffer>('bytes');
  readonly #closed: Promise<void>;
  #received = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#bytes.put(chunk);
      this.#cutFrames();
    });
    socket.on('error', () => undefined);
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
      });
    });
  }

  /** The client's next frame, without its length. */
  async readFrame(): Promise<Buffer> {
    return this.#frames.take();
  }

  /** Whatever the client sends next, if it is not frames. */
  async readBytes(): Promise<Buffer> {
    return this.#bytes.take();
  }

  /** Frames that arrived and were not read. */
  get unreadFrames(): number {
    return this.#frames.count;
  }

  async readConnect(): Promise<ConnectFrame> {
    const frame = await this.readFrame();
    return {
      lastZxid: frame.readBigInt64BE(4),
      timeoutMs: frame.readInt32BE(12),
      sessionId: frame.readBigInt64BE(16),
      password: frame.subarray(28, 28 + frame.readInt32BE(24)),
      isReadOnlyAllowed: frame[frame.length - 1] === 1,
    };
  }

  async readRequest(): Promise<RequestFrame> {
    const frame = await this.readFrame();
    return { xid: frame.readInt32BE(0), opcode: frame.readInt32BE(4), body: frame.subarray(8) };
  }

  /** Whatever the protocol says. */
  write(raw: Uint8Array): void {
    this.#socket.write(raw);
  }

  /** Answers the connect request. */
  grant({
    sessionId = 1n,
    timeoutMs = 30_000,
    password = fakePassword,
  }: GrantedSession = {}): void {
    this.write(bytes().int(0).int(timeoutMs).long(sessionId).buffer(password).bool(false).frame());
  }

  reply({ xid, zxid = 0n, error = 0, body = Buffer.alloc(0) }: Reply): void {
    this.write(bytes().int(xid).long(zxid).int(error).raw(body).frame());
  }

  /** Reads a ping and answers it. */
  async answerPing(): Promise<void> {
    const request = await this.readRequest();
    if (request.opcode !== PING_OPCODE) throw new Error(`opcode ${request.opcode} is no ping`);
    this.reply({ xid: request.xid });
  }

  /** The whole handshake of a client without identities. */
  async accept(session: GrantedSession = {}): Promise<ConnectFrame> {
    const connect = await this.readConnect();
    this.grant(session);
    await this.answerPing();
    return connect;
  }

  /** Leaves what the client sends in the network, until {@link resumeReading}. */
  pauseReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  /** Closes in good order. */
  end(): void {
    this.#socket.end();
  }

  /** Breaks the connection with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Resolves when the connection is gone. */
  async closed(): Promise<void> {
    return this.#closed;
  }

  #cutFrames(): void {
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0);
      if (this.#received.length < end) return;
      this.#frames.put(this.#received.subarray(4, end));
      this.#received = this.#received.subarray(end);
    }
  }
}

/** Listens on loopback and hands each connection to the test. */
export class FakeServer implements AsyncDisposable {
  /** `host:port`; stays known after {@link close}. */
  readonly address: string;
  readonly #server: Server;
  readonly #peers = new Mailbox<FakePeer>('connection');
  readonly #sockets = new Set<Socket>();

  constructor(server: Server) {
    this.#server = server;
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      this.#peers.put(new FakePeer(socket));
    });
  }

  /** The next connection. */
  async accept(): Promise<FakePeer> {
    return this.#peers.take();
  }

  /** Refuses connections from now on and drops those there are. */
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
}

export async function startFakeServer(): Promise<FakeServer> {
  const server = createServer({ allowHalfOpen: false });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return new FakeServer(server);
}
