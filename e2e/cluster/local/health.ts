import { createApiClient, isApiServerReady, isNodeReady } from './api-client.ts';
import { zooKeepers, type ClusterPaths } from './node-layout.ts';
import { findNodes } from './node-namespaces.ts';
import { createPidFiles, isAlive } from './processes.ts';
import { isServing } from './zookeepers.ts';

async function checkApi(paths: ClusterPaths): Promise<string[]> {
  const api = await createApiClient(paths).catch(() => null);
  if (api === null) return ['the certificates are missing'];
  try {
    if (!(await isApiServerReady(api).catch(() => false))) return ['the API server is not ready'];
    return (await isNodeReady(api).catch(() => false)) ? [] : ['the node is not Ready'];
  } finally {
    api.close();
  }
}

async function checkProcesses(paths: ClusterPaths): Promise<string[]> {
  const noted = await createPidFiles(paths.pidDir).list();
  const dead = [...noted].filter(([, found]) => !isAlive(found));
  return dead.map(([name]) => `${name} has ended`);
}

async function checkZooKeepers(): Promise<string[]> {
  const addresses = Object.values(zooKeepers);
  const serving = await Promise.all(addresses.map(isServing));
  return addresses
    .filter((_, index) => serving[index] !== true)
    .map(({ host, port }) => `ZooKeeper at ${host}:${port} does not serve`);
}

/** What is wrong with a cluster that should be up, one line each; empty if it is healthy. */
export async function checkHealth(paths: ClusterPaths): Promise<string[]> {
  if (findNodes(paths).length === 0) return ['its node does not run'];
  const problems = await Promise.all([checkApi(paths), checkProcesses(paths), checkZooKeepers()]);
  return problems.flat();
}
