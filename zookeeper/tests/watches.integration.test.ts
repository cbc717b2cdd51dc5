import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connect, type ZooKeeperClient } from '../client.ts';
import { fourLetterWord } from '../four-letter-word.ts';
import {
  eventsUntil,
  startFaultProxy,
  startZooKeeperServer,
  type FaultProxy,
  type ZooKeeperServer,
} from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';

const START_TIMEOUT_MS = 600_000;

let server: ZooKeeperServer;
let client: ZooKeeperClient;
let other: ZooKeeperClient;
let root: string;
let roots = 0;

/** How many watches the server holds, over all sessions. */
async function watchCount(): Promise<number> {
  const text = await fourLetterWord(server.address, 'wchs');
  return Number(/Total watches:(\d+)/.exec(text)?.[1]);
}

/** A client whose connections the test can cut. */
async function cuttable(): Promise<{ proxy: FaultProxy; cut: ZooKeeperClient }> {
  const { host, port } = server;
  const proxy = await startFaultProxy({ target: { host, port }, plan: () => null });
  return { proxy, cut: await connect({ servers: [proxy.address] }) };
}

function useServer(version: string): void {
  beforeAll(async () => {
    server = await startZooKeeperServer({ version });
    client = await connect({ servers: [server.address] });
    other = await connect({ servers: [server.address] });
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await client.close();
    await other.close();
    await server.stop();
  });

  beforeEach(async () => {
    root = `/watch-${roots++}`;
    await other.create(root, null);
  });
}

describe.each(['3.6.4', '3.8.4', '3.9.5'])('a watch on ZooKeeper %s', (version) => {
  useServer(version);

  test('tells of everything in a subtree, each change once and in order', async () => {
    const watch = await client.watch(root, { recursive: true });
    await other.create(`${root}/a`, null);
    await other.create(`${root}/a/b`, null);
    await other.setData(`${root}/a/b`, Buffer.from('x'));
    await other.delete(`${root}/a/b`);
    await other.setData(root, null);
    expect(await eventsUntil(watch, `dataChanged ${root}`)).toEqual([
      `created ${root}/a`,
      `created ${root}/a/b`,
      `dataChanged ${root}/a/b`,
      `deleted ${root}/a/b`,
      `dataChanged ${root}`,
    ]);
    watch.close();
  });

  test('carries the zxid of the change where the server tells it', async () => {
    const watch = await client.watch(root);
    const { mzxid } = await other.setData(root, null);
    const zxid = version.startsWith('3.9') ? mzxid : null;
    expect((await watch.next()).value).toEqual({ type: 'dataChanged', path: root, zxid });
    watch.close();
  });

  test('of one znode tells of it and of its list of children, nothing deeper', async () => {
    const watch = await client.watch(root);
    await other.create(`${root}/a`, null);
    await other.create(`${root}/a/b`, null);
    await other.delete(`${root}/a/b`);
    await other.delete(`${root}/a`);
    await other.delete(root);
    expect(await eventsUntil(watch, `deleted ${root}`)).toEqual([
      `childrenChanged ${root}`,
      `childrenChanged ${root}`,
      `deleted ${root}`,
    ]);
    watch.close();
  });

  test('is taken off the server with its last consumer; leaving the loop is enough', async () => {
    const before = await watchCount();
    const first = await client.watch(root, { recursive: true });
    const second = await client.watch(root, { recursive: true });
    first.close();
    await other.create(`${root}/a`, null);
    for await (const event of second) {
      expect(event).toMatchObject({ type: 'created', path: `${root}/a` });
      break;
    }
    await client.sync(root);
    expect(await watchCount()).toBe(before);
    expect(await second.next()).toEqual({ done: true, value: undefined });
  });

  test('is armed again on the next connection, and says that changes may have been missed', async () => {
    const { proxy, cut } = await cuttable();
    const recursive = await cut.watch(root, { recursive: true });
    const persistent = await cut.watch('/');
    proxy.cut();
    expect(await eventsUntil(recursive, 'reconnected')).toEqual(['reconnected']);
    expect(await eventsUntil(persistent, 'reconnected')).toEqual(['reconnected']);
    await other.create(`${root}/later`, null);
    await other.create(`${root}-later`, null);
    expect(await eventsUntil(recursive, `created ${root}/later`)).toHaveLength(1);
    expect(await eventsUntil(persistent, 'childrenChanged /')).toHaveLength(1);
    await cut.close();
    await proxy.close();
  });

  test('is armed again however many paths there are', async () => {
    const { proxy, cut } = await cuttable();
    const paths = Array.from({ length: 2_000 }, (_, n) => `${root}/${'x'.repeat(150)}-${n}`);
    const watches = await Promise.all(paths.map((path) => cut.watch(path)));
    proxy.cut();
    await Promise.all(watches.map((watch) => eventsUntil(watch, 'reconnected')));
    await Promise.all(paths.map((path) => other.create(path, null)));
    await Promise.all(watches.map((watch, n) => eventsUntil(watch, `created ${paths[n] ?? ''}`)));
    await cut.close();
    await proxy.close();
  });

  test('below a chroot tells of paths as the client names them', async () => {
    const inside = await connect({ servers: [`${server.address}${root}`] });
    const watch = await inside.watch('/', { recursive: true });
    await other.create(`${root}/a`, null);
    await other.setData(root, null);
    expect(await eventsUntil(watch, 'dataChanged /')).toEqual(['created /a', 'dataChanged /']);
    await inside.close();
    expect((await watch.next()).done).toBe(true);
  });

  test('ends with Aborted when its signal aborts, and is taken off the server', async () => {
    const before = await watchCount();
    const controller = new AbortController();
    const watch = await client.watch(root, { signal: controller.signal });
    const waiting = watch.next();
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'Aborted' });
    await client.sync(root);
    expect(await watchCount()).toBe(before);
  });
});

