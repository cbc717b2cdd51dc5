import { describe, expect, jest, test } from '@jest/globals';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import { CONTROL_ROOT } from '../../api/znode-path.ts';
import { digestAclId, permissions, type Acl, type ZooKeeperClient } from '../../zookeeper/index.ts';
import { startZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { controlDir, WITNESS_PREFIX } from '../storage/control-tree.ts';
import { runSynchronize, startWorker, type WorkerExit } from '../testing/run-worker.ts';
import {
  argumentsWith,
  destination,
  destinationServer,
  root,
  secret,
  source,
  sourceServer,
  synchronize,
  useTwoClusters,
} from '../testing/two-clusters.ts';
import { open, put, putMany, snapshot, zxids } from '../testing/znodes.ts';

jest.setTimeout(120_000);
useTwoClusters();

const proved = { proved: true, reason: 'WitnessFound' };
const notProved = (reason: string) => ({ proved: false, reason });

const as = (side: 'source' | 'destination', user: string): Partial<SynchronizeArguments> => ({
  [`${side}CredentialsDir`]: secret({ user, password: user }),
  [`${side}Authentication`]: 'Digest',
});

const all = (user: string): Acl => ({
  permissions: permissions.all,
  scheme: 'digest',
  id: digestAclId(user, user),
});

/** Witnesses of the root at a side. */
async function witnesses(client: ZooKeeperClient, of = root): Promise<string[]> {
  if ((await client.exists(CONTROL_ROOT)) === null) return [];
  const { children } = await client.getChildren(CONTROL_ROOT);
  const paths = children
    .filter((name) => name.startsWith(WITNESS_PREFIX))
    .map((name) => `${CONTROL_ROOT}/${name}`);
  const about = await Promise.all(paths.map((path) => client.getData(path)));
  return paths.filter((_, index) => {
    const content = JSON.parse(String(about[index]?.data)) as { readonly root: string };
    return content.root === of;
  });
}

async function run(command: string, args: Partial<SynchronizeArguments>): Promise<WorkerExit> {
  const [, ...words] = synchronizeCommandLine(argumentsWith(args));
  return await (
    await startWorker([command, ...words])
  ).exited;
}

async function forget(args: readonly string[]): Promise<WorkerExit> {
  const words = [`--destination-servers=${destinationServer.address}`, `--root-path=${root}`];
  return await (
    await startWorker(['forget', ...words, ...args])
  ).exited;
}

describe('the witness at the source', () => {
  test('proves its history to the next run, which writes nothing to either tree', async () => {
    await put(source, { [`${root}/a`]: 'a' });
    const first = await synchronize();
    expect(first.result).toMatchObject({ sourceHistory: notProved('NoMemo'), settled: true });
    const before = await Promise.all([zxids(source, root), zxids(destination, root)]);
    const { result } = await synchronize();
    expect(result?.sourceHistory).toEqual(proved);
    expect(result?.aclsVerifiedTime).toBe(result?.source?.time);
    expect(await Promise.all([zxids(source, root), zxids(destination, root)])).toEqual(before);
    const [path = '', ...others] = await witnesses(source);
    expect(others).toEqual([]);
    const { data, stat } = await source.getData(path);
    const copiedTo = destinationServer.address + root;
    expect(JSON.parse(String(data))).toEqual({
      nonce: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
      root,
      copiedTo,
    });
    expect({ ephemerals: stat.numChildren }).toEqual({ ephemerals: 0 });
  });

  test.each(['diff', 'synchronize'])('is not left by what writes nothing: %s', async (command) => {
    await put(source, { [`${root}/a`]: 'a' });
    await put(destination, { [`${root}/a`]: 'a' });
    const { code, result } = await run(command, { dryRun: command === 'synchronize' });
    expect(code).toBe(0);
    expect(result ?? {}).not.toHaveProperty('sourceHistory');
    expect(result ?? {}).not.toHaveProperty('aclsVerifiedTime');
    expect(await witnesses(source)).toEqual([]);
  });

  test('is not left where that is turned off: all lists are read, run after run', async () => {
    await put(source, { [`${root}/a`]: 'a' });
    for (let runs = 0; runs < 2; runs += 1) {
      const { code, result } = await synchronize({ sourceWitness: 'Never' });
      expect({ code, history: result?.sourceHistory }).toEqual({
        code: 0,
        history: notProved('TurnedOff'),
      });
    }
    expect(await witnesses(source)).toEqual([]);
  });

  test('is not left by a run that carries no lists', async () => {
    await put(source, { [`${root}/a`]: 'a' });
    const { result } = await synchronize({ preserveAcls: false });
    expect(result).not.toHaveProperty('sourceHistory');
    expect(await witnesses(source)).toEqual([]);
  });

  test('that somebody removed, or wrote to, proves nothing until the next one', async () => {
    await put(source, { [`${root}/a`]: 'a' });
    await synchronize();
    const [path = ''] = await witnesses(source);
    const { data } = await source.getData(path);
    await source.setData(path, data);
    expect((await synchronize()).result?.sourceHistory).toEqual(notProved('WitnessChanged'));
    expect((await synchronize()).result?.sourceHistory).toEqual(proved);
    await source.delete(path);
    expect((await synchronize()).result?.sourceHistory).toEqual(notProved('WitnessChanged'));
    expect((await synchronize()).result?.sourceHistory).toEqual(proved);
  });

  test('is one for each destination', async () => {
    await using third = await startZooKeeperServer();
    await put(source, { [`${root}/a`]: 'a' });
    const other = { destinationServers: [third.address] };
    for (const each of [{}, other, {}, other]) await synchronize(each);
    for (const each of [{}, other]) {
      expect((await synchronize(each)).result?.sourceHistory).toEqual(proved);
    }
    expect(await witnesses(source)).toHaveLength(2);
  });

  test('stays that of the last run that ended well', async () => {
    await putMany(source, `${root}/many`, { count: 2_000, data: 'x' });
    const args = { destinationSessionTimeoutSeconds: 4, sourceSessionTimeoutSeconds: 4 };
    await synchronize(args);
    await putMany(source, `${root}/more`, { count: 2_000, data: 'x' });
    const slow = argumentsWith({ ...args, writesPerSecond: 500 });
    const worker = await startWorker(synchronizeCommandLine(slow));
    await worker.logged('guards passed');
    worker.kill('SIGKILL');
    await worker.exited;
    const { code, result } = await synchronize(args);
    expect({ code, history: result?.sourceHistory }).toEqual({ code: 0, history: proved });
  });

  test('moves along when the destination is reached by other names', async () => {
    await put(source, { [`${root}/a`]: 'a' });
    await synchronize();
    const [before = ''] = await witnesses(source);
    const { port } = destinationServer;
    const other = { destinationServers: [`localhost:${port}`] };
    expect((await synchronize(other)).result?.sourceHistory).toEqual(proved);
    expect(await witnesses(source)).not.toContain(before);
    expect(await witnesses(source)).toHaveLength(1);
    expect((await synchronize(other)).result?.sourceHistory).toEqual(proved);
  });

  test('stands at the top of the ensemble, below no chroot, and is not copied', async () => {
    const chroot = `${root}-chroot`;
    await put(source, { [`${chroot}/app/a`]: 'a' });
    const args = { sourceServers: [sourceServer.address + chroot], rootPath: '/app' };
    await synchronize(args);
    expect((await synchronize(args)).result?.sourceHistory).toEqual(proved);
    expect(await witnesses(source, `${chroot}/app`)).toHaveLength(1);
    expect(await source.exists(chroot + CONTROL_ROOT)).toBeNull();
  });
});

describe('the witness of a whole ensemble', () => {
  test('does not unsettle it, is not copied, and proves which ensemble it is', async () => {
    await using from = await startZooKeeperServer();
    await using to = await startZooKeeperServer();
    await using client = await open(from);
    await put(client, { '/a/b': 'b' });
    const args = {
      sourceServers: [from.address],
      destinationServers: [to.address],
      rootPath: '/',
    };
    const first = await runSynchronize(args);
    expect(first.result).toMatchObject({ outcome: 'Success', settled: true });
    const { result } = await runSynchronize(args);
    expect(result).toMatchObject({ settled: true, sourceHistory: proved });
    expect(result?.counts).toEqual({ created: 0, updated: 0, deleted: 0, unchanged: 3 });
    await using copy = await open(to);
    expect(await witnesses(client, '/')).toHaveLength(1);
    expect(await witnesses(copy, '/')).toEqual([]);
  });
});

describe('the user at the source', () => {
  test('need not be allowed to leave a witness: then all lists are read', async () => {
    await using closed = await startZooKeeperServer();
    await using admin = await open(closed, 'admin:admin');
    await put(admin, { [`${root}/a`]: 'a' });
    await admin.setAcl('/', [all('admin'), { ...all('reader'), permissions: permissions.read }]);
    const args = { ...as('source', 'reader'), sourceServers: [closed.address] };
    for (let runs = 0; runs < 2; runs += 1) {
      const { code, result } = await synchronize(args);
      expect({ code, history: result?.sourceHistory }).toEqual({
        code: 0,
        history: notProved('NotAllowed'),
      });
    }
    expect(await admin.exists(CONTROL_ROOT)).toBeNull();
  });

  test('owns it, may be another one, and is in nobody’s way who writes there', async () => {
    await put(source, { [`${root}/a`]: 'a' });
    const from = as('source', 'reader');
    await synchronize(from);
    const [path = ''] = await witnesses(source);
    await expect(source.setData(path, null)).rejects.toMatchObject({ code: 'NoAuth' });
    const other = as('source', 'rotated');
    expect((await synchronize(other)).result?.sourceHistory).toEqual(proved);
    expect((await synchronize(other)).result?.sourceHistory).toEqual(proved);
    // The way back, by somebody else.
    const back = {
      sourceServers: [destinationServer.address],
      destinationServers: [sourceServer.address],
    };
    for (let runs = 0; runs < 2; runs += 1) {
      const { code, result } = await synchronize({ ...back, ...as('destination', 'writer') });
      expect({ code, fenced: result?.fenced }).toEqual({ code: 0, fenced: true });
    }
    expect((await source.getAcl(controlDir(root))).acl).toContainEqual({
      ...all('writer'),
      id: 'writer:x',
    });
  });
});

describe('forgetting a copy', () => {
  test('removes its witness at a source that is named, and says where it stays', async () => {
    await put(source, { [`${root}/a`]: 'a' });
    await synchronize();
    const [path = ''] = await witnesses(source);
    const unnamed = await forget([]);
    expect(unnamed.result?.message).toContain(`Its witness stays at the source (${path})`);
    await synchronize();
    expect(await witnesses(source)).toHaveLength(2);
    await source.delete(path);
    const named = await forget([`--source-servers=${sourceServer.address}`]);
    expect(named.code).toBe(0);
    expect(named.result?.message).toContain('Its witness at the source was removed, too.');
    expect(await witnesses(source)).toEqual([]);
    expect((await synchronize()).result?.sourceHistory).toEqual(notProved('NoMemo'));
    expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
  });

  test('names a witness that its user may not remove', async () => {
    await using closed = await startZooKeeperServer();
    await using admin = await open(closed, 'admin:admin');
    await put(admin, { [`${root}/a`]: 'a' });
    await admin.create(CONTROL_ROOT, null, { acl: [all('reader')] });
    const sourceServers = [closed.address];
    await synchronize({ ...as('source', 'reader'), sourceServers });
    const { code, result } = await forget([`--source-servers=${closed.address}`]);
    expect(code).toBe(0);
    expect(result?.message).toMatch(/Its witness at the source could not be removed \(.*NoAuth\)/);
  });
});
