import { describe, expect, test } from '@jest/globals';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import { startSlowProxy } from '../../zookeeper/testing/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { startWorker } from '../testing/run-worker.ts';
import {
  argumentsWith,
  destination,
  root,
  source,
  sourceServer,
  synchronize,
  useTwoClusters,
} from '../testing/two-clusters.ts';
import { putMany, snapshot } from '../testing/znodes.ts';

const TEST_TIMEOUT_MS = 120_000;

useTwoClusters();

/** How many znodes below the root one transaction created, at most. */
async function largestTransaction(): Promise<number> {
  const { children } = await destination.getChildren(root);
  const stats = await Promise.all(children.map((name) => destination.exists(`${root}/${name}`)));
  const created = new Map<bigint, number>();
  for (const stat of stats) {
    const czxid = stat?.czxid ?? 0n;
    created.set(czxid, (created.get(czxid) ?? 0) + 1);
  }
  return Math.max(...created.values());
}

describe('limits', () => {
  test(
    'are told at the start, and a run keeps its batches to a tenth of a second, and ends as any other',
    async () => {
      await putMany(source, root, { count: 150, data: 'some data' });
      const limits = { readsPerSecond: 500, writesPerSecond: 200, bytesPerSecond: 50_000 };
      const { code, lines } = await synchronize(limits);
      expect(code).toBe(0);
      expect(lines.find(({ message }) => message === 'synchronize')).toMatchObject(limits);
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
      expect(await largestTransaction()).toBe(20);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'shrink when a server answers more slowly, and the log says so',
    async () => {
      await putMany(source, root, { count: 300 });
      await using proxy = await startSlowProxy(sourceServer);
      const worker = await startWorker(
        synchronizeCommandLine(
          argumentsWith({
            sourceServers: [proxy.address],
            readsPerSecond: 200,
            preserveAcls: false,
            verify: false,
          }),
        ),
      );
      // So it has seen how fast the server can be.
      await eventually(() => proxy.repliedBytes > 5_000, { timeoutMs: 30_000 });
      proxy.latencyMs = 200;
      const slowed = await worker.logged('slowed down, because the servers answer more slowly');
      proxy.latencyMs = 0;
      const { code } = await worker.exited;
      expect(slowed).toMatchObject({ side: 'source' });
      expect(slowed['readsPerSecond']).toBeLessThan(200);
      expect(code).toBe(0);
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
    },
    TEST_TIMEOUT_MS,
  );
});
