import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import {
  connect,
  creatorAllAcl,
  digestAclId,
  digestAuth,
  type Acl,
  type ZooKeeperClient,
} from '../../zookeeper/index.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { loadFullReferee, type FullReferee } from '../testing/referee.ts';
import { runSynchronize, startWorker } from '../testing/run-worker.ts';
import { put } from '../testing/znodes.ts';

jest.setTimeout(180_000);
const SETUP_TIMEOUT_MS = 600_000;

const SUPER = 'super:secret';
const COPIER = 'copier:password';
const [APP_ID, COPIER_ID] = [digestAclId('app', 'app'), digestAclId('copier', 'password')];

const superDigest = `-Dzookeeper.DigestAuthenticationProvider.superDigest=${digestAclId('super', 'secret')}`;
/** Lets a server know the scheme `sasl`, as its identities are text to it. */
const SASL = { 'authProvider.1': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider' };

function entry(permissions: number, scheme: string, id: string): Acl {
  return { permissions, scheme, id };
}

let dir: string;
let servers: ZooKeeperServer[] = [];
let source: ZooKeeperClient;
let destination: ZooKeeperClient;
let root = '';
let roots = 0;

/** A Secret as the Job mounts it. */
function secret(digest: string): string {
  const [user = '', password = ''] = digest.split(':');
  const path = mkdtempSync(join(dir, 'secret-'));
  writeFileSync(join(path, 'user'), user);
  writeFileSync(join(path, 'password'), password);
  return path;
}

function args(as: string, more: Partial<SynchronizeArguments> = {}): SynchronizeArguments {
  return {
    sourceServers: [servers[0]!.address],
    destinationServers: [servers[1]!.address],
    sourceCredentialsDir: secret(SUPER),
    sourceAuthentication: 'Digest',
    destinationCredentialsDir: secret(as),
    destinationAuthentication: 'Digest',
    rootPath: root,
    ...more,
  };
}

async function aclOf(client: ZooKeeperClient, path: string): Promise<readonly Acl[]> {
  return (await client.getAcl(path)).acl;
}

const referee = await loadFullReferee();
const testWithReferee = referee === null ? test.skip : test;

/** Numbers of the copy may be higher; they are for other tests. */
function listsOf(znodes: Awaited<ReturnType<FullReferee>> = {}) {
  return Object.fromEntries(
    Object.entries(znodes).map(([path, { data, acl }]) => [path, { data, acl }]),
  );
}

async function expectSameTrees(): Promise<void> {
  const [from, to] = servers;
  const [copy, original] = await Promise.all(
    [to, from].map(async (server) => listsOf(await referee?.(server!.address, root, SUPER))),
  );
  expect(copy).toEqual(original);
  for (const { acl } of Object.values(copy ?? {})) {
    expect(acl.join()).toMatch(/^[0-9]+ [a-z0-9]+ .+/);
  }
}

interface ServerKind {
  readonly version?: string;
  readonly sasl?: boolean;
}

/** Starts a source and a destination. */
function startBefore(from: ServerKind, to: ServerKind): void {
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'worker-acls-'));
    servers = await Promise.all(
      [from, to].map(({ version, sasl = false }) =>
        startZooKeeperServer({
          ...(version === undefined ? {} : { version }),
          jvmArgs: [superDigest],
          extraConfig: sasl ? SASL : {},
        }),
      ),
    );
    const auth = [digestAuth('super', 'secret')];
    source = await connect({ servers: [servers[0]!.address], auth });
    destination = await connect({ servers: [servers[1]!.address], auth });
  }, SETUP_TIMEOUT_MS);

  afterAll(async () => {
    await Promise.all([source.close(), destination.close()]);
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(dir, { recursive: true });
  });

  beforeEach(() => {
    root = `/root-${(roots += 1)}`;
  });
}

const acl = fc.uniqueArray(
  fc.constantFrom(
    entry(31, 'world', 'anyone'),
    entry(1, 'world', 'anyone'),
    entry(31, 'digest', APP_ID),
    entry(17, 'digest', APP_ID),
    entry(12, 'digest', COPIER_ID),
    entry(31, 'ip', '127.0.0.1'),
    entry(7, 'ip', '10.0.0.0/8'),
    entry(31, 'sasl', 'app'),
    entry(15, 'sasl', 'kafka/broker@EXAMPLE.ORG'),
  ),
  {
    minLength: 1,
    maxLength: 4,
    selector: ({ permissions, scheme, id }) => `${permissions}${scheme}${id}`,
  },
);
const name = fc.constantFrom('a', 'b', 'ü', 'x y');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const tree = fc.dictionary(path, acl, { minKeys: 1, maxKeys: 12 });

