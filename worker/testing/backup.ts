import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ZooKeeperServer } from '../../zookeeper/testing/index.ts';

/** What a server had at a moment. */
export interface Backup {
  /** Sets the server back to it: clients that are ahead of it are refused from then on. */
  restore(): Promise<void>;
}

/** Where a server keeps its log and its snapshots, below its data directory. */
const DATA = 'version-2';

/** Takes a backup of a server's data, the way people do: by a copy of the files while it is down. */
export async function takeBackup(server: ZooKeeperServer): Promise<Backup> {
  // Beside the data, so that it goes with the server.
  const kept = await mkdtemp(join(server.dataDir, 'backup-'));
  const data = join(server.dataDir, DATA);
  await server.kill('SIGTERM');
  await cp(data, kept, { recursive: true });
  await server.restart();
  return {
    restore: async () => {
      await server.kill('SIGTERM');
      await rm(data, { recursive: true });
      await cp(kept, data, { recursive: true });
      await server.restart();
    },
  };
}
