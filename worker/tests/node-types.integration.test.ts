import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import {
  nodeTypeArgument,
  type SynchronizeArguments,
} from '../../api/options/synchronize-options.ts';
import { creatorAllAcl, type ZooKeeperClient } from '../../zookeeper/index.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { importNativeClient } from '../storage/native/native-client.ts';
import { count } from '../testing/counters.ts';
import { startWorker, type WorkerExit } from '../testing/run-worker.ts';
import { open, put, snapshot, zxids } from '../testing/znodes.ts';

const SETUP_TIMEOUT_MS = 600_000;
const VANISH = { timeoutMs: 60_000 };
const TTL_MS = 3_000;

/** Servers look every minute for what is to go, unless told otherwise. */
const LOOK_OFTEN = '-Dznode.container.checkIntervalMs=200';
const EXTENDED_TYPES = '-Dzookeeper.extendedTypesEnabled=true';

const isNativeThere = await importNativeClient().then(
  () => true,
  () => false,
);
const testWithNative = isNativeThere ? test : test.skip;

let sourceServer: ZooKeeperServer;
let source: ZooKeeperClient;
let root = '';
let roots = 0;

beforeAll(async () => {
  sourceServer = await startZooKeeperServer();
  source = await open(sourceServer);
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await source.close();
  await sourceServer.stop();
});

beforeEach(async () => {
  root = `/root-${(roots += 1)}`;
  await put(source, {
    [`${root}/plain/kept`]: 'k',
    [`${root}/locks/a/x`]: 'x',
    [`${root}/cache/t`]: 't',
  });
  // With children, and without any later: it would go if it were a container.
  await count(source, `${root}/plain/kept`, 1);
});

function rules(): string[] {
  return [
    nodeTypeArgument({ glob: `${root}/locks/*`, type: 'Container' }),
    nodeTypeArgument({ glob: `${root}/cache/**`, type: 'TTL', ttlMs: TTL_MS }),
  ];
}

async function run(
  to: ZooKeeperServer,
  args: Partial<SynchronizeArguments> = {},
  ...more: readonly string[]
): Promise<WorkerExit> {
  const words = synchronizeCommandLine({
    sourceServers: [sourceServer.address],
    destinationServers: [to.address],
    rootPath: root,
    nodeTypes: rules(),
    ...args,
  });
  const worker = await startWorker([...words, ...more]);
  return await worker.exited;
}

/** Resolves once the server has removed them by itself. */
async function vanished(client: ZooKeeperClient, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const description = `${path} to go by itself`;
    await eventually(async () => (await client.exists(path)) === null, { ...VANISH, description });
  }
}

/** Resolves once the server has looked for what is to go, after the call. */
async function looked(client: ZooKeeperClient): Promise<void> {
  await client.create('/looked', null, { mode: 'container' });
  await put(client, { '/looked/x': '' });
  await client.delete('/looked/x');
  await vanished(client, '/looked');
}

interface Servers {
  readonly server: () => ZooKeeperServer;
  readonly client: () => ZooKeeperClient;
}

/** A destination for the tests of one block. */
function useDestination(version: string, ...jvmArgs: readonly string[]): Servers {
  let server: ZooKeeperServer;
  let client: ZooKeeperClient;
  beforeAll(async () => {
    server = await startZooKeeperServer({ version, jvmArgs: [LOOK_OFTEN, ...jvmArgs] });
    client = await open(server, 'admin:password');
  }, SETUP_TIMEOUT_MS);
  afterAll(async () => {
    await client.close();
    await server.stop();
  });
  return { server: () => server, client: () => client };
}