describe('a worker with the rights of a superuser', () => {
  startBefore({ sasl: true }, { sasl: true });

  testWithReferee(
    'makes any tree the same with all its lists, as a foreign client sees it',
    async () => {
      await fc.assert(
        fc.asyncProperty(tree, tree, async (from, to) => {
          root = `/root-${(roots += 1)}`;
          for (const [client, lists] of [
            [source, from],
            [destination, to],
          ] as const) {
            await put(client, { [root]: '' });
            for (const [below, list] of Object.entries(lists)) {
              await put(client, { [`${root}/${below}`]: below });
              await client.setAcl(`${root}/${below}`, list);
            }
          }
          const more = { deletionMaxPercent: 100 };
          const { code, result } = await runSynchronize(args(SUPER, more));
          expect({ code, skipped: result?.skipped }).toEqual({ code: 0, skipped: [] });
          await expectSameTrees();
        }),
        { numRuns: 12, endOnFailure: true },
      );
    },
    170_000,
  );

  test('carries what the source made of the scheme auth', async () => {
    await using app = await connect({
      servers: [servers[0]!.address],
      auth: [digestAuth('app', 'app')],
    });
    await app.create(root, Buffer.from('x'), { acl: creatorAllAcl });
    const { code, result } = await runSynchronize(args(SUPER));
    expect(code).toBe(0);
    expect(result?.notCarried).toEqual([]);
    expect(await aclOf(destination, root)).toEqual([entry(31, 'digest', APP_ID)]);
  });

  test('finds a change of nothing but a list, and writes nothing else', async () => {
    await put(source, { [`${root}/a`]: 'a', [`${root}/b`]: 'b' });
    await runSynchronize(args(SUPER));
    const before = await destination.exists(`${root}/a`);
    const list = [entry(31, 'digest', APP_ID), entry(1, 'world', 'anyone')];
    await source.setAcl(`${root}/a`, list);
    const { code, result } = await runSynchronize(args(SUPER));
    expect(code).toBe(0);
    expect(result).toMatchObject({ counts: { created: 0, updated: 1, deleted: 0, unchanged: 2 } });
    expect(await aclOf(destination, `${root}/a`)).toEqual(list);
    expect((await destination.exists(`${root}/a`))?.mzxid).toBe(before?.mzxid);
  });

  test('prints what differs in nothing but its list', async () => {
    await put(source, { [`${root}/a`]: 'a' });
    await put(destination, { [`${root}/a`]: 'a' });
    await source.setAcl(`${root}/a`, [entry(31, 'digest', APP_ID)]);
    const words = synchronizeCommandLine(args(SUPER)).slice(1);
    const { code, lines } = await (await startWorker(['diff', ...words])).exited;
    expect(code).toBe(3);
    expect(lines.map(({ message }) => message)).toContain(`a ${root}/a`);
    expect(await aclOf(destination, `${root}/a`)).toEqual([entry(31, 'world', 'anyone')]);
  });

  test('names the lists whose digests the source hides, and writes none of them', async () => {
    await put(source, { [`${root}/a`]: 'a', [`${root}/b`]: 'b' });
    await source.setAcl(`${root}/a`, [entry(31, 'digest', APP_ID), entry(1, 'world', 'anyone')]);
    const as = { sourceCredentialsDir: secret(COPIER) };
    const { code, result } = await runSynchronize(args(SUPER, as));
    expect(code).toBe(54);
    expect(result?.skipped).toEqual([{ reason: 'RedactedAcl', count: 1, paths: [`${root}/a`] }]);
    expect(await destination.exists(`${root}/a`)).toBeNull();
    expect(await destination.exists(`${root}/b`)).not.toBeNull();
  });

  test('carries no list where that is turned off, and says so', async () => {
    await put(source, { [`${root}/a`]: 'a' });
    await source.setAcl(`${root}/a`, [entry(31, 'digest', APP_ID)]);
    const { code, result } = await runSynchronize(args(SUPER, { preserveAcls: false }));
    expect(code).toBe(0);
    expect(result?.notCarried).toContainEqual({ what: 'acls' });
    expect(await aclOf(destination, `${root}/a`)).toEqual([entry(31, 'world', 'anyone')]);
  });
});

