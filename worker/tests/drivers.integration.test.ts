import { describe, expect, test } from '@jest/globals';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import { creatorAllAcl } from '../../zookeeper/index.ts';
import { startZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { importNativeClient } from '../storage/native/native-client.ts';
import { DRIVERS } from '../storage/session.ts';
import { loadReferee } from '../testing/referee.ts';
import { startWorker, type WorkerExit } from '../testing/run-worker.ts';
import {
  destination,
  destinationServer,
  root,
  source,
  sourceServer,
  secret,
  useTwoClusters,
} from '../testing/two-clusters.ts';
import { open, put, putMany, remove, snapshot, zxids } from '../testing/znodes.ts';

const SETUP_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 120_000;

// The source takes larger znodes than the destination, as clusters that grew apart do.
useTwoClusters({ sourceOptions: { jvmArgs: ['-Djute.maxbuffer=4194304'] } });

const referee = await loadReferee();
const isNativeThere = await importNativeClient().then(
  () => true,
  () => false,
);

describe.each(DRIVERS)('with the driver %s', (driver) => {
  const testWithDriver = driver === 'native' && !isNativeThere ? test.skip : test;

  /** Enough for the worker to be in the middle of its writes. */
  const manyZnodes = driver === 'native' ? 4_000 : 20_000;

  async function run(command: string, args: Partial<SynchronizeArguments>): Promise<WorkerExit> {
    const [, ...words] = synchronizeCommandLine({
      sourceServers: [sourceServer.address],
      destinationServers: [destinationServer.address],
      rootPath: root,
      // The C library leaves its session behind, and the next run waits for its end.
      sourceSessionTimeoutSeconds: 4,
      destinationSessionTimeoutSeconds: 4,
      ...args,
    });
    const worker = await startWorker([command, ...words, `--driver=${driver}`]);
    return await worker.exited;
  }

  const synchronize = (args: Partial<SynchronizeArguments> = {}) => run('synchronize', args);

  testWithDriver(
    'the copy is equal, and a second run writes nothing',
    async () => {
      await put(source, { [root]: null, [`${root}/empty`]: '', [`${root}/null`]: null });
      await put(source, { [`${root}/a/b/c/d`]: 'deep', [`${root}/ü ✓`]: 'ü ✓' });
      await putMany(source, `${root}/many`, { count: 2_000, data: 'x'.repeat(100) });
      await source.create(`${root}/lock`, null, { mode: 'ephemeral' });
      const { code, result, lines } = await synchronize();
      expect(code).toBe(0);
      expect(result).toMatchObject({ verified: true, counts: { created: 2_009 } });
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
      if (referee !== null) {
        const seen = await referee(destinationServer.address, root);
        expect(seen).toEqual(await referee(sourceServer.address, root));
      }
      const before = await zxids(destination, root);
      const again = await synchronize();
      expect(again.result).toMatchObject({ verified: true, counts: { unchanged: 2_009 } });
      expect(await zxids(destination, root)).toEqual(before);
      expect(lines.filter(({ message }) => message === 'connected')).toMatchObject([
        { driver },
        { driver },
      ]);
    },
    TEST_TIMEOUT_MS,
  );

  testWithDriver(
    'updates and deletes come over, null and empty stay two things',
    async () => {
      await put(source, { [`${root}/a`]: '1', [`${root}/b/c`]: '1', [`${root}/n`]: '' });
      expect((await synchronize()).code).toBe(0);
      await put(source, { [`${root}/a`]: null, [`${root}/d/e`]: 'new', [`${root}/n`]: null });
      await remove(source, `${root}/b`);
      const { code, result } = await synchronize();
      expect(code).toBe(0);
      expect(result?.counts).toEqual({ created: 2, updated: 2, deleted: 2, unchanged: 1 });
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
    },
    TEST_TIMEOUT_MS,
  );

  testWithDriver(
    'a znode that is too large is named and the rest is copied',
    async () => {
      await put(source, { [`${root}/a`]: 'a', [`${root}/large`]: 'x'.repeat(1_500_000) });
      await put(source, { [`${root}/fits`]: 'x'.repeat(1_000_000) });
      const { code, result } = await synchronize();
      expect(code).toBe(54);
      expect(result?.skipped).toEqual([{ reason: 'TooLarge', count: 1, paths: [`${root}/large`] }]);
      expect(result?.counts.created).toBe(3);
    },
    TEST_TIMEOUT_MS,
  );

  testWithDriver(
    'diff tells the differences',
    async () => {
      await put(source, { [`${root}/a`]: 'new', [`${root}/b`]: 'b' });
      await put(destination, { [`${root}/a`]: 'old', [`${root}/c`]: 'c' });
      const { code, lines } = await run('diff', {});
      expect(code).toBe(3);
      expect(lines.map(({ message }) => message).sort()).toEqual(
        [
          `+ ${root}/b`,
          `- ${root}/c`,
          `${root} differs: 1 only at the source, 1 different, 1 only at the destination, 1 the same.`,
          `~ ${root}/a`,
        ].sort(),
      );
    },
    TEST_TIMEOUT_MS,
  );

  testWithDriver(
    'an ensemble is not copied onto itself',
    async () => {
      await put(source, { [`${root}/a`]: 'a' });
      const { code, result } = await synchronize({
        sourceServers: [`localhost:${sourceServer.port}`],
        destinationServers: [sourceServer.address],
      });
      expect(code).toBe(51);
      expect(result?.guard).toBe('SameEnsemble');
    },
    TEST_TIMEOUT_MS,
  );

  testWithDriver(
    'the credentials are used',
    async () => {
      const dir = secret({ user: 'admin', password: 'password' });
      await put(source, { [`${root}/a`]: 'a' });
      await destination.create(root, null, { acl: creatorAllAcl });
      expect((await synchronize()).code).toBe(50);
      expect((await synchronize({ destinationCredentialsDir: dir })).code).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );

  testWithDriver(
    'a run goes on after the destination was restarted',
    async () => {
      await putMany(source, root, { count: manyZnodes, data: 'x'.repeat(200) });
      await using restarting = await startZooKeeperServer();
      const words = synchronizeCommandLine({
        sourceServers: [sourceServer.address],
        destinationServers: [restarting.address],
        rootPath: root,
      });
      const worker = await startWorker([...words, `--driver=${driver}`]);
      await worker.logged('guards passed, the destination is empty');
      await restarting.restart();
      const { code, result } = await worker.exited;
      expect(code).toBe(0);
      expect(result?.verified).toBe(true);
      const client = await open(restarting);
      expect(await snapshot(client, root)).toEqual(await snapshot(source, root));
      await client.close();
    },
    SETUP_TIMEOUT_MS,
  );

  testWithDriver(
    'a server that is gone for good is the end of the session, and worth a retry',
    async () => {
      await putMany(source, root, { count: manyZnodes, data: 'x'.repeat(200) });
      const dying = await startZooKeeperServer();
      const words = synchronizeCommandLine({
        sourceServers: [sourceServer.address],
        destinationServers: [dying.address],
        destinationSessionTimeoutSeconds: 4,
        rootPath: root,
      });
      const worker = await startWorker([...words, `--driver=${driver}`]);
      await worker.logged('guards passed, the destination is empty');
      await dying.kill('SIGKILL');
      const { code, result } = await worker.exited;
      await dying.stop();
      expect(code).toBe(42);
      expect(result).toMatchObject({ outcome: 'SessionLost', verified: false });
    },
    SETUP_TIMEOUT_MS,
  );
});

describe('the native driver', () => {
  const testNative = isNativeThere ? test : test.skip;

  async function synchronizeNatively(): Promise<WorkerExit> {
    const words = synchronizeCommandLine({
      sourceServers: [sourceServer.address],
      destinationServers: [destinationServer.address],
      rootPath: root,
      writerId: 'native',
    });
    return await (
      await startWorker([...words, '--driver=native'])
    ).exited;
  }

  testNative(
    'cannot fence and says so, in a warning and in the result',
    async () => {
      await put(source, { [`${root}/a`]: 'a' });
      const { result, lines } = await synchronizeNatively();
      expect(result).toMatchObject({ outcome: 'Success', fenced: false, settled: null });
      expect(result?.message).toContain('Not fenced: the driver knows no transactions.');
      expect(result?.source).toEqual({ time: expect.any(String) as unknown });
      expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([
        { message: 'not fenced: the driver knows no transactions' },
      ]);
    },
    TEST_TIMEOUT_MS,
  );

  testNative(
    'does not write beside a writer that is fenced',
    async () => {
      await put(source, { [`${root}/a`]: 'a' });
      await put(destination, { [root]: '' });
      const words = synchronizeCommandLine({
        sourceServers: [sourceServer.address],
        destinationServers: [destinationServer.address],
        rootPath: root,
        writerId: 'another',
      });
      await putMany(source, `${root}/many`, { count: 20_000, data: 'x'.repeat(200) });
      const other = await startWorker(words);
      await other.logged('fenced against other writers');
      other.kill('SIGSTOP');
      const { code, result } = await synchronizeNatively();
      other.kill('SIGCONT');
      await other.exited;
      expect(code).toBe(53);
      expect(result?.outcome).toBe('AnotherWriter');
    },
    TEST_TIMEOUT_MS,
  );
});
