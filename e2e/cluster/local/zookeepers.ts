import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { probeServer, startZooKeeperServer } from '../../../zookeeper/testing/index.ts';
import type { ZooKeeperAddress } from '../cluster-info.ts';
import { zooKeepers, type ClusterPaths } from './node-layout.ts';
import { findProcesses, type PidFiles, type ProcessIdentity } from './processes.ts';

/** Names of the two servers, which are those of their pid files and logs too. */
export const zooKeeperNames = { source: 'zookeeper-source', destination: 'zookeeper-destination' };

/** Servers of this cluster, also those that a killed run did not come to note. */
export function findZooKeepers(paths: ClusterPaths): ProcessIdentity[] {
  return findProcesses(
    (commandLine) =>
      commandLine.at(-1)?.startsWith(`${paths.zooKeeperDir}/`) === true &&
      commandLine.some((argument) => argument.startsWith('org.apache.zookeeper.')),
  );
}

async function start(
  paths: ClusterPaths,
  pidFiles: PidFiles,
  role: keyof typeof zooKeepers,
): Promise<void> {
  const name = zooKeeperNames[role];
  await mkdir(paths.logDir, { recursive: true });
  const server = await startZooKeeperServer({
    ...zooKeepers[role],
    dataDir: join(paths.zooKeeperDir, role),
    logFile: join(paths.logDir, `${name}.log`),
    detached: true,
  });
  await pidFiles.write(name, server.pid);
}

/** Starts both servers, empty, as processes of this machine; they outlive this process. */
export async function startZooKeepers(paths: ClusterPaths, pidFiles: PidFiles): Promise<void> {
  await Promise.all([start(paths, pidFiles, 'source'), start(paths, pidFiles, 'destination')]);
}

/** Whether a server answers and serves clients. */
export async function isServing(address: ZooKeeperAddress): Promise<boolean> {
  const answer = await probeServer(address).catch(() => '');
  return answer.includes('Mode: ');
}
