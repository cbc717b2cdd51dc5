import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestAuth } from '../acl.ts';
import { connect, type ZooKeeperClient } from '../client.ts';
import { ZooKeeperError } from '../errors.ts';
import type { ConnectOptions } from '../options.ts';
import {
  FakeClock,
  bytes,
  errorOf as rejectionOf,
  startBlackHole,
  startFakeServer,
  statRecord,
  type FakePeer,
  type FakeServer,
  type RequestFrame,
} from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';

const GET_DATA = 4;
const CLOSE_SESSION = -11;
const TIMEOUT_MS = 30_000;
const body = bytes().string('data').raw(statRecord()).build();

let clock: FakeClock;
let server: FakeServer;
let states: string[];
let clients: ZooKeeperClient[];

beforeEach(async () => {
  clock = new FakeClock();
  server = await startFakeServer();
  states = [];
  clients = [];
});

afterEach(async () => {
  for (const client of clients) await client.detach();
  await server.close();
});

async function open(options: Partial<ConnectOptions> = {}): Promise<ZooKeeperClient> {
  const client = await connect({
    servers: [server.address],
    sessionTimeoutMs: TIMEOUT_MS,
    clock,
    random: () => 0.5,
    onStateChange: (state) => states.push(state),
    ...options,
  });
  clients.push(client);
  return client;
}

/** A client and the server's end of its connection. */
async function opened(
  options: Partial<ConnectOptions> = {},
): Promise<{ client: ZooKeeperClient; peer: FakePeer }> {
  const opening = open(options);
  const peer = await server.accept();
  await peer.accept({ sessionId: 7n, timeoutMs: TIMEOUT_MS });
  return { client: await opening, peer };
}

const errorOf = (promise: Promise<unknown>): Promise<ZooKeeperError> =>
  rejectionOf(promise, ZooKeeperError);

/** Moves the time in small steps until something has happened; each step lets sockets work. */
async function advanceUntil(isDone: () => boolean, stepMs = 100): Promise<number> {
  const startMs = clock.nowMs();
  await eventually(
    () => {
      if (isDone()) return true;
      clock.advance(stepMs);
      return false;
    },
    { timeoutMs: 60_000, intervalMs: 1 },
  );
  return clock.nowMs() - startMs;
}

async function readUserRequest(peer: FakePeer): Promise<RequestFrame> {
  const request = await peer.readRequest();
  expect(request.xid).toBeGreaterThan(0);
  return request;
}