describe.each(['3.4.14', '3.9.5'])('a one-shot watch on ZooKeeper %s', (version) => {
  useServer(version);

  test('fires for the first change after the read, once', async () => {
    const data = await client.getDataAndWatch(root);
    const children = await client.getChildrenAndWatch(root);
    const missing = await client.existsAndWatch(`${root}/a`);
    expect([data.stat.version, children.children, missing.stat]).toEqual([0, [], null]);
    await other.setData(root, Buffer.from('x'));
    await other.create(`${root}/a`, null);
    expect(await data.watch.fired).toMatchObject({ type: 'dataChanged', path: root });
    expect(await children.watch.fired).toMatchObject({ type: 'childrenChanged', path: root });
    expect(await missing.watch.fired).toMatchObject({ type: 'created', path: `${root}/a` });
  });

  test('tells of what changed while there was no connection', async () => {
    const { proxy, cut } = await cuttable();
    const data = await cut.getDataAndWatch(root);
    const missing = await cut.existsAndWatch(`${root}/a`);
    const quiet = await cut.existsAndWatch(`${root}/b`);
    proxy.stall();
    await other.setData(root, Buffer.from('x'));
    await other.create(`${root}/a`, null);
    proxy.cut();
    proxy.resume();
    expect(await data.watch.fired).toMatchObject({ type: 'dataChanged', path: root });
    expect(await missing.watch.fired).toMatchObject({ type: 'created', path: `${root}/a` });
    await eventually(() => cut.state === 'connected', { timeoutMs: 60_000 });
    await other.create(`${root}/b`, null);
    expect(await quiet.watch.fired).toMatchObject({ type: 'created', path: `${root}/b` });
    await cut.close();
    await proxy.close();
  });

  test('is not left behind by a read that fails', async () => {
    await expect(client.getDataAndWatch(`${root}/none`)).rejects.toMatchObject({ code: 'NoNode' });
    if (version !== '3.4.14') (await client.watch(`${root}/none`)).close();
  });
});

describe('a server that knows no persistent watches', () => {
  useServer('3.4.14');

  test('says so, and the session goes on', async () => {
    const { sessionId } = client;
    await expect(client.watch(root)).rejects.toMatchObject({ code: 'Unimplemented', path: root });
    expect(await client.exists(root)).not.toBeNull();
    expect(client.sessionId).toBe(sessionId);
  });
});
