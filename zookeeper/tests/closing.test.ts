import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestAuth, openAcl } from '../acl.ts';
import { connect, type ZooKeeperClient } from '../client.ts';
import { ZooKeeperError } from '../errors.ts';
import type { ConnectOptions } from '../options.ts';
import { errorOf, startFakeServer, type FakePeer, type FakeServer } from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';

const CLOSE_SESSION = -11;
const WAIT_MS = 10_000;

let server: FakeServer;

beforeEach(async () => {
  server = await startFakeServer();
});

afterEach(async () => {
  await server.close();
});

function open(options: Partial<ConnectOptions> = {}): Promise<ZooKeeperClient> {
  return connect({ servers: [server.address], ...options });
}

async function opened(): Promise<{ client: ZooKeeperClient; peer: FakePeer }> {
  const opening = open();
  const peer = await server.accept();
  await peer.accept({ sessionId: 7n, timeoutMs: 30_000 });
  return { client: await opening, peer };
}

/** Reads until the client closes its session, and confirms. */
async function confirmClose(peer: FakePeer): Promise<void> {
  const request = await peer.readRequest();
  expect(request.opcode).toBe(CLOSE_SESSION);
  peer.reply({ xid: request.xid, zxid: 1n });
}

describe('closing', () => {
  test('asks the server once, however often it is called', async () => {
    const { client, peer } = await opened();
    const closes = [client.close(), client.close(), client[Symbol.asyncDispose]()];
    await confirmClose(peer);
    await Promise.all(closes);
    await client.close();
    await client.detach();
    await peer.closed();
    expect(peer.unreadFrames).toBe(0);
    expect((await client.closed).reason).toBe('closed');
  });

  test('during a handshake on the way to another server closes the session there', async () => {
    const { client, peer } = await opened();
    peer.reset();
    const next = await server.accept();
    await next.readConnect();
    const closed = client.close();
    next.grant({ sessionId: 7n });
    await next.answerPing();
    await confirmClose(next);
    await closed;
    expect((await client.closed).reason).toBe('closed');
  });

  test('makes way for a close that was begun by leaving a block', async () => {
    const { client, peer } = await opened();
    const leaving = (async () => {
      await using zk = client;
      expect(zk.state).toBe('connected');
    })();
    await confirmClose(peer);
    await leaving;
    expect(client.state).toBe('ended');
  });
});

describe('giving up a connect', () => {
  const aborted = { code: 'Aborted' };

  test('is possible before the server has answered', async () => {
    const controller = new AbortController();
    const opening = errorOf(open({ signal: controller.signal }), ZooKeeperError);
    const peer = await server.accept();
    await peer.readConnect();
    controller.abort();
    expect(await opening).toMatchObject(aborted);
    await peer.closed();
  });

  test('is possible during authentication', async () => {
    const controller = new AbortController();
    const auth = [digestAuth('a', '1')];
    const opening = errorOf(open({ signal: controller.signal, auth }), ZooKeeperError);
    const peer = await server.accept();
    await peer.readConnect();
    peer.grant();
    await peer.readRequest();
    controller.abort();
    expect(await opening).toMatchObject(aborted);
    await peer.closed();
  });

  test('is possible in the pause between two rounds of servers that refuse', async () => {
    const controller = new AbortController();
    const { address } = server;
    await server.close();
    const opening = errorOf(
      open({ servers: [address], signal: controller.signal, sessionTimeoutMs: 60_000 }),
      ZooKeeperError,
    );
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect(await opening).toMatchObject(aborted);
    server = await startFakeServer();
  });
});

describe('a client that is closed', () => {
  const calls: Record<string, (client: ZooKeeperClient) => Promise<unknown>> = {
    create: (client) => client.create('/a', null),
    delete: (client) => client.delete('/a'),
    exists: (client) => client.exists('/a'),
    getData: (client) => client.getData('/a'),
    setData: (client) => client.setData('/a', null),
    getChildren: (client) => client.getChildren('/a'),
    getAcl: (client) => client.getAcl('/a'),
    setAcl: (client) => client.setAcl('/a', openAcl),
    sync: (client) => client.sync('/a'),
    multi: (client) => client.multi([]),
    multiRead: (client) => client.multiRead([]),
    getEphemerals: (client) => client.getEphemerals(),
    getAllChildrenNumber: (client) => client.getAllChildrenNumber('/a'),
    watch: (client) => client.watch('/a'),
    getDataAndWatch: (client) => client.getDataAndWatch('/b'),
    existsAndWatch: (client) => client.existsAndWatch('/c'),
    getChildrenAndWatch: (client) => client.getChildrenAndWatch('/d'),
    whoAmI: (client) => client.whoAmI(),
    addAuth: (client) => client.addAuth(digestAuth('a', '1')),
  };

  test('refuses every operation with Closed, and says that nothing happened', async () => {
    const { client, peer } = await opened();
    const closed = client.close();
    await confirmClose(peer);
    await closed;
    const codes = Object.entries(calls).map(async ([name, call]) => {
      const { code, isOutcomeUnknown } = await errorOf(call(client), ZooKeeperError);
      return [name, code, isOutcomeUnknown];
    });
    expect(await Promise.all(codes)).toEqual(
      Object.keys(calls).map((name) => [name, 'Closed', false]),
    );
    await client.drained();
  });

  test('refuses watches so too where they would not go together', async () => {
    const { client, peer } = await opened();
    const closed = client.close();
    const watches = [client.watch('/a'), client.getDataAndWatch('/a'), client.watch('/a/')];
    const codes = await Promise.all(
      watches.map(async (watch) => (await errorOf(watch, ZooKeeperError)).code),
    );
    expect(codes).toEqual(['Closed', 'Closed', 'BadArguments']);
    await confirmClose(peer);
    await closed;
    const recursive = [client.watch('/a'), client.watch('/a', { recursive: true })];
    for (const watch of recursive)
      expect((await errorOf(watch, ZooKeeperError)).code).toBe('Closed');
  });

  test('refuses them from the moment of the call on', async () => {
    const { client, peer } = await opened();
    const closed = client.close();
    expect(await errorOf(client.getData('/a'), ZooKeeperError)).toMatchObject({ code: 'Closed' });
    await confirmClose(peer);
    await closed;
    await eventually(() => client.state === 'ended', { timeoutMs: WAIT_MS });
  });
});
