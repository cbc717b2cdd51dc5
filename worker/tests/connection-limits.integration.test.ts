import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { importNativeClient } from '../storage/native/native-client.ts';
import { startWorker, type WorkerExit } from '../testing/run-worker.ts';
import { open, put, snapshot } from '../testing/znodes.ts';

const SETUP_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 120_000;

const NETTY = '-Dzookeeper.serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory';

const isNativeThere = await importNativeClient().then(
  () => true,
  () => false,
);

describe.each([
  { name: 'NIO, for each address', limit: { maxClientCnxns: 1 }, jvmArgs: [] },
  { name: 'Netty, for all', limit: { maxCnxns: 1 }, jvmArgs: [NETTY] },
])('servers that take one connection: $name', ({ limit, jvmArgs }) => {
  let source: ZooKeeperServer;
  let destination: ZooKeeperServer;

  beforeAll(async () => {
    const options = { extraConfig: limit, jvmArgs };
    [source, destination] = await Promise.all([
      startZooKeeperServer(options),
      startZooKeeperServer(options),
    ]);
    const client = await open(source);
    await put(client, { '/t/a': 'a', '/t/b': 'b' });
    await client.close();
  }, SETUP_TIMEOUT_MS);

  afterAll(async () => {
    await Promise.all([source.stop(), destination.stop()]);
  });

  async function synchronize(
    args: Partial<SynchronizeArguments>,
    driver = 'pipelined',
  ): Promise<WorkerExit> {
    const words = synchronizeCommandLine({
      sourceServers: [source.address],
      destinationServers: [destination.address],
      rootPath: '/t',
      ...args,
    });
    return await (
      await startWorker([...words, `--driver=${driver}`])
    ).exited;
  }

  test.each(isNativeThere ? ['pipelined', 'native'] : ['pipelined'])(
    'are copied with it, with the driver %s',
    async (driver) => {
      // The run before may have been by the other driver, which cannot end its session here.
      const args = { destinationDrift: 'Overwrite', destinationSessionTimeoutSeconds: 4 } as const;
      const { code, result, lines } = await synchronize(args, driver);
      expect(result).toMatchObject({ outcome: 'Success', verified: true });
      expect(code).toBe(0);
      const isFenced = driver === 'pipelined';
      expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(isFenced ? 0 : 1);
      const client = await open(destination);
      expect(await snapshot(client, '/t')).toEqual({ '/t': '', '/t/a': 'a', '/t/b': 'b' });
      await client.close();
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'say so by the name of the limit where somebody else has it',
    async () => {
      const other = await open(destination);
      const { code, result } = await synchronize({ destinationSessionTimeoutSeconds: 2 });
      await other.close();
      expect(code).toBe(41);
      expect(result?.message).toContain('maxClientCnxns');
      expect(result?.message).toContain('maxCnxns');
    },
    TEST_TIMEOUT_MS,
  );
});

test(
  'an ensemble is known to be the same by the one connection that each side takes',
  async () => {
    await using server = await startZooKeeperServer({ extraConfig: { maxClientCnxns: 2 } });
    const client = await open(server);
    await put(client, { '/t/a': 'a' });
    await client.close();
    const { code, result } = await (
      await startWorker(
        synchronizeCommandLine({
          sourceServers: [server.address],
          destinationServers: [server.address],
          rootPath: '/t',
        }),
      )
    ).exited;
    expect(code).toBe(51);
    expect(result).toMatchObject({ guard: 'SameEnsemble' });
    const after = await open(server);
    expect(await after.exists('/.resiliency-operator')).toBeNull();
    await after.close();
  },
  SETUP_TIMEOUT_MS,
);
