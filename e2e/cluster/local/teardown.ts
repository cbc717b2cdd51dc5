import { readFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { removeClusterInfo } from '../cluster-info.ts';
import type { RunCommand } from '../run-command.ts';
import { waitUntil } from '../wait-until.ts';
import { findCgroups, removeCgroups } from './cgroups.ts';
import { findOwnInterfaces, removeInterfaces } from './network.ts';
import { findNodes } from './node-namespaces.ts';
import type { ClusterPaths } from './node-layout.ts';
import {
  commandLineOf,
  createPidFiles,
  findProcesses,
  isAlive,
  killProcess,
  type ProcessIdentity,
} from './processes.ts';
import { findZooKeepers } from './zookeepers.ts';

const NODE_END_TIMEOUT_MS = 3_000;

/** Every process of this cluster: those noted, and those that a killed run did not come to note. */
export async function findOwnProcesses(paths: ClusterPaths): Promise<ProcessIdentity[]> {
  const noted = [...(await createPidFiles(paths.pidDir).list()).values()].filter(isAlive);
  const components = findProcesses((commandLine) =>
    commandLine.some((argument) => argument.includes(`${paths.configDir}/`)),
  );
  const all = [...findNodes(paths), ...findZooKeepers(paths), ...noted, ...components];
  return [...new Map(all.map((found) => [found.pid, found])).values()];
}

async function findOwnMounts(paths: ClusterPaths): Promise<string[]> {
  const table = await readFile('/proc/self/mounts', 'utf8');
  return table
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((mountPoint) => mountPoint.startsWith(`${paths.stateDir}/`));
}

/**
 * Removes everything of a cluster, whole or half made: its node (and with it all processes,
 * mounts, interfaces and iptables rules inside), the ZooKeeper servers, interfaces, cgroups, files.
 */
export async function tearDown(run: RunCommand, paths: ClusterPaths): Promise<void> {
  await removeClusterInfo(paths.stateDir);
  const processes = await findOwnProcesses(paths);
  await Promise.all([...findNodes(paths), ...findZooKeepers(paths)].map(killProcess));
  // What ran inside the node ends with it; whoever waits for it shall come to collect it.
  await waitUntil(() => Promise.resolve(!processes.some(isAlive)), {
    what: 'the node to end',
    timeoutMs: NODE_END_TIMEOUT_MS,
    intervalMs: 10,
  }).catch(() => undefined);
  await Promise.all(processes.map(killProcess));
  await removeInterfaces(run);
  await removeCgroups(paths.cgroup);
  await rm(paths.stateDir, { recursive: true, force: true });
}

/** What a cluster has left on the machine, one line each; empty after `down`. */
export async function findRemains(run: RunCommand, paths: ClusterPaths): Promise<string[]> {
  const [processes, interfaces, cgroups, mounts] = await Promise.all([
    findOwnProcesses(paths),
    findOwnInterfaces(run),
    findCgroups(paths.cgroup),
    findOwnMounts(paths),
  ]);
  return [
    ...processes.map(({ pid }) => `process ${pid} (${basename(commandLineOf(pid)[0] ?? '')})`),
    ...interfaces.map((name) => `interface ${name}`),
    ...cgroups.map((path) => `cgroup ${path}`),
    ...mounts.map((path) => `mount ${path}`),
  ];
}
