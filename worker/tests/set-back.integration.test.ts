import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import { digestAclId, type Acl, type ZooKeeperClient } from '../../zookeeper/index.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { takeBackup } from '../testing/backup.ts';
import { count, nextNumber } from '../testing/counters.ts';
import { runSynchronize, startWorker } from '../testing/run-worker.ts';
import { open, put, snapshot, type Znodes } from '../testing/znodes.ts';

jest.setTimeout(120_000);
const SETUP_TIMEOUT_MS = 600_000;
const ADMIN = 'admin:password';

const own: Acl = { permissions: 31, scheme: 'digest', id: digestAclId('admin', 'password') };
const world: Acl = { permissions: 1, scheme: 'world', id: 'anyone' };

let dir: string;
let source: ZooKeeperServer;
let destination: ZooKeeperServer;
let root = '';
let roots = 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'worker-set-back-'));
  writeFileSync(join(dir, 'user'), 'admin');
  writeFileSync(join(dir, 'password'), 'password');
  [source, destination] = await Promise.all([startZooKeeperServer(), startZooKeeperServer()]);
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await Promise.all([source.stop(), destination.stop()]);
  rmSync(dir, { recursive: true });
});

beforeEach(() => {
  root = `/root-${(roots += 1)}`;
});

/** A session of its own for each step: servers that are set back refuse those that saw more. */
async function at<T>(
  server: ZooKeeperServer,
  work: (client: ZooKeeperClient) => Promise<T>,
): Promise<T> {
  await using client = await open(server, ADMIN);
  return await work(client);
}

function args(more: Partial<SynchronizeArguments> = {}): SynchronizeArguments {
  return {
    sourceServers: [source.address],
    destinationServers: [destination.address],
    sourceCredentialsDir: dir,
    destinationCredentialsDir: dir,
    rootPath: root,
    ...more,
  };
}

const synchronize = (more: Partial<SynchronizeArguments> = {}) => runSynchronize(args(more));

async function diff(): Promise<number | null> {
  const [, ...words] = synchronizeCommandLine(args());
  const { code } = await (await startWorker(['diff', ...words])).exited;
  return code;
}

const listAt = async (server: ZooKeeperServer, path: string): Promise<readonly Acl[]> =>
  await at(server, async (client) => (await client.getAcl(path)).acl);

/** Data and lists below the root. */
async function seenAt(server: ZooKeeperServer): Promise<unknown> {
  return await at(server, async (client) => {
    const znodes = await snapshot(client, root);
    const lists = await Promise.all(Object.keys(znodes).map((path) => client.getAcl(path)));
    return { znodes, lists: lists.map(({ acl }) => acl) };
  });
}

describe('a source that was set back, and changed again', () => {
  /** Each change takes the same zxid both times, and leaves the same Stat. */
  async function change(client: ZooKeeperClient, which: 'first' | 'again'): Promise<void> {
    const acl = which === 'first' ? [own, world] : [own];
    await client.setAcl(`${root}/list`, acl);
    await client.create(`${root}/list/born`, null, { acl });
    await client.setData(`${root}/data`, Buffer.from(which));
    await client.create(`${root}/parent/${which}`, null, { acl });
  }

  test('as often, to other values, is copied as it is now', async () => {
    const parts = ['list', 'data', 'parent', 'queue'].map((name) => [`${root}/${name}`, 'x']);
    await at(source, (client) => put(client, Object.fromEntries(parts) as Znodes));
    const backup = await takeBackup(source);
    await at(source, async (client) => {
      await change(client, 'first');
      await count(client, `${root}/queue`, 30);
    });
    expect((await synchronize()).code).toBe(0);
    const { result: second } = await synchronize();
    expect(second?.sourceHistory).toEqual({ proved: true, reason: 'WitnessFound' });
    await backup.restore();
    await at(source, async (client) => {
      await change(client, 'again');
      // Its zxid passes the one that the last run saw.
      for (let times = 0; times < 60; times += 1) await client.setData(root, null);
    });
    const { code, result } = await synchronize();
    expect({ code, verified: result?.verified }).toEqual({ code: 0, verified: true });
    expect(result?.sourceHistory).toEqual({ proved: false, reason: 'WitnessChanged' });
    expect(result?.aclsVerifiedTime).toBe(result?.source?.time);
    const [from, to] = await Promise.all([source, destination].map(seenAt));
    expect(to).toEqual(from);
    expect(await diff()).toBe(0);
    // A number that was given out is not given out again.
    expect(await at(destination, (client) => nextNumber(client, `${root}/queue`))).toBe(30);
  });
});

describe('a destination that was set back', () => {
  test('is made the same again, with lists that were changed there meanwhile', async () => {
    await at(source, (client) => put(client, { [`${root}/n`]: 'n', [`${root}/m`]: 'm' }));
    expect((await synchronize()).code).toBe(0);
    const backup = await takeBackup(destination);
    await at(source, async (client) => {
      await client.setAcl(`${root}/n`, [own]);
      await client.setData(`${root}/m`, null);
    });
    expect((await synchronize()).code).toBe(0);
    await backup.restore();
    // As often as the last run did, to another list.
    await at(destination, (client) => client.setAcl(`${root}/n`, [own, world]));
    const { code, result } = await synchronize();
    expect(code).toBe(0);
    expect(result?.sourceHistory).toEqual({ proved: false, reason: 'WitnessChanged' });
    expect(await listAt(destination, `${root}/n`)).toEqual([own]);
    expect(await diff()).toBe(0);
  });

  test('and changed by others is left alone, at whatever zxids they wrote', async () => {
    await at(source, (client) => put(client, { [`${root}/n`]: 'n' }));
    expect((await synchronize()).code).toBe(0);
    const backup = await takeBackup(destination);
    await at(source, async (client) => {
      for (let index = 0; index < 20; index += 1) await client.create(`${root}/${index}`, null);
    });
    expect((await synchronize()).code).toBe(0);
    await backup.restore();
    // Below the zxid of our last write before it was set back.
    await at(destination, (client) => client.setData(`${root}/n`, Buffer.from('theirs')));
    const { code, result } = await synchronize();
    expect({ code, guard: result?.guard }).toEqual({ code: 52, guard: 'DestinationModified' });
    expect(await at(destination, (client) => snapshot(client, `${root}/n`))).toEqual({
      [`${root}/n`]: 'theirs',
    });
  });
});
