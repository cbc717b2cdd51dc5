import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { creatorAllAcl, digestAuth } from '../acl.ts';
import { connect, type ZooKeeperClient } from '../client.ts';
import { fourLetterWord } from '../four-letter-word.ts';
import {
  eventsUntil,
  startFrameProxy,
  startZooKeeperServer,
  type ProxiedFrame,
  type ZooKeeperServer,
} from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';

const START_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 120_000;
const WAIT_MS = 30_000;
const NOTIFICATION_XID = -1;

describe.each([
  { version: '3.6.4', filtersByAcl: false },
  { version: '3.8.0', filtersByAcl: false },
  { version: '3.8.4', filtersByAcl: true },
  { version: '3.9.5', filtersByAcl: true },
])('watches of ZooKeeper $version', ({ version, filtersByAcl }) => {
  let server: ZooKeeperServer;
  let client: ZooKeeperClient;
  let other: ZooKeeperClient;
  let root: string;
  let roots = 0;

  beforeAll(async () => {
    server = await startZooKeeperServer({ version });
    client = await connect({ servers: [server.address] });
    other = await connect({ servers: [server.address], auth: [digestAuth('other', 'secret')] });
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await client.close();
    await other.close();
    await server.stop();
  });

  beforeEach(async () => {
    root = `/rules-${roots++}`;
    await other.create(root, null);
  });

  /** How many watches the server holds, over all sessions. */
  async function watchCount(): Promise<number> {
    const text = await fourLetterWord(server.address, 'wchs');
    return Number(/Total watches:(\d+)/.exec(text)?.[1]);
  }

  test('W1: an event comes before the first read that shows its change', async () => {
    await using watch = await client.watch(root);
    for (let version = 1; version <= 20; version++) {
      let isTold = false;
      const event = watch.next().then(() => {
        isTold = true;
      });
      void other.setData(root, Buffer.from(String(version)));
      const isNew = async (): Promise<boolean> => {
        const { stat } = await client.getData(root);
        return stat.version >= version;
      };
      while (!(await isNew()));
      expect(isTold).toBe(true);
      await event;
    }
  });

  test('W2: each consumer is told once, in whatever ways its path is watched', async () => {
    await using tree = await client.watch(root, { recursive: true });
    await using same = await client.watch(root, { recursive: true });
    await using node = await client.watch(`${root}/a`);
    await other.create(`${root}/a`, null);
    await other.create(`${root}/a/b`, null);
    await other.setData(`${root}/a`, Buffer.from('x'));
    await other.delete(`${root}/a/b`);
    await other.delete(`${root}/a`);
    const below = [
      ...[`created ${root}/a`, `created ${root}/a/b`, `dataChanged ${root}/a`],
      ...[`deleted ${root}/a/b`, `deleted ${root}/a`],
    ];
    const own = [
      ...[`created ${root}/a`, `childrenChanged ${root}/a`, `dataChanged ${root}/a`],
      ...[`childrenChanged ${root}/a`, `deleted ${root}/a`],
    ];
    expect(await eventsUntil(tree, `deleted ${root}/a`)).toEqual(below);
    expect(await eventsUntil(same, `deleted ${root}/a`)).toEqual(below);
    expect(await eventsUntil(node, `deleted ${root}/a`)).toEqual(own);
  });

  test(
    'W3: a connection that breaks between the events of one multi loses none of a one-shot watch',
    async () => {
      let isArmed = false;
      const judge = ({ direction, xid }: ProxiedFrame) => {
        if (!isArmed || direction === 'requests' || xid !== NOTIFICATION_XID) return 'pass';
        isArmed = false;
        return 'cutAfter';
      };
      const { host, port } = server;
      await using proxy = await startFrameProxy({ target: { host, port }, judge });
      const cut = await connect({ servers: [proxy.address] });
      const paths = ['a', 'b', 'c', 'd'].map((name) => `${root}/${name}`);
      await other.multi(paths.map((path) => ({ type: 'create', path, data: null }) as const));
      await cut.sync(root);
      await using tree = await cut.watch(root, { recursive: true });
      const watched = await Promise.all(paths.map((path) => cut.getDataAndWatch(path)));
      isArmed = true;
      await other.multi(paths.map((path) => ({ type: 'setData', path, data: null }) as const));
      const fired = await Promise.all(watched.map(({ watch }) => watch.fired));
      expect(fired.map(({ type, path }) => `${type} ${path}`)).toEqual(
        paths.map((path) => `dataChanged ${path}`),
      );
      expect(proxy.connectionCount).toBe(2);
      // A recursive watch cannot know what it missed, and says so.
      await eventsUntil(tree, 'reconnected');
      await cut.close();
    },
    TEST_TIMEOUT_MS,
  );

  test('W6: a one-shot watch where a persistent one is would end it before 3.9, so is refused', async () => {
    await using watch = await client.watch(root, { recursive: true });
    await expect(client.getDataAndWatch(root)).rejects.toMatchObject({ code: 'BadArguments' });
    await expect(client.watch(root)).rejects.toMatchObject({ code: 'BadArguments' });
    await client.getData(root);
    await client.exists(root);
    await other.create(`${root}/a`, null);
    expect(await eventsUntil(watch, `created ${root}/a`)).toEqual([`created ${root}/a`]);
  });

  test('W7: closing a watch while it fires harms nobody and leaves nothing behind', async () => {
    const before = await watchCount();
    const { sessionId } = client;
    for (let round = 0; round < 50; round++) {
      const watch = await client.watch(root);
      const { watch: once } = await client.existsAndWatch(`${root}/none`);
      const writes = [other.setData(root, null), other.create(`${root}/none`, null)];
      if (round % 2 === 0) await writes[0];
      watch.close();
      once.cancel();
      await Promise.all(writes);
      expect(await watch.next()).toMatchObject({ done: true });
      await other.delete(`${root}/none`);
    }
    await client.sync(root);
    await eventually(async () => (await watchCount()) === before, { timeoutMs: WAIT_MS });
    expect([client.state, client.sessionId]).toEqual(['connected', sessionId]);
  });

  test('W8: what the watcher may not read is not told, where the server sees to it', async () => {
    await using watch = await client.watch(root, { recursive: true });
    await other.create(`${root}/secret`, null, { acl: creatorAllAcl });
    await other.setData(`${root}/secret`, Buffer.from('x'));
    await other.create(`${root}/public`, null);
    const told = await eventsUntil(watch, `created ${root}/public`);
    const secret = [`created ${root}/secret`, `dataChanged ${root}/secret`];
    expect(told).toEqual([...(filtersByAcl ? [] : secret), `created ${root}/public`]);
  });
});
