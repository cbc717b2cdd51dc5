import { describe, expect, jest, test } from '@jest/globals';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import { takeBackup } from '../testing/backup.ts';
import { startWorker } from '../testing/run-worker.ts';
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
import { open, put, putMany, snapshot } from '../testing/znodes.ts';

process.stderr.write('Expected to take 1 to 3 minutes.\n');
jest.setTimeout(600_000);
useTwoClusters();

describe.each(['source', 'destination'] as const)('a %s that is set back', (side) => {
  test.each(['before', 'while'] as const)(
    'to what it was %s a run was under way, which it still is, is no verified copy, or a true one',
    async (when) => {
      await putMany(source, `${root}/many`, { count: 3_000, data: 'x' });
      await put(destination, { [`${root}/old`]: '' });
      const server = side === 'source' ? sourceServer : destinationServer;
      const early = when === 'before' ? await takeBackup(server) : null;
      const slow = argumentsWith({
        ...{ writesPerSecond: 300, readsPerSecond: 3_000 },
        ...{ sourceSessionTimeoutSeconds: 4, destinationSessionTimeoutSeconds: 4 },
      });
      const worker = await startWorker(synchronizeCommandLine(slow));
      await worker.logged('guards passed');
      const backup = early ?? (await takeBackup(server));
      await backup.restore();
      const { code, result } = await worker.exited;
      await using from = await open(sourceServer);
      await using to = await open(destinationServer);
      const isSame = async () =>
        JSON.stringify(await snapshot(from, root)) === JSON.stringify(await snapshot(to, root));
      if (result?.verified === true) expect(await isSame()).toBe(true);
      else expect([40, 41, 42, 52, 53, 54]).toContain(code);
      expect((await synchronize()).code).toBe(0);
      expect(await isSame()).toBe(true);
    },
  );
});
