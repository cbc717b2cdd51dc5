import { describe, expect, test } from '@jest/globals';
import { synchronizeCommandLine } from '../api/worker-contract.ts';
import { controlDir } from './storage/control-tree.ts';
import { startWorker } from './testing/run-worker.ts';
import type { WorkerExit } from './testing/run-worker.ts';
import {
  argumentsWith,
  destination,
  destinationServer,
  root,
  source,
  synchronize,
  useTwoClusters,
} from './testing/two-clusters.ts';
import { put, putMany, remove, snapshot, zxids } from './testing/znodes.ts';

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
