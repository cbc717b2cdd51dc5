import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestAuth } from '../acl.ts';
import { connect, type ZooKeeperClient } from '../client.ts';
import { ZooKeeperError } from '../errors.ts';
import type { ConnectOptions } from '../options.ts';
import * as multiOperations from '../protocol/multi.ts';
import type { Operation } from '../protocol/operation.ts';
import * as operations from '../protocol/operations.ts';
import * as watchOperations from '../protocol/watches.ts';
import {
  bytes,
  errorOf,
  startFakeServer,
  statRecord,
  type FakePeer,
  type FakeServer,
} from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';

const stat = statRecord();
const WAIT_MS = 10_000;

let server: FakeServer;

beforeEach(async () => {
  server = await startFakeServer();
});

afterEach(async () => {
  await server.close();
});

async function opened(
  options: Partial<ConnectOptions> = {},
): Promise<{ client: ZooKeeperClient; peer: FakePeer }> {
  const opening = connect({ servers: [server.address], ...options });
  const peer = await server.accept();
  await peer.accept({ sessionId: 7n, timeoutMs: 30_000 });
  return { client: await opening, peer };
}

/** Answers everything that has arrived and will, in order, as setData. */
async function answer(peer: FakePeer, count: number): Promise<number[]> {
  const xids: number[] = [];
  while (xids.length < count) {
    const { xid } = await peer.readRequest();
    if (xid > 0) xids.push(xid);
    peer.reply({ xid, zxid: 1n, body: xid > 0 ? stat : Buffer.alloc(0) });
  }
  return xids;
}

test('no operation is a check by itself, which has brought servers down', () => {
  const all = Object.values({ ...operations, ...multiOperations, ...watchOperations });
  const isOperation = (value: unknown): value is Operation<never, unknown> =>
    typeof value === 'object' && value !== null && 'opcode' in value;
  const opcodes = all.filter(isOperation).map(({ opcode }) => opcode);
  expect(opcodes.length).toBeGreaterThan(15);
  expect(opcodes).not.toContain(13);
});

describe('a reply that does not answer each step', () => {
  const end = bytes().int(-1).bool(true).int(-1).build();
  const checked = bytes().int(13).bool(false).int(0).build();

  test('of a transaction leaves its outcome unknown', async () => {
    const { client, peer } = await opened();
    const writing = client.multi([
      { type: 'check', path: '/a' },
      { type: 'delete', path: '/b' },
    ]);
    const { xid } = await peer.readRequest();
    peer.reply({ xid, zxid: 1n, body: Buffer.concat([checked, end]) });
    expect(await errorOf(writing, ZooKeeperError)).toMatchObject({
      code: 'ProtocolError',
      message: 'multi: 1 answers to the 2 steps of a multi',
      isOutcomeUnknown: true,
    });
    await client.close();
  });

  test('of a batch of reads is no answer', async () => {
    const { client, peer } = await opened();
    const reading = client.multiRead([{ type: 'getData', path: '/a' }]);
    const { xid } = await peer.readRequest();
    peer.reply({ xid, zxid: 1n, body: end });
    expect(await errorOf(reading, ZooKeeperError)).toMatchObject({ code: 'ProtocolError' });
    await client.close();
  });
});

describe('a reply that is larger than its call allows', () => {
  test('is not waited for: the call is told so, and the next ones go over another connection', async () => {
    const { client, peer } = await opened();
    const large = client.multiRead([{ type: 'getData', path: '/a' }], { maxReplyBytes: 1_000_000 });
    const behind = client.getData('/b');
    behind.catch(() => undefined);
    await peer.readRequest();
    // No more than its length.
    peer.write(bytes().int(1_000_001).build());
    await expect(large).rejects.toMatchObject({ code: 'ReplyTooLarge', isOutcomeUnknown: false });
    await expect(behind).rejects.toMatchObject({ code: 'ConnectionLoss' });
    const next = await server.accept();
    await next.accept({ sessionId: 7n, timeoutMs: 30_000 });
    const again = client.getData('/b');
    const { xid } = await next.readRequest();
    next.reply({ xid, body: bytes().string('data').raw(stat).build() });
    expect((await again).data?.toString()).toBe('data');
    expect(client.connectionCount).toBe(2);
    await client.detach();
  });
});

