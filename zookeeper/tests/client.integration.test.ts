import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { connect, type ZooKeeperClient } from '../client.ts';
import { digestAclId, digestAuth, permissions } from '../acl.ts';
import { ZooKeeperError } from '../errors.ts';
import { fourLetterWord, parseSrvr } from '../four-letter-word.ts';
import { MultiError } from '../multi-error.ts';
import type { ConnectOptions } from '../options.ts';
import { statFields } from '../stat.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';

const START_TIMEOUT_MS = 600_000;
const missing = { code: 'NoNode', serverCode: -101 } as const;

let server: ZooKeeperServer;
let client: ZooKeeperClient;
let root: string;
let roots = 0;

beforeAll(async () => {
  server = await startZooKeeperServer({ extraConfig: { extendedTypesEnabled: 'true' } });
  client = await open();
}, START_TIMEOUT_MS);

afterAll(async () => {
  await client.close();
  await server.stop();
});

/** A subtree of its own for each test. */
beforeEach(async () => {
  root = `/test-${roots++}`;
  await client.create(root, null);
});

function open(options: Partial<ConnectOptions> = {}): Promise<ZooKeeperClient> {
  return connect({ servers: [server.address], ...options });
}

async function errorOf(promise: Promise<unknown>): Promise<ZooKeeperError> {
  const error: unknown = await promise.then(
    () => 'no error',
    (reason: unknown) => reason,
  );
  if (error instanceof ZooKeeperError) return error;
  throw new Error(`expected a ZooKeeperError, got ${String(error)}`);
}

