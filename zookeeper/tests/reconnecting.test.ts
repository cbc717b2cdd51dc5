import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestAuth } from '../acl.ts';
import { connect, type ZooKeeperClient } from '../client.ts';
import type { ConnectOptions } from '../options.ts';
import {
  FakeClock,
  acceptLater,
  bytes,
  startFakeServer,
  statRecord,
  type FakePeer,
  type FakeServer,
} from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';
import type { OneShotWatch } from '../watches/watch.ts';

const xids = { notification: -1, ping: -2, auth: -4, setWatches: -8 } as const;
const opcodes = { getData: 4, auth: 100, setWatches: 101, setWatches2: 105 } as const;
const SEEN_ZXID = 0x1_0000_0005n;
const body = bytes().string('data').raw(statRecord()).build();

let clock: FakeClock;
let server: FakeServer;

beforeEach(async () => {
  clock = new FakeClock();
  server = await startFakeServer();
});

afterEach(async () => {
  await server.close();
});

/** A client and the server's end of its connection. */
async function opened(
  options: Partial<ConnectOptions> = {},
): Promise<{ client: ZooKeeperClient; peer: FakePeer }> {
  const opening = connect({ servers: [server.address], clock, random: () => 0.5, ...options });
  const peer = await server.accept();
  await peer.readConnect();
  peer.grant({ sessionId: 7n });
  for (let missing = (options.auth?.length ?? 0) + 1; missing > 0; missing--) {
    peer.reply({ xid: (await peer.readRequest()).xid });
  }
  return { client: await opening, peer };
}

/** Reads a znode at {@link SEEN_ZXID}, and watches it. */
async function watchOnce(
  client: ZooKeeperClient,
  peer: FakePeer,
  path: string,
): Promise<OneShotWatch> {
  const reading = client.getDataAndWatch(path);
  peer.reply({ xid: (await peer.readRequest()).xid, zxid: SEEN_ZXID, body });
  return (await reading).watch;
}

/** The next connection, after the handshake up to the watches. */
async function resumed(): Promise<FakePeer> {
  const peer = await acceptLater(server, clock);
  await peer.readConnect();
  peer.grant({ sessionId: 7n });
  await peer.answerPing();
  return peer;
}

describe('watches on a new connection', () => {
  test('are armed after the identities are accepted, and before any request', async () => {
    const { client, peer } = await opened({ auth: [digestAuth('a', '1')] });
    await watchOnce(client, peer, '/a');
    const watching = client.watch('/p', { recursive: true });
    peer.reply({ xid: (await peer.readRequest()).xid, zxid: 1n });
    await watching;
    peer.reset();
    await eventually(() => client.state === 'disconnected', { timeoutMs: 60_000 });
    const reading = client.getData('/b');
    const next = await server.accept();
    await next.readConnect();
    next.grant({ sessionId: 7n });
    const identities = [await next.readRequest(), await next.readRequest()];
    expect(identities.map(({ xid }) => xid)).toEqual([xids.auth, xids.ping]);
    expect(next.unreadFrames).toBe(0);
    for (const { xid } of identities) next.reply({ xid });
    const arming = await next.readRequest();
    expect(arming).toMatchObject({ xid: xids.setWatches, opcode: opcodes.setWatches2 });
    const paths = bytes().strings(['/a']).strings([]).strings([]).strings([]).strings(['/p']);
    expect(arming.body).toEqual(bytes().long(SEEN_ZXID).raw(paths.build()).build());
    expect(next.unreadFrames).toBe(0);
    next.reply({ xid: xids.setWatches });
    const request = await next.readRequest();
    expect(request.opcode).toBe(opcodes.getData);
    next.reply({ xid: request.xid, zxid: SEEN_ZXID, body });
    await reading;
  });

  test('fire for what changed after the last zxid seen, and only for that', async () => {
    const { client, peer } = await opened();
    const fired: string[] = [];
    for (const path of ['/a', '/b']) {
      const watch = await watchOnce(client, peer, path);
      void watch.fired.then((event) => fired.push(event.path));
    }
    peer.reset();
    const next = await resumed();
    const arming = await next.readRequest();
    expect(arming.opcode).toBe(opcodes.setWatches);
    // As a server does: it tells of what is newer than the zxid that it is given.
    const changes = new Map([
      ['/a', SEEN_ZXID + 1n],
      ['/b', 3n],
    ]);
    for (const [path, zxid] of changes) {
      const event = bytes().int(3).int(3).string(path).build();
      if (zxid > arming.body.readBigInt64BE(0)) {
        next.reply({ xid: xids.notification, zxid: -1n, body: event });
      }
    }
    next.reply({ xid: xids.setWatches });
    await eventually(() => client.state === 'connected', { timeoutMs: 60_000 });
    expect(fired).toEqual(['/a']);
  });

  test('that a busy server turns away are armed by asking again, before any request', async () => {
    const { client, peer } = await opened();
    await watchOnce(client, peer, '/a');
    peer.reset();
    const next = await resumed();
    const reading = client.getData('/b');
    const first = await next.readRequest();
    next.reply({ xid: xids.setWatches, error: -127 });
    const second = await next.readRequest();
    expect(second).toEqual(first);
    expect(next.unreadFrames).toBe(0);
    next.reply({ xid: xids.setWatches });
    const request = await next.readRequest();
    expect(request.opcode).toBe(opcodes.getData);
    next.reply({ xid: request.xid, zxid: SEEN_ZXID, body });
    await reading;
  });

  test('that a server refuses to arm break it: the client goes on to another one', async () => {
    const { client, peer } = await opened();
    await watchOnce(client, peer, '/a');
    peer.reset();
    const refusing = await resumed();
    refusing.reply({ xid: (await refusing.readRequest()).xid, error: -5 });
    await refusing.closed();
    expect(client.state).toBe('disconnected');
    const next = await resumed();
    next.reply({ xid: (await next.readRequest()).xid });
    await eventually(() => client.state === 'connected', { timeoutMs: 60_000 });
    expect(client.sessionId).toBe(7n);
  });
});

describe('identities added during a handshake', () => {
  test('are sent as soon as it is complete, in their order, on that connection', async () => {
    const { client, peer } = await opened();
    peer.reset();
    const next = await server.accept();
    await next.readConnect();
    const added = ['1', '2'].map((password) => client.addAuth(digestAuth('a', password)));
    next.grant({ sessionId: 7n });
    await next.answerPing();
    const late = [await next.readRequest(), await next.readRequest()];
    expect(late.map(({ opcode }) => opcode)).toEqual([opcodes.auth, opcodes.auth]);
    expect(late.map((request) => request.body.toString().slice(-3))).toEqual(['a:1', 'a:2']);
    for (const { xid } of late) next.reply({ xid });
    await Promise.all(added);
  });
});

describe('a session that is over', () => {
  test('is not taken up again: a server may say so in answer to a ping', async () => {
    const { client, peer } = await opened();
    clock.advance(client.negotiatedTimeoutMs / 3);
    peer.reply({ xid: (await peer.readRequest()).xid, error: -112 });
    await eventually(() => client.state === 'ended', { timeoutMs: 60_000 });
    expect((await client.closed).reason).toBe('expired');
  });
});
