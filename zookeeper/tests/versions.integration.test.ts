import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { digestAuth } from '../acl.ts';
import { connect, type ZooKeeperClient } from '../client.ts';
import { ZooKeeperError } from '../errors.ts';
import { fourLetterWord, parseSrvr } from '../four-letter-word.ts';
import { MultiError } from '../multi-error.ts';
import { errorOf, startZooKeeperServer, type ZooKeeperServer } from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';

const START_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 120_000;

/** What a release knows; `statInMulti`: create2 keeps its Stat inside a multi (ZOOKEEPER-4026). */
interface Release {
  version: string;
  createWithStat: boolean;
  containers: boolean;
  statInMulti: boolean;
  multiRead: boolean;
  whoAmI: boolean;
}

const none = {
  ...{ createWithStat: false, containers: false, statInMulti: false },
  ...{ multiRead: false, whoAmI: false },
};
const since35 = { ...none, createWithStat: true, containers: true };
const since36 = { ...since35, multiRead: true };
const since37 = { ...since36, whoAmI: true };

const releases: readonly Release[] = [
  { version: '3.4.14', ...none },
  { version: '3.5.10', ...since35 },
  { version: '3.6.4', ...since36 },
  { version: '3.8.0', ...since37 },
  { version: '3.8.4', ...since37, statInMulti: true },
  { version: '3.9.5', ...since37, statInMulti: true },
];