describe('single operations', () => {
  test('null and empty data stay two different things', async () => {
    await client.create(`${root}/null`, null);
    await client.create(`${root}/empty`, Buffer.alloc(0));
    expect((await client.getData(`${root}/null`)).data).toBeNull();
    expect((await client.getData(`${root}/empty`)).data).toEqual(Buffer.alloc(0));
    await client.setData(`${root}/empty`, null);
    expect((await client.getData(`${root}/empty`)).data).toBeNull();
  });

  test('data and Stat come back as they were written', async () => {
    const data = Buffer.from([0, 1, 0xff]);
    const { stat: created } = await client.create(`${root}/a`, data, { withStat: true });
    const changed = await client.setData(`${root}/a`, Buffer.from('new'));
    const { data: read, stat } = await client.getData(`${root}/a`);
    expect(read?.toString()).toBe('new');
    expect(statFields(stat)).toEqual(statFields(changed));
    expect(stat).toMatchObject({ version: 1, dataLength: 3, czxid: created?.czxid });
    expect(stat.mzxid).toBeGreaterThan(stat.czxid);
  });

  test('exists answers a Stat or null', async () => {
    expect((await client.exists(root))?.numChildren).toBe(0);
    expect(await client.exists(`${root}/none`)).toBeNull();
  });

  test('children are names', async () => {
    await Promise.all(['b', 'a', 'ü'].map((name) => client.create(`${root}/${name}`, null)));
    const { children, stat } = await client.getChildren(root);
    expect(children.sort()).toEqual(['a', 'b', 'ü']);
    expect(stat.numChildren).toBe(3);
  });

  test('a version that does not match refuses the change', async () => {
    await client.setData(root, Buffer.from('x'), 0);
    expect(await errorOf(client.setData(root, null, 0))).toMatchObject({
      code: 'BadVersion',
      operation: 'setData',
      path: root,
      isRetryable: false,
    });
    expect(await errorOf(client.delete(root, 7))).toMatchObject({ code: 'BadVersion' });
    await client.delete(root, 1);
    expect(await client.exists(root)).toBeNull();
  });

  test('what does not exist and what exists already is told', async () => {
    const none = `${root}/none`;
    expect(await errorOf(client.getData(none))).toMatchObject({ ...missing, path: none });
    expect(await errorOf(client.delete(none))).toMatchObject(missing);
    expect(await errorOf(client.create(`${none}/x`, null))).toMatchObject(missing);
    expect(await errorOf(client.create(root, null))).toMatchObject({ code: 'NodeExists' });
    await client.create(`${root}/a`, null);
    expect(await errorOf(client.delete(root))).toMatchObject({ code: 'NotEmpty' });
  });

  test('sequential znodes get the numbers of the server', async () => {
    const mode = 'persistentSequential';
    const created = [1, 2].map(() => client.create(`${root}/s-`, null, { mode }));
    expect((await Promise.all(created)).map(({ path }) => path)).toEqual([
      `${root}/s-0000000000`,
      `${root}/s-0000000001`,
    ]);
  });

  test('ephemeral znodes belong to the session and go with it', async () => {
    const other = await open();
    const { stat } = await other.create(`${root}/e`, null, { mode: 'ephemeral', withStat: true });
    expect(stat?.ephemeralOwner).toBe(other.sessionId);
    expect(await other.getEphemerals(root)).toEqual([`${root}/e`]);
    await other.close();
    await client.sync(root);
    expect(await client.exists(`${root}/e`)).toBeNull();
  });

  test('containers and znodes with a time to live look like persistent ones', async () => {
    const container = await client.create(`${root}/c`, null, { mode: 'container' });
    const ttl = await client.create(`${root}/t`, null, { mode: { ttlMs: 60_000 } });
    const numbered = { ttlMs: 60_000, sequential: true };
    const sequential = await client.create(`${root}/t-`, null, { mode: numbered });
    expect([container, ttl, sequential].map(({ stat }) => stat?.ephemeralOwner)).toEqual([
      0n,
      0n,
      0n,
    ]);
    expect(sequential.path).toBe(`${root}/t-0000000002`);
  });

  test('ACLs are read, changed with their version, and obeyed', async () => {
    const owner = await open({ auth: [digestAuth('owner', 'secret')] });
    const id = digestAclId('owner', 'secret');
    const acl = [{ permissions: permissions.all, scheme: 'digest', id }];
    await owner.create(`${root}/p`, Buffer.from('x'), { acl });
    expect((await owner.getAcl(`${root}/p`)).acl).toEqual(acl);
    expect(await errorOf(client.getData(`${root}/p`))).toMatchObject({ code: 'NoAuth' });
    const readable = [...acl, { permissions: permissions.read, scheme: 'world', id: 'anyone' }];
    expect(await errorOf(owner.setAcl(`${root}/p`, readable, 5))).toMatchObject({
      code: 'BadVersion',
    });
    const stat = await owner.setAcl(`${root}/p`, readable, 0);
    expect(stat.aversion).toBe(1);
    expect((await client.getData(`${root}/p`)).data?.toString()).toBe('x');
    expect(await errorOf(client.setAcl(root, []))).toMatchObject({ code: 'InvalidAcl' });
    await owner.close();
  });

  test('identities can be added and asked for', async () => {
    const other = await open({ auth: [digestAuth('one', '1')] });
    await other.addAuth(digestAuth('two', '2'));
    const ids = (await other.whoAmI()).filter(({ scheme }) => scheme === 'digest');
    expect(ids.map(({ id }) => id).sort()).toEqual(['one', 'two']);
    await other.close();
  });

  test('sync answers the zxid that the server has reached', async () => {
    const stat = await client.setData(root, null);
    const { zxid } = await client.sync('/');
    expect(zxid).toBe(stat.mzxid);
    expect(client.lastZxid).toBe(zxid);
  });

  test('descendants are counted', async () => {
    await client.create(`${root}/a`, null);
    await client.create(`${root}/a/b`, null);
    expect(await client.getAllChildrenNumber(root)).toBe(2);
  });

  test('calls take effect in the order in which they are made', async () => {
    const writes = Array.from({ length: 3_000 }, (_, n) =>
      client.setData(root, Buffer.from(`${n}`)),
    );
    const reads = client.getData(root);
    const versions = (await Promise.all(writes)).map(({ version }) => version);
    expect(versions).toEqual(Array.from({ length: 3_000 }, (_, n) => n + 1));
    expect((await reads).data?.toString()).toBe('2999');
  });

  test('a request above the packet limit is refused here, one just below passes', async () => {
    const limit = 0xfffff;
    expect(await errorOf(client.setData(root, Buffer.alloc(limit)))).toMatchObject({
      code: 'PacketTooLarge',
      path: root,
      isOutcomeUnknown: false,
    });
    const overhead = 8 + 4 + root.length + 4 + 4;
    const { dataLength } = await client.setData(root, Buffer.alloc(limit - overhead, 'x'));
    expect(dataLength).toBe(limit - overhead);
    expect((await client.getData(root)).data).toHaveLength(dataLength);
  });

  test('a path that no server accepts is refused here with its reason', async () => {
    const error = await errorOf(client.create(`${root}/a//b`, null));
    expect(error).toMatchObject({ code: 'BadArguments', path: `${root}/a//b` });
    expect(error.message).toContain('empty segment');
  });
});

