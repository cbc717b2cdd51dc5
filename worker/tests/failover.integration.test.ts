import { describe, expect, test } from '@jest/globals';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import { startFaultProxy } from '../../zookeeper/testing/index.ts';
import { eventually } from '../../testing/eventually.ts';
import type { ZooKeeperClient } from '../../zookeeper/index.ts';
import { controlDir } from '../storage/control-tree.ts';
import { startWorker, type WorkerExit } from '../testing/run-worker.ts';
import {
  argumentsWith,
  destination,
  destinationServer,
  root,
  source,
  sourceServer,
  synchronize,
  useTwoClusters,
} from '../testing/two-clusters.ts';
import { open, put, putMany, remove, snapshot, zxids } from '../testing/znodes.ts';

const TEST_TIMEOUT_MS = 180_000;

useTwoClusters();

describe('a destination that was promoted', () => {
  test(
    'is not touched by the next run, and is overwritten only if that is said',
    async () => {
      await put(source, { [`${root}/a`]: '1', [`${root}/b`]: '1' });
      expect((await synchronize()).code).toBe(0);
      // The clients moved over: they write, and they live there. The old source lives on.
      await put(destination, { [`${root}/a`]: 'promoted', [`${root}/new/below`]: '' });
      await remove(destination, `${root}/b`);
      await destination.create(`${root}/lock`, null, { mode: 'ephemeral' });
      await put(source, { [`${root}/a`]: 'stale', [`${root}/c`]: 'stale' });
      const before = await zxids(destination, root);
      const refused = await synchronize();
      expect(refused.code).toBe(52);
      expect(refused.result).toMatchObject({
        outcome: 'DestinationModified',
        guard: 'DestinationModified',
        counts: { created: 0, updated: 0, deleted: 0 },
      });
      expect(refused.result?.message).toContain(`(first ${root}/lock)`);
      expect(await zxids(destination, root)).toEqual(before);
      expect((await synchronize({ dryRun: true })).code).toBe(52);

      const overwritten = await synchronize({ destinationDrift: 'Overwrite' });
      expect(overwritten.code).toBe(0);
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
      expect(await destination.exists(`${root}/lock`)).not.toBeNull();
      await destination.delete(`${root}/lock`);
      // What was overwritten with leave is adopted; what came after it is not.
      expect((await synchronize()).code).toBe(52);
      expect((await synchronize({ destinationDrift: 'Overwrite' })).code).toBe(0);
      expect((await synchronize()).code).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'is recognized by a single client that only lives there, or by a root that is gone',
    async () => {
      await put(source, { [`${root}/a`]: '1' });
      expect((await synchronize()).code).toBe(0);
      await destination.create(`${root}/lock`, null, { mode: 'ephemeral' });
      expect((await synchronize()).code).toBe(52);
      await remove(destination, root);
      const { code, result } = await synchronize();
      expect(code).toBe(52);
      expect(result?.message).toContain('the root was deleted');
    },
    TEST_TIMEOUT_MS,
  );
});

/** Clients refuse to go back in time: the source has to be ahead, as one that lived longer is. */
async function getAhead(): Promise<void> {
  const { zxid } = await destination.sync('/');
  await put(source, { '/elsewhere': '' });
  // Sessions that open there meanwhile count, too.
  while ((await source.sync('/')).zxid <= zxid + 20n) await source.setData('/elsewhere', null);
}

/** The number that the next sequential child of the queue gets. */
async function nextNumber(client: ZooKeeperClient): Promise<number> {
  const { path } = await client.create(`${root}/queue/n-`, null, { mode: 'ephemeralSequential' });
  await client.delete(path);
  return Number(path.slice(-10));
}

describe('the promote checklist of docs/mirror/promote-checklist.md', () => {
  test(
    'loses nothing, keeps the old mirror out, and leads back',
    async () => {
      const preserve = { preserveDataVersions: true, maxCounterRaise: 20 };
      await put(source, { [`${root}/a`]: '1', [`${root}/b/c`]: '1', [`${root}/queue`]: '' });
      expect((await synchronize(preserve)).code).toBe(0);
      await put(source, { [`${root}/a`]: 'last' });
      let given = 0;
      while (given < 30) given = await nextNumber(source);

      // 1, 2: no run is under way any more, and the source rests: once more, and nothing is lost.
      const last = await synchronize(preserve);
      // 3: it is verified.
      expect(last.result).toMatchObject({ outcome: 'Success', verified: true, settled: true });
      expect(Date.parse(last.result?.source?.time ?? '')).toBeLessThanOrEqual(Date.now());
      const [command, ...words] = synchronizeCommandLine(argumentsWith({}));
      expect(command).toBe('synchronize');
      expect((await (await startWorker(['diff', ...words])).exited).code).toBe(0);
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
      // 4: a number is behind, so once more.
      const [left] = last.result?.notCarried ?? [];
      expect(left).toMatchObject({ what: 'sequenceCounters', paths: [`${root}/queue`] });
      expect((await synchronize(preserve)).result?.notCarried).toEqual([]);

      await getAhead();
      await using line = await startFaultProxy({ target: sourceServer, plan: () => null });
      const client = await open(line);
      await client.sync(root);

      // 6: the name leads to the destination now. Clients have to be restarted.
      line.target = destinationServer;
      const before = line.connectionCount;
      line.cut();
      const isRefused = (): boolean => line.connectionCount >= before + 3;
      await eventually(isRefused, { timeoutMs: TEST_TIMEOUT_MS });
      expect(client.state).not.toBe('connected');
      await client.detach();
      const restarted = await open(line);
      expect((await restarted.getData(`${root}/a`)).data?.toString()).toBe('last');
      // Numbers go on, and so does a write on condition of a version that the client knew.
      expect(await nextNumber(restarted)).toBeGreaterThan(given);
      await restarted.setData(`${root}/a`, Buffer.from('promoted'), 1);
      await restarted.create(`${root}/lock`, null, { mode: 'ephemeral' });
      await put(restarted, { [`${root}/d`]: 'new' });

      // 7: should the old plan run nevertheless, it touches nothing.
      const promoted = await zxids(destination, root);
      expect((await synchronize()).code).toBe(52);
      expect(await zxids(destination, root)).toEqual(promoted);

      // Back: the other way round, once the clients of the promoted cluster have left.
      await restarted.close();
      const back = await synchronize({
        sourceServers: [destinationServer.address],
        destinationServers: [sourceServer.address],
      });
      expect(back.code).toBe(0);
      expect(await snapshot(source, root)).toEqual(await snapshot(destination, root));
      // The old plan again, whose source is the truth: its first run needs leave, the next none.
      await put(source, { [`${root}/a`]: 'home again' });
      expect((await synchronize()).code).toBe(52);
      expect((await synchronize({ destinationDrift: 'Overwrite' })).code).toBe(0);
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
      expect((await synchronize()).code).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );
});

describe('forgetting a destination', () => {
  const forget = async (): Promise<WorkerExit> => {
    const words = [`--destination-servers=${destinationServer.address}`, `--root-path=${root}`];
    return await (
      await startWorker(['forget', ...words])
    ).exited;
  };

  test(
    'removes all but the copy, and lets the next run adopt what it finds',
    async () => {
      await put(source, { [`${root}/a`]: '1' });
      expect((await synchronize()).code).toBe(0);
      await put(destination, { [`${root}/a`]: 'theirs' });
      expect((await synchronize()).code).toBe(52);
      const { code, result } = await forget();
      expect(code).toBe(0);
      expect(result?.message).toContain(`Forgot ${root} at the destination`);
      expect(await destination.exists(controlDir(root))).toBeNull();
      expect((await snapshot(destination, root))[`${root}/a`]).toBe('theirs');
      expect((await forget()).result?.message).toContain('nothing to forget');
      expect((await synchronize()).code).toBe(0);
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'is refused while a run holds it',
    async () => {
      await put(source, { [`${root}/a`]: '1' });
      expect((await synchronize()).code).toBe(0);
      const holder = `${controlDir(root)}/holder-1`;
      await destination.create(holder, Buffer.from('{"writerId":"plan-a"}'), { mode: 'ephemeral' });
      const { code, result } = await forget();
      expect(code).toBe(53);
      expect(result?.message).toContain('A run of plan-a is writing');
      expect(await destination.exists(holder)).not.toBeNull();
      await destination.delete(holder);
    },
    TEST_TIMEOUT_MS,
  );
});

describe('a run that was killed in the middle of its writes', () => {
  test(
    'is not taken for somebody else by the next one, but who came after it is',
    async () => {
      await putMany(source, `${root}/many`, { count: 20_000, data: 'x'.repeat(200) });
      // A destination that has something is compared first and then written in batches.
      await put(destination, { [`${root}/old`]: '' });
      const args = argumentsWith({ destinationSessionTimeoutSeconds: 4 });
      const worker = await startWorker(synchronizeCommandLine(args));
      await worker.logged('guards passed');
      worker.kill('SIGKILL');
      await worker.exited;
      await put(source, { [`${root}/a`]: '1' });
      expect((await synchronize()).code).toBe(0);
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));

      await put(source, { [`${root}/a`]: '2' });
      await put(destination, { [`${root}/many/n5`]: 'theirs' });
      expect((await synchronize()).code).toBe(52);
      expect((await snapshot(destination, root))[`${root}/many/n5`]).toBe('theirs');
    },
    TEST_TIMEOUT_MS,
  );
});