describe.each(releases)('ZooKeeper $version', (release) => {
  let server: ZooKeeperServer;
  let client: ZooKeeperClient;
  let root: string;
  let roots = 0;

  beforeAll(async () => {
    server = await startZooKeeperServer({
      version: release.version,
      extraConfig: { extendedTypesEnabled: 'true' },
    });
    client = await connect({ servers: [server.address] });
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await client.close();
    await server.stop();
  });

  beforeEach(async () => {
    root = `/test-${roots++}`;
    await client.create(root, Buffer.from('1'));
  });

  /** What this release does not know is refused and costs the connection, not the session. */
  async function expectKnown(isKnown: boolean, call: Promise<unknown>): Promise<void> {
    const { sessionId } = client;
    const outcome = await call.then(
      () => 'known',
      (error: ZooKeeperError) => error.code,
    );
    expect(outcome).toBe(isKnown ? 'known' : 'Unimplemented');
    await eventually(() => client.state === 'connected', { timeoutMs: 60_000 });
    expect(await client.exists('/')).not.toBeNull();
    expect(client.sessionId).toBe(sessionId);
  }

  test('says which release it is', async () => {
    const { version } = parseSrvr(await fourLetterWord(server.address, 'srvr'));
    expect(version).toBe(release.version);
  });

  test('tells null data from empty data', async () => {
    await client.create(`${root}/null`, null);
    await client.create(`${root}/empty`, Buffer.alloc(0));
    expect((await client.getData(`${root}/null`)).data).toBeNull();
    expect((await client.getData(`${root}/empty`)).data).toEqual(Buffer.alloc(0));
  });

  test('answers sync with the zxid of the last write', async () => {
    const { mzxid } = await client.setData(root, null);
    expect((await client.sync('/')).zxid).toBe(mzxid);
    expect(client.lastZxid).toBe(mzxid);
  });

  test('counts failed writes among its transactions', async () => {
    const before = client.lastZxid;
    expect(await errorOf(client.delete(`${root}/none`), ZooKeeperError)).toMatchObject({
      code: 'NoNode',
    });
    expect(client.lastZxid).toBeGreaterThan(before);
  });

  test('loses one connection, no session, over requests that it does not know', async () => {
    const { createWithStat, containers, multiRead, whoAmI } = release;
    await expectKnown(createWithStat, client.create(`${root}/s`, null, { withStat: true }));
    await expectKnown(containers, client.create(`${root}/c`, null, { mode: 'container' }));
    await expectKnown(containers, client.create(`${root}/t`, null, { mode: { ttlMs: 60_000 } }));
    await expectKnown(multiRead, client.multiRead([{ type: 'getData', path: root }]));
    await expectKnown(multiRead, client.getEphemerals());
    await expectKnown(multiRead, client.getAllChildrenNumber(root));
    await expectKnown(whoAmI, client.whoAmI());
  });

  test('does every step of a multi that it knows', async () => {
    await client.create(`${root}/old`, null);
    const { zxid, results } = await client.multi([
      { type: 'create', path: `${root}/a`, data: Buffer.from('a') },
      { type: 'create', path: `${root}/s-`, data: null, mode: 'persistentSequential' },
      { type: 'create', path: `${root}/e`, data: null, mode: 'ephemeral' },
      { type: 'setData', path: root, data: Buffer.from('2'), version: 0 },
      { type: 'check', path: `${root}/a`, version: 0 },
      { type: 'delete', path: `${root}/old` },
    ]);
    expect(results).toMatchObject([
      { type: 'create', path: `${root}/a`, stat: null },
      { type: 'create', path: `${root}/s-0000000002`, stat: null },
      { type: 'create', path: `${root}/e`, stat: null },
      { type: 'setData', stat: { version: 1, mzxid: zxid } },
      { type: 'check' },
      { type: 'delete' },
    ]);
    expect(await client.exists(`${root}/a`)).toMatchObject({ czxid: zxid });
    const { children } = await client.getChildren(root);
    expect(children.sort()).toEqual(['a', 'e', 's-0000000002']);
    const checked = await client.multi([{ type: 'check', path: root, version: 1 }]);
    expect(checked.results).toEqual([{ type: 'check' }]);
  });

  test('answers the newer creates of a multi, whichever way it does', async () => {
    if (!release.createWithStat) return;
    const { results } = await client.multi([
      { type: 'create', path: `${root}/s`, data: null, withStat: true },
      { type: 'create', path: `${root}/c`, data: null, mode: 'container' },
      { type: 'create', path: `${root}/t`, data: null, mode: { ttlMs: 60_000 } },
    ]);
    const [withStat, container, ttl] = results.map((result) =>
      result.type === 'create' ? [result.path, result.stat?.version] : [],
    );
    expect(withStat).toEqual([`${root}/s`, release.statInMulti ? 0 : undefined]);
    expect(container?.[0]).toBe(`${root}/c`);
    expect(ttl?.[0]).toBe(`${root}/t`);
  });

  test('undoes a multi of which one step fails, and the client names that step', async () => {
    const multi = client.multi([
      { type: 'setData', path: root, data: Buffer.from('x') },
      { type: 'create', path: `${root}/a`, data: null },
      { type: 'check', path: root, version: 77 },
      { type: 'delete', path: root },
      { type: 'delete', path: `${root}/none` },
    ]);
    expect(await errorOf(multi, MultiError)).toMatchObject({
      ...{ code: 'BadVersion', index: 2, path: root, isOutcomeUnknown: false },
      results: [
        { type: 'undone' },
        { type: 'undone' },
        { type: 'error', code: 'BadVersion' },
        { type: 'error', serverCode: -2 },
        { type: 'error', serverCode: -2 },
      ],
    });
    expect((await client.getData(root)).data?.toString()).toBe('1');
    expect(await client.exists(`${root}/a`)).toBeNull();
  });

  test('has nothing against a multi of nothing', async () => {
    expect((await client.multi([])).results).toEqual([]);
    if (release.multiRead) expect((await client.multiRead([])).results).toEqual([]);
  });

  test('answers the reads of a multiRead each for itself', async () => {
    if (!release.multiRead) return;
    const { results } = await client.multiRead([
      { type: 'getData', path: `${root}/none` },
      { type: 'getData', path: root },
      { type: 'getChildren', path: `${root}/none` },
    ]);
    expect(results).toMatchObject([
      { type: 'error', code: 'NoNode' },
      { type: 'getData', data: Buffer.from('1') },
      { type: 'error', code: 'NoNode' },
    ]);
  });

  test(
    'takes identities between pipelined writes, whose answers they overtake',
    async () => {
      const writer = await connect({ servers: [server.address] });
      const calls: Promise<unknown>[] = [];
      for (let round = 0; round < 20; round++) {
        for (let n = 0; n < 25; n++) calls.push(writer.setData(root, Buffer.from(`${round}.${n}`)));
        calls.push(writer.addAuth(digestAuth(`user${round}`, 'secret')));
      }
      const last = writer.getData(root);
      await Promise.all(calls);
      expect((await last).data?.toString()).toBe('19.24');
      expect((await last).stat.version).toBe(500);
      if (release.whoAmI) expect(await writer.whoAmI()).toHaveLength(21);
      await writer.close();
    },
    TEST_TIMEOUT_MS,
  );

  test('does not give a session to somebody with a wrong password', async () => {
    const { sessionId } = await connectAndDetach();
    const attach = { sessionId, password: Buffer.alloc(16, 7) };
    const forged = connect({ servers: [server.address], attach });
    expect(await errorOf(forged, ZooKeeperError)).toMatchObject({ code: 'SessionExpired' });
  });

  test('gives a session to whoever knows it', async () => {
    const { sessionId, sessionPassword: password } = await connectAndDetach();
    const heir = await connect({ servers: [server.address], attach: { sessionId, password } });
    expect(heir.sessionId).toBe(sessionId);
    await heir.close();
  });

  async function connectAndDetach(): Promise<ZooKeeperClient> {
    const other = await connect({ servers: [server.address] });
    await other.detach();
    return other;
  }
});