describe('multi', () => {
  test('does all its steps', async () => {
    await client.create(`${root}/old`, null);
    const { zxid, results } = await client.multi([
      { type: 'create', path: `${root}/a`, data: Buffer.from('1') },
      { type: 'create', path: `${root}/b`, data: null, withStat: true },
      { type: 'create', path: `${root}/c`, data: null, mode: 'container' },
      { type: 'create', path: `${root}/s-`, data: null, mode: 'persistentSequential' },
      { type: 'setData', path: root, data: Buffer.from('x'), version: 0 },
      { type: 'check', path: `${root}/a`, version: 0 },
      { type: 'delete', path: `${root}/old` },
    ]);
    expect(results.map((result) => (result.type === 'create' ? result.path : result.type))).toEqual(
      [`${root}/a`, `${root}/b`, `${root}/c`, `${root}/s-0000000004`, 'setData', 'check', 'delete'],
    );
    const [first, second] = results;
    expect(first).toMatchObject({ stat: null });
    expect(second?.type === 'create' && second.stat).toMatchObject({ version: 0, czxid: zxid });
    expect((await client.getChildren(root)).children.sort()).toEqual([
      'a',
      'b',
      'c',
      's-0000000004',
    ]);
  });

  test('does nothing when a step fails, and tells which', async () => {
    const error = await errorOf(
      client.multi([
        { type: 'create', path: `${root}/a`, data: null },
        { type: 'delete', path: `${root}/none` },
        { type: 'setData', path: root, data: null },
      ]),
    );
    expect(error).toBeInstanceOf(MultiError);
    expect(error).toMatchObject({
      ...missing,
      index: 1,
      path: `${root}/none`,
      operation: 'multi',
      isOutcomeUnknown: false,
      results: [
        { type: 'undone' },
        { type: 'error', code: 'NoNode' },
        { type: 'error', serverCode: -2 },
      ],
    });
    expect(await client.exists(`${root}/a`)).toBeNull();
  });

  test('of no steps is legal', async () => {
    expect((await client.multi([])).results).toEqual([]);
  });

  test('larger than a packet is refused before anything is sent', async () => {
    const data = Buffer.alloc(600_000);
    const ops = ['a', 'b'].map(
      (name) => ({ type: 'create', path: `${root}/${name}`, data }) as const,
    );
    expect(await errorOf(client.multi(ops))).toMatchObject({ code: 'PacketTooLarge' });
    expect(await client.exists(`${root}/a`)).toBeNull();
  });

  test('reads many znodes, each with its own success', async () => {
    await client.create(`${root}/a`, Buffer.from('1'));
    await client.create(`${root}/n`, null);
    const { zxid, results } = await client.multiRead([
      { type: 'getData', path: `${root}/a` },
      { type: 'getData', path: `${root}/none` },
      { type: 'getData', path: `${root}/n` },
      { type: 'getChildren', path: root },
    ]);
    const [first, second, third, fourth] = results;
    expect(first?.type === 'getData' && first.data?.toString()).toBe('1');
    expect(first?.type === 'getData' && first.stat.dataLength).toBe(1);
    expect(second).toEqual({ type: 'error', ...missing });
    expect(third).toMatchObject({ type: 'getData', data: null });
    expect(fourth?.type === 'getChildren' && fourth.children.sort()).toEqual(['a', 'n']);
    expect(zxid).toBe(client.lastZxid);
  });

  test('reads answers far larger than a request may be', async () => {
    const data = Buffer.alloc(500_000, 'x');
    await client.create(`${root}/a`, data);
    const ops = Array.from({ length: 8 }, () => ({ type: 'getData', path: `${root}/a` }) as const);
    const { results } = await client.multiRead(ops);
    // Comparing megabytes is left to Buffer: jest would take half a minute.
    const isWhole = results.map((result) => result.type === 'getData' && result.data?.equals(data));
    expect(isWhole).toEqual(ops.map(() => true));
  });
});