describe('a worker that is like others at the destination', () => {
  startBefore({ sasl: true }, {});

  test('names what would lock it out, and copies the rest', async () => {
    await put(source, { [`${root}/theirs/below`]: 'x', [`${root}/ours/below`]: 'y' });
    await source.setAcl(`${root}/theirs`, [entry(31, 'digest', APP_ID)]);
    await source.setAcl(`${root}/ours`, [entry(31, 'digest', COPIER_ID)]);
    const { code, result } = await runSynchronize(args(COPIER));
    expect(code).toBe(54);
    expect(result?.skipped).toEqual([
      {
        reason: 'AclLocksOut',
        count: 2,
        paths: [`${root}/theirs`, `${root}/theirs/below`],
      },
    ]);
    expect(await destination.exists(`${root}/theirs`)).toBeNull();
    expect(await aclOf(destination, `${root}/ours`)).toEqual([entry(31, 'digest', COPIER_ID)]);
  });

  testWithReferee(
    'leaves the list last where it may not work under it, run after run',
    async () => {
      const list = [entry(17, 'digest', COPIER_ID), entry(1, 'digest', APP_ID)];
      for (const below of ['', '/a', '/a/b', '/a/b/c']) {
        await put(source, { [root + below]: below });
        await source.setAcl(root + below, list);
      }
      const first = await runSynchronize(args(COPIER));
      expect({ code: first.code, skipped: first.result?.skipped }).toEqual({
        code: 0,
        skipped: [],
      });
      await expectSameTrees();
      await put(source, { [`${root}/a/b`]: 'changed', [`${root}/a/new`]: 'new' });
      await source.delete(`${root}/a/b/c`);
      const { code, result } = await runSynchronize(args(COPIER));
      expect(code).toBe(0);
      expect(result?.counts).toEqual({ created: 1, updated: 1, deleted: 1, unchanged: 2 });
      await expectSameTrees();
    },
  );

  test('names a scheme that the destination does not know', async () => {
    await put(source, { [`${root}/a/below`]: 'a', [`${root}/b`]: 'b' });
    await source.setAcl(`${root}/a`, [entry(31, 'digest', COPIER_ID), entry(1, 'sasl', 'app')]);
    const { code, result } = await runSynchronize(args(COPIER));
    expect(code).toBe(54);
    const paths = [`${root}/a`, `${root}/a/below`];
    expect(result?.skipped).toEqual([{ reason: 'UnknownAclScheme', count: 2, paths }]);
    expect(await destination.exists(`${root}/a`)).toBeNull();
    expect(await destination.exists(`${root}/b`)).not.toBeNull();
  });

  test('finishes what a killed one began', async () => {
    const list = [entry(17, 'digest', COPIER_ID)];
    await put(source, { [root]: '' });
    for (let index = 0; index < 300; index += 1) {
      await source.create(`${root}/${index}`, Buffer.from('x'), { acl: list });
      await source.create(`${root}/${index}/below`, Buffer.from('y'), { acl: list });
    }
    await source.setAcl(root, list);
    const more = { writerId: 'same', destinationSessionTimeoutSeconds: 4 };
    const killed = await startWorker(synchronizeCommandLine(args(COPIER, more)));
    await killed.logged('compared and copied');
    killed.kill('SIGKILL');
    await killed.exited;
    const { code, result } = await runSynchronize(args(COPIER, more));
    expect({ code, message: result?.message }).toMatchObject({ code: 0 });
    await expectSameTrees();
  });
});

describe.each(['3.4.14', '3.5.10', '3.6.4', '3.8.4'])('lists from ZooKeeper %s', (version) => {
  startBefore({ version }, {});

  testWithReferee('are those of the source at the destination', async () => {
    await put(source, { [`${root}/a/b`]: 'b', [`${root}/c`]: 'c' });
    await source.setAcl(`${root}/a`, [entry(31, 'digest', APP_ID), entry(1, 'world', 'anyone')]);
    await source.setAcl(`${root}/c`, [entry(31, 'ip', '127.0.0.1'), entry(31, 'digest', APP_ID)]);
    const { code, result, lines } = await runSynchronize(args(SUPER));
    expect({ code, skipped: result?.skipped }).toEqual({ code: 0, skipped: [] });
    await expectSameTrees();
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});