describe('requests in flight', () => {
  test('are at most as many as the limit says, however many are made', async () => {
    const { client, peer } = await opened({ maxInFlightRequests: 10 });
    const replies = Array.from({ length: 35 }, () => client.setData('/a', null));
    expect(client.isSaturated).toBe(true);
    const first = await peer.readRequest();
    await eventually(() => peer.unreadFrames === 9, { timeoutMs: WAIT_MS });
    peer.reply({ xid: first.xid, zxid: 1n, body: stat });
    // One answer lets one request through, and nothing else does.
    await eventually(() => peer.unreadFrames === 10, { timeoutMs: WAIT_MS });
    const drained = client.drained();
    expect(await answer(peer, 34)).toEqual(Array.from({ length: 34 }, (_, n) => n + 2));
    await drained;
    expect(client.isSaturated).toBe(false);
    await Promise.all(replies);
    client.detach().catch(() => undefined);
  });

  test('occupy at most as many bytes as the limit says', async () => {
    const { client, peer } = await opened({ maxInFlightBytes: 10_000 });
    const data = Buffer.alloc(3_000);
    const replies = Array.from({ length: 9 }, () => client.setData('/a', data));
    const first = await peer.readRequest();
    await eventually(() => peer.unreadFrames === 2, { timeoutMs: WAIT_MS });
    peer.reply({ xid: first.xid, zxid: 1n, body: stat });
    await answer(peer, 8);
    await Promise.all(replies);
    await client.detach();
  });

  test('wait while the server does not read, and all arrive in order when it does', async () => {
    const limits = { maxInFlightRequests: 5_000, maxInFlightBytes: 2 ** 30 };
    const { client, peer } = await opened(limits);
    peer.pauseReading();
    const count = 1_000;
    const data = Buffer.alloc(20_000);
    const replies = Array.from({ length: count }, () => client.setData('/a', data));
    await new Promise((resolve) => setImmediate(resolve));
    peer.resumeReading();
    expect(await answer(peer, count)).toEqual(Array.from({ length: count }, (_, n) => n + 1));
    await Promise.all(replies);
    await client.detach();
  });

  test('keep their order between identities that are added', async () => {
    const { client, peer } = await opened();
    const calls = [
      client.setData('/a', null),
      client.addAuth(digestAuth('a', '1')),
      client.setData('/b', null),
      client.addAuth(digestAuth('b', '2')),
      client.setData('/c', null),
    ];
    const frames = [];
    while (frames.length < calls.length) frames.push(await peer.readRequest());
    const writes = frames.filter(({ xid }) => xid > 0);
    expect(writes.map(({ body }) => body.toString('utf8', 4, 6))).toEqual(['/a', '/b', '/c']);
    const credentials = frames.filter(({ xid }) => xid === -4).map(({ body }) => body.toString());
    expect(credentials.map((body) => body.slice(-3))).toEqual(['a:1', 'b:2']);
    // Answers to identities overtake all others.
    peer.reply({ xid: -4 });
    peer.reply({ xid: -4 });
    for (const { xid } of writes) peer.reply({ xid, zxid: 1n, body: stat });
    await Promise.all(calls);
    await client.detach();
  });
});

describe('a reply that is not the next one', () => {
  test('breaks the connection, not the session: what was not sent goes out on the next', async () => {
    const { client, peer } = await opened({ maxInFlightRequests: 2 });
    const calls = ['/a', '/b', '/c'].map((path) => client.setData(path, null));
    const lost = calls.slice(0, 2).map((call) => errorOf(call, ZooKeeperError));
    await peer.readRequest();
    const second = await peer.readRequest();
    peer.reply({ xid: second.xid, zxid: 1n, body: stat });
    for (const error of await Promise.all(lost)) {
      expect(error).toMatchObject({ code: 'ConnectionLoss', isOutcomeUnknown: true });
    }
    const next = await server.accept();
    expect(await next.accept({ sessionId: 7n })).toMatchObject({ sessionId: 7n });
    expect((await next.readRequest()).body.toString('utf8', 4, 6)).toBe('/c');
    next.reply({ xid: 3, zxid: 1n, body: stat });
    await calls[2];
    await client.detach();
  });
});

describe('the zxid that a session goes on from', () => {
  test('is that of ordinary replies, not of notifications, pings or identities', async () => {
    const { client, peer } = await opened();
    const event = bytes().int(3).int(3).string('/a').build();
    const added = client.addAuth(digestAuth('a', '1'));
    await peer.readRequest();
    peer.reply({ xid: -1, zxid: 900n, body: event });
    peer.reply({ xid: -2, zxid: 901n });
    peer.reply({ xid: -4, zxid: 902n });
    await added;
    expect(client.lastZxid).toBe(0n);
    const replies = [client.setData('/a', null), client.setData('/a', null)];
    const [first, second] = [await peer.readRequest(), await peer.readRequest()];
    peer.reply({ xid: first.xid, zxid: 0x2_ffff_ffffn, body: stat });
    await replies[0];
    expect(client.lastZxid).toBe(0x2_ffff_ffffn);
    peer.reply({ xid: second.xid, zxid: 0n, body: stat });
    await replies[1];
    expect(client.lastZxid).toBe(0x2_ffff_ffffn);
    peer.reset();
    const next = await server.accept();
    expect(await next.readConnect()).toMatchObject({ lastZxid: 0x2_ffff_ffffn });
    await client.detach();
  });
});