describe.each(['3.5.10', '3.6.4', '3.9.5'])('a destination that makes both, %s', (version) => {
  const { server, client } = useDestination(version, EXTENDED_TYPES);

  test('gets containers and znodes that go by themselves, and gets them again', async () => {
    for (const gone of [8, 3]) {
      const { code, result } = await run(server());
      expect(result).toMatchObject({ outcome: 'Success', verified: true });
      expect(result?.notCarried).toEqual([
        {
          what: 'ttlTouches',
          count: 1,
          paths: [`${root}/cache/t`],
          remedy: expect.stringContaining(`${TTL_MS} ms`) as unknown,
        },
      ]);
      expect(code).toBe(0);
      // On a slow machine one may go, and come again, while the run lasts.
      expect(result?.counts.created).toBeGreaterThanOrEqual(gone);
      expect(await snapshot(client(), `${root}/locks`)).toEqual(
        await snapshot(source, `${root}/locks`),
      );
      await client().delete(`${root}/locks/a/x`);
      await vanished(client(), `${root}/locks/a`, `${root}/cache/t`);
      expect(await snapshot(client(), root)).toEqual({
        [root]: '',
        [`${root}/plain`]: '',
        [`${root}/plain/kept`]: 'k',
        [`${root}/locks`]: '',
        [`${root}/cache`]: '',
      });
    }
  });

  test('keeps as persistent what was there before', async () => {
    await put(client(), { [`${root}/locks/a/x`]: 'x', [`${root}/locks/b/x`]: 'x' });
    await put(source, { [`${root}/locks/b/x`]: 'x' });
    await client().delete(`${root}/locks/b/x`);
    await client().delete(`${root}/locks/b`);
    expect((await run(server())).code).toBe(0);
    await client().delete(`${root}/locks/a/x`);
    await client().delete(`${root}/locks/b/x`);
    await vanished(client(), `${root}/locks/b`);
    await looked(client());
    expect(await client().exists(`${root}/locks/a`)).not.toBeNull();
  });

  test('is still refused once somebody else wrote there', async () => {
    expect((await run(server())).code).toBe(0);
    await put(client(), { [`${root}/locks/mine`]: '' });
    const { result } = await run(server());
    expect(result?.outcome).toBe('DestinationModified');
  });
});

describe('a destination', () => {
  const plain = useDestination('3.9.5');
  const old = useDestination('3.4.14');

  const CONTAINERS = { what: 'containers', remedy: expect.stringContaining('3.5.1') };
  const TTL_ZNODES = {
    what: 'ttlZnodes',
    remedy: expect.stringContaining('extendedTypesEnabled=true'),
  };

  test.each([
    { name: 'without extended types', to: plain, notCarried: [TTL_ZNODES] },
    { name: 'that is older than both', to: old, notCarried: [CONTAINERS, TTL_ZNODES] },
  ])('$name gets a whole copy, and the result says what is persistent', async (row) => {
    const { server, client } = row.to;
    const { code, result } = await run(server());
    expect(code).toBe(0);
    expect(result).toMatchObject({ outcome: 'Success', verified: true, fenced: true });
    expect(result?.notCarried).toEqual(row.notCarried);
    expect(await snapshot(client(), root)).toEqual(await snapshot(source, root));
    const before = await zxids(client(), root);
    expect((await run(server())).result).toMatchObject({ outcome: 'Success' });
    expect(await zxids(client(), root)).toEqual(before);
  });

  test('that makes containers gets them, although it makes no others', async () => {
    const { server, client } = plain;
    expect((await run(server())).code).toBe(0);
    await client().delete(`${root}/locks/a/x`);
    await vanished(client(), `${root}/locks/a`);
    expect(await client().exists(`${root}/cache/t`)).not.toBeNull();
  });

  test('is not asked in a dry run', async () => {
    const { result } = await run(old.server(), { dryRun: true });
    expect(result).toMatchObject({ outcome: 'Success', notCarried: [] });
  });

  test('where nothing of our own may be created gets persistent ones', async () => {
    await using closed = await startZooKeeperServer();
    const admin = await open(closed, 'admin:password');
    await put(admin, { [root]: '' });
    await admin.setAcl('/', [...creatorAllAcl, { permissions: 1, scheme: 'world', id: 'anyone' }]);
    const { code, result } = await run(closed);
    await admin.close();
    expect(code).toBe(0);
    const remedy = expect.stringContaining('let this user create /.resiliency-operator');
    expect(result?.notCarried).toEqual([
      { what: 'containers', remedy },
      { what: 'ttlZnodes', remedy },
    ]);
  });

  testWithNative('gets persistent ones from the driver native', async () => {
    const { code, result } = await run(plain.server(), {}, '--driver=native');
    expect(code).toBe(0);
    const remedy = expect.stringContaining('use pipelined');
    expect(result?.notCarried).toEqual([
      { what: 'acls' },
      { what: 'sequenceCounters' },
      { what: 'containers', remedy },
      { what: 'ttlZnodes', remedy },
    ]);
  });
});