describe('chroot', () => {
  test('all paths are below it, in requests and in answers', async () => {
    const inside = await open({ servers: [`${server.address}${root}`] });
    expect(await inside.create('/a', null)).toMatchObject({ path: '/a' });
    const ops = [{ type: 'create', path: '/b', data: null, mode: 'ephemeral' }] as const;
    expect((await inside.multi(ops)).results).toMatchObject([{ path: '/b' }]);
    expect((await inside.getChildren('/')).children.sort()).toEqual(['a', 'b']);
    expect(await inside.getEphemerals()).toEqual(['/b']);
    expect(await errorOf(inside.getData('/none'))).toMatchObject({ path: '/none' });
    expect(await client.exists(`${root}/b`)).not.toBeNull();
    const { results } = await inside.multiRead([{ type: 'getChildren', path: '/' }]);
    expect(results).toMatchObject([{ type: 'getChildren' }]);
    await inside.close();
  });
});

describe('the same ensemble', () => {
  test('knows a session that another server of it opened', async () => {
    const probe = await open();
    await probe.create(`${root}/e`, null, { mode: 'ephemeral' });
    const { sessionId, sessionPassword } = probe;
    const attached = await open({ attach: { sessionId, password: sessionPassword } });
    expect(attached.sessionId).toBe(sessionId);
    await attached.detach();
    expect(await client.exists(`${root}/e`)).not.toBeNull();
    await probe.close();
    expect(await client.exists(`${root}/e`)).toBeNull();
  });

  test('does not know a session of another ensemble, nor one with a wrong password', async () => {
    const password = Buffer.alloc(16, 1);
    const foreign = open({ attach: { sessionId: 0x7777_0000_0000_0001n, password } });
    expect(await errorOf(foreign)).toMatchObject({ code: 'SessionExpired' });
    const forged = open({ attach: { sessionId: client.sessionId, password } });
    expect(await errorOf(forged)).toMatchObject({ code: 'SessionExpired' });
    // The server drops the owner's connection before it looks at the password.
    const { sessionId } = client;
    await eventually(() => client.exists(root), { timeoutMs: 60_000 });
    expect(client.sessionId).toBe(sessionId);
  });
});

describe('a scheme that the server does not know', () => {
  test('is reported as failed authentication, at once', async () => {
    const auth = [{ scheme: 'bogus', credential: Buffer.from('x') }];
    expect(await errorOf(open({ auth }))).toMatchObject({ code: 'AuthFailed', serverCode: -115 });
  });
});

describe('srvr', () => {
  test('tells version and mode', async () => {
    const status = parseSrvr(await fourLetterWord(server.address, 'srvr'));
    expect(status).toMatchObject({ version: server.version, mode: 'standalone' });
  });
});