describe('opening a session', () => {
  test('asks for a new one and adopts what the server grants', async () => {
    const opening = open({ sessionTimeoutMs: 60_000 });
    const peer = await server.accept();
    const request = await peer.accept({ sessionId: 7n, timeoutMs: 40_000 });
    const client = await opening;
    expect(request).toMatchObject({
      sessionId: 0n,
      timeoutMs: 60_000,
      lastZxid: 0n,
      isReadOnlyAllowed: false,
    });
    expect(request.password).toEqual(Buffer.alloc(16));
    expect(client.sessionId).toBe(7n);
    expect(client.negotiatedTimeoutMs).toBe(40_000);
    expect(client.server).toBe(server.address);
  });

  test('sends identities after the answer, and user requests only once all are accepted', async () => {
    const opening = open({ auth: [digestAuth('a', '1'), digestAuth('b', '2')] });
    const peer = await server.accept();
    await peer.readConnect();
    expect(peer.unreadFrames).toBe(0);
    peer.grant();
    const requests = [await peer.readRequest(), await peer.readRequest(), await peer.readRequest()];
    expect(requests.map(({ xid, opcode }) => [xid, opcode])).toEqual([
      [-4, 100],
      [-4, 100],
      [-2, 11],
    ]);
    expect(requests[0]?.body).toEqual(bytes().int(0).string('digest').string('a:1').build());
    peer.reply({ xid: -4 });
    peer.reply({ xid: -2 });
    peer.reply({ xid: -4 });
    await expect(opening).resolves.toBeDefined();
  });

  test('understands answers that arrive one byte at a time', async () => {
    const opening = open();
    const peer = await server.accept();
    await peer.readConnect();
    const granted = bytes().int(0).int(TIMEOUT_MS).long(9n).buffer(Buffer.alloc(16)).frame();
    for (const byte of granted) peer.write(Buffer.from([byte]));
    await peer.answerPing();
    expect((await opening).sessionId).toBe(9n);
  });

  test.each([
    { name: 'an unknown scheme', error: -115, code: 'AuthFailed' },
    { name: 'a server that demands another kind', error: -124, code: 'SessionClosedRequireAuth' },
  ])('fails at once on $name', async ({ error, code }) => {
    const opening = open({ auth: [digestAuth('a', '1')] });
    const peer = await server.accept();
    await peer.readConnect();
    peer.grant();
    const request = await peer.readRequest();
    peer.reply({ xid: request.xid, error });
    expect(await errorOf(opening)).toMatchObject({ code, serverCode: error });
  });

  test.each([
    { name: 'HTTP', greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n', message: 'no ZooKeeper server' },
    { name: 'SSH', greeting: 'SSH-2.0-OpenSSH_9.2\r\n', message: 'no ZooKeeper server' },
    { name: 'TLS', greeting: '\u0015\u0003\u0003\u0000\u0002\u0002\u0016', message: 'in TLS' },
    { name: 'a short frame', greeting: '\0\0\0\u0002hi', message: 'answered with 2 bytes' },
  ])('recognizes a server that speaks $name', async ({ greeting, message }) => {
    const opening = open({ connectTimeoutMs: 50 });
    const peer = await server.accept();
    peer.write(Buffer.from(greeting, 'latin1'));
    const failed = errorOf(opening);
    await peer.closed();
    clock.advance(100);
    const error = await failed;
    expect(error.code).toBe('NotZooKeeper');
    expect(error.message).toContain(message);
  });

  test('reports a server that closes without a word', async () => {
    const opening = errorOf(open({ connectTimeoutMs: 50 }));
    const peer = await server.accept();
    await peer.readConnect();
    peer.end();
    await peer.closed();
    await advanceUntil(() => clock.nowMs() >= 50, 50);
    expect(await opening).toMatchObject({ code: 'ClosedByServer', isRetryable: true });
  });

  test('reports a server that accepts and never answers, after the deadline', async () => {
    const opening = errorOf(open({ connectTimeoutMs: 5_000 }));
    const peer = await server.accept();
    await peer.readConnect();
    clock.advance(5_000);
    const error = await opening;
    expect(error).toMatchObject({ code: 'ConnectTimeout', timeoutStage: 'answer' });
    expect(error.message).toContain('connected, but no answer within 5000 ms');
  });

  test('reports a server that opens a session and does not answer who the client is', async () => {
    const opening = errorOf(open({ connectTimeoutMs: 5_000, auth: [digestAuth('a', '1')] }));
    const peer = await server.accept();
    await peer.readConnect();
    peer.grant();
    await peer.readRequest();
    clock.advance(5_000);
    const error = await opening;
    expect(error).toMatchObject({ code: 'ConnectTimeout', timeoutStage: 'authentication' });
  });

  test('tells an address at which packets are lost from a server that stays silent', async () => {
    const hole = await startBlackHole();
    const opening = errorOf(open({ servers: [hole.address], connectTimeoutMs: 5_000 }));
    await advanceUntil(() => clock.nowMs() >= 5_000, 1_000);
    const error = await opening;
    await hole.close();
    expect(error).toMatchObject({ code: 'ConnectTimeout', timeoutStage: 'connection' });
  });

  test('reports a refused connection, after trying again until the deadline', async () => {
    const { address } = server;
    await server.close();
    let error: ZooKeeperError | undefined;
    void errorOf(open({ servers: [address], connectTimeoutMs: 2_000 })).then((reason) => {
      error = reason;
    });
    const elapsedMs = await advanceUntil(() => error !== undefined);
    expect(error).toMatchObject({ code: 'ConnectionRefused', operation: 'connect' });
    expect(error?.message).toContain(address);
    expect(elapsedMs).toBeGreaterThanOrEqual(2_000);
    server = await startFakeServer();
  });

  test('goes on to the next server', async () => {
    const other = await startFakeServer();
    const dead = other.address;
    await other.close();
    const opening = open({ servers: [dead, server.address], random: () => 0 });
    const peer = await server.accept();
    await peer.accept();
    expect((await opening).server).toBe(server.address);
  });

  test('ends when the caller aborts', async () => {
    const controller = new AbortController();
    const opening = errorOf(open({ signal: controller.signal }));
    const peer = await server.accept();
    controller.abort(new Error('enough'));
    expect(await opening).toMatchObject({ code: 'Aborted' });
    await peer.closed();
  });

  test('does not even start when the caller aborted before', async () => {
    const error = await errorOf(open({ signal: AbortSignal.abort() }));
    expect(error.code).toBe('Aborted');
  });

  test.each([
    { options: { servers: [] }, code: 'InvalidAddress' },
    { options: { servers: ['nowhere'] }, code: 'InvalidAddress' },
    { options: { sessionTimeoutMs: 0 }, code: 'BadArguments' },
    { options: { maxInFlightRequests: -1 }, code: 'BadArguments' },
  ])('refuses the options $options', async ({ options, code }) => {
    expect(await errorOf(open(options))).toMatchObject({ code });
  });
});

describe('attaching to a session', () => {
  const attach = { sessionId: 99n, password: Buffer.from('fedcba9876543210') };

  test('takes it up where the server knows it', async () => {
    const opening = open({ attach });
    const peer = await server.accept();
    const request = await peer.accept({ sessionId: 99n, password: attach.password });
    expect(request).toMatchObject({ sessionId: 99n, password: attach.password });
    expect((await opening).sessionId).toBe(99n);
  });

  test('fails with SessionExpired where the server does not', async () => {
    const opening = errorOf(open({ attach }));
    const peer = await server.accept();
    await peer.readConnect();
    peer.grant({ sessionId: 0n, timeoutMs: 0, password: Buffer.alloc(16) });
    peer.end();
    expect(await opening).toMatchObject({ code: 'SessionExpired' });
  });

  test('takes another session than the offered one for a refusal, and closes it', async () => {
    const opening = errorOf(open({ attach }));
    const peer = await server.accept();
    await peer.readConnect();
    peer.grant({ sessionId: 100n });
    expect(await opening).toMatchObject({ code: 'SessionExpired' });
    expect((await peer.readRequest()).opcode).toBe(CLOSE_SESSION);
  });

  test('leaves it alive when detached', async () => {
    const { client, peer } = await opened();
    await client.detach();
    await peer.closed();
    expect(peer.unreadFrames).toBe(0);
    expect((await client.closed).reason).toBe('detached');
  });
});

describe('a connection that breaks', () => {
  test('fails what was sent, and the session goes on with the same id and zxid', async () => {
    const { client, peer } = await opened();
    const first = client.getData('/a');
    const request = await readUserRequest(peer);
    peer.reply({ xid: request.xid, zxid: 0x1_0000_0005n, body });
    await first;
    const write = errorOf(client.setData('/a', null));
    const read = errorOf(client.getData('/a'));
    await readUserRequest(peer);
    await readUserRequest(peer);
    peer.reset();
    expect(await write).toMatchObject({ code: 'ConnectionLoss', isOutcomeUnknown: true });
    expect(await read).toMatchObject({ code: 'ConnectionLoss', isOutcomeUnknown: false });
    const next = await server.accept();
    const resumed = await next.accept({ sessionId: 7n });
    expect(resumed).toMatchObject({ sessionId: 7n, lastZxid: 0x1_0000_0005n });
    await eventually(() => client.state === 'connected', { timeoutMs: 60_000 });
    expect(states).toEqual(['connected', 'disconnected', 'connected']);
  });

  test('does not lose requests that were made meanwhile', async () => {
    const { client, peer } = await opened();
    peer.reset();
    await eventually(() => client.state === 'disconnected', { timeoutMs: 60_000 });
    const reply = client.getData('/a');
    const next = await server.accept();
    await next.accept({ sessionId: 7n });
    const request = await readUserRequest(next);
    expect(request.opcode).toBe(GET_DATA);
    next.reply({ xid: request.xid, zxid: 1n, body });
    expect((await reply).data?.toString()).toBe('data');
  });

  test.each([
    { name: 'a reply to another request', frame: bytes().int(42).long(1n).int(0).frame() },
    { name: 'a reply that cannot be read', frame: bytes().int(1).long(1n).int(0).int(9).frame() },
    { name: 'a frame too short for a header', frame: bytes().int(1).frame() },
    { name: 'an impossible length', frame: bytes().int(-5).build() },
    { name: 'an unknown xid', frame: bytes().int(-77).long(1n).int(0).frame() },
  ])('is one that carries $name', async ({ frame }) => {
    const { client, peer } = await opened();
    const reply = errorOf(client.getData('/a'));
    await readUserRequest(peer);
    peer.write(frame);
    await peer.closed();
    expect(['ConnectionLoss', 'ProtocolError']).toContain((await reply).code);
    const next = await server.accept();
    await next.accept({ sessionId: 7n });
    await eventually(() => client.state === 'connected', { timeoutMs: 60_000 });
  });

  test('is one over which nothing comes for two thirds of the timeout', async () => {
    const { client, peer } = await opened();
    const reply = errorOf(client.getData('/a'));
    await readUserRequest(peer);
    clock.advance(TIMEOUT_MS * (2 / 3) - 1);
    expect(client.state).toBe('connected');
    clock.advance(2);
    expect(await reply).toMatchObject({ code: 'ConnectionLoss' });
    await peer.closed();
  });

  test('is not one whose data only waited for this process', async () => {
    const { client, peer } = await opened();
    const reply = client.getData('/a');
    const request = await readUserRequest(peer);
    peer.reply({ xid: request.xid, zxid: 1n, body });
    // The reply is on its way while the time jumps, as after a suspended process.
    clock.advance(TIMEOUT_MS * (2 / 3));
    expect((await reply).data?.toString()).toBe('data');
    expect(client.state).toBe('connected');
  });

  test('is kept from idling out by pings, one at a time', async () => {
    const { client, peer } = await opened();
    for (let round = 0; round < 5; round++) {
      clock.advance(TIMEOUT_MS / 3);
      await peer.answerPing();
      // Only a reply after the ping's proves that the client has seen it.
      const reply = client.getData('/a');
      peer.reply({ xid: (await readUserRequest(peer)).xid, zxid: 1n, body });
      await reply;
    }
    expect(client.state).toBe('connected');
    expect(peer.unreadFrames).toBe(0);
  });

  test('is reported as an unsupported operation where the server says so first', async () => {
    const { client, peer } = await opened();
    const first = errorOf(client.whoAmI());
    const second = errorOf(client.setData('/a', null));
    const request = await readUserRequest(peer);
    peer.reply({ xid: request.xid, zxid: -1n, error: -6 });
    expect(await first).toMatchObject({ code: 'Unimplemented', isOutcomeUnknown: false });
    expect(await second).toMatchObject({ code: 'ConnectionLoss', isOutcomeUnknown: true });
    expect(client.lastZxid).toBe(0n);
    await peer.closed();
  });

  test('is not one that carries a refusal of an operation which is switched off', async () => {
    const { client, peer } = await opened();
    const reply = errorOf(client.create('/a', null, { mode: { ttlMs: 1 } }));
    peer.reply({ xid: (await readUserRequest(peer)).xid, zxid: 5n, error: -6 });
    expect(await reply).toMatchObject({ code: 'Unimplemented' });
    expect(client.state).toBe('connected');
    expect(client.lastZxid).toBe(5n);
  });
});

describe('a session that ends', () => {
  test('expires when the server says so on reconnecting', async () => {
    const { client, peer } = await opened();
    peer.reset();
    await eventually(() => client.state === 'disconnected', { timeoutMs: 60_000 });
    const waiting = errorOf(client.setData('/a', null));
    const next = await server.accept();
    await next.readConnect();
    next.grant({ sessionId: 0n, timeoutMs: 0, password: Buffer.alloc(16) });
    expect((await client.closed).reason).toBe('expired');
    expect(await waiting).toMatchObject({ code: 'SessionExpired', isOutcomeUnknown: false });
    expect(await errorOf(client.getData('/a'))).toMatchObject({
      code: 'SessionExpired',
      path: '/a',
    });
    expect(states.at(-1)).toBe('ended');
  });

  test('expires by itself after four thirds of the timeout without any server', async () => {
    const { client } = await opened();
    await server.close();
    await eventually(() => client.state === 'disconnected', { timeoutMs: 60_000 });
    const elapsedMs = await advanceUntil(() => client.state === 'ended', 1_000);
    expect((await client.closed).reason).toBe('expired');
    expect(elapsedMs).toBeGreaterThanOrEqual(TIMEOUT_MS * (4 / 3));
    expect(elapsedMs).toBeLessThanOrEqual(TIMEOUT_MS * (4 / 3) + 1_000);
    server = await startFakeServer();
  });

  test('ends when a server refuses its identity on reconnecting', async () => {
    const { client, peer } = await opened();
    peer.reset();
    const next = await server.accept();
    await next.readConnect();
    next.grant({ sessionId: 7n });
    next.reply({ xid: (await next.readRequest()).xid, error: -124 });
    expect(await client.closed).toMatchObject({
      reason: 'authenticationFailed',
      error: { code: 'SessionClosedRequireAuth' },
    });
  });

  test('is closed on the server after everything asked before was answered', async () => {
    const { client, peer } = await opened();
    const reply = client.getData('/a');
    const closed = client.close();
    const late = errorOf(client.getData('/b'));
    const first = await readUserRequest(peer);
    const second = await readUserRequest(peer);
    expect([first.opcode, second.opcode]).toEqual([GET_DATA, CLOSE_SESSION]);
    peer.reply({ xid: first.xid, zxid: 1n, body });
    peer.reply({ xid: second.xid, zxid: 2n });
    await closed;
    expect((await reply).data?.toString()).toBe('data');
    expect(await late).toMatchObject({ code: 'Closed', path: '/b' });
    expect((await client.closed).reason).toBe('closed');
    await client.close();
  });

  test('does not wait for ever for a server that does not confirm', async () => {
    const { client, peer } = await opened();
    const closed = client.close();
    await readUserRequest(peer);
    clock.advance(5_000);
    await closed;
    await peer.closed();
  });

  test('is closed on the server although the connection just broke', async () => {
    const { client, peer } = await opened();
    peer.reset();
    await eventually(() => client.state === 'disconnected', { timeoutMs: 60_000 });
    const closed = client.close();
    const next = await server.accept();
    await next.accept({ sessionId: 7n });
    const request = await readUserRequest(next);
    expect(request.opcode).toBe(CLOSE_SESSION);
    next.reply({ xid: request.xid, zxid: 1n });
    await closed;
    expect((await client.closed).reason).toBe('closed');
  });

  test('can be closed while there is no server', async () => {
    const { client } = await opened();
    await server.close();
    await eventually(() => client.state === 'disconnected', { timeoutMs: 60_000 });
    const waiting = errorOf(client.getData('/a'));
    const closed = client.close();
    clock.advance(2_000);
    await closed;
    expect(await waiting).toMatchObject({ code: 'Closed' });
    server = await startFakeServer();
  });
});

describe('identities added later', () => {
  test('are matched apart from requests, whose replies they overtake', async () => {
    const { client, peer } = await opened();
    const read = client.getData('/a');
    const added = client.addAuth(digestAuth('a', '1'));
    const requests = [await peer.readRequest(), await peer.readRequest()];
    const request = requests.find(({ xid }) => xid > 0);
    peer.reply({ xid: -4 });
    await added;
    peer.reply({ xid: request?.xid ?? 0, zxid: 1n, body });
    await read;
  });

  test('are presented again on the next connection', async () => {
    const { client, peer } = await opened();
    const added = client.addAuth(digestAuth('a', '1'));
    await peer.readRequest();
    peer.reset();
    const next = await server.accept();
    await next.readConnect();
    next.grant({ sessionId: 7n });
    expect((await next.readRequest()).body.toString()).toContain('a:1');
    next.reply({ xid: -4 });
    await next.answerPing();
    await added;
  });

  test('are presented once on the next connection, however often they were added', async () => {
    const { client, peer } = await opened();
    const added = ['1', '2', '2', '1'].map((password) => client.addAuth(digestAuth('a', password)));
    const asked = await Promise.all(added.map(() => peer.readRequest()));
    expect(asked.map(({ xid }) => xid)).toEqual([-4, -4, -4, -4]);
    asked.forEach(() => peer.reply({ xid: -4 }));
    await Promise.all(added);
    peer.reset();
    const again = client.addAuth(digestAuth('a', '2'));
    const next = await server.accept();
    await next.readConnect();
    next.grant({ sessionId: 7n });
    const presented = [await next.readRequest(), await next.readRequest()];
    expect(presented.map((each) => each.body.toString().slice(-3))).toEqual(['a:1', 'a:2']);
    // Known already, though asked for during the handshake.
    const late = client.addAuth(digestAuth('a', '1'));
    presented.forEach(() => next.reply({ xid: -4 }));
    await next.answerPing();
    await Promise.all([again, late]);
    expect([next.unreadFrames, client.authSchemes]).toEqual([0, ['digest']]);
  });

  test('end the session when they are refused', async () => {
    const { client, peer } = await opened();
    const added = errorOf(client.addAuth({ scheme: 'bogus', credential: Buffer.alloc(0) }));
    await peer.readRequest();
    peer.reply({ xid: -4, error: -115 });
    expect(await added).toMatchObject({ code: 'AuthFailed' });
    expect((await client.closed).reason).toBe('authenticationFailed');
  });
});
