import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A client port of a ZooKeeper server, as pods and this machine reach it. */
export interface ZooKeeperAddress {
  readonly host: string;
  readonly port: number;
}

export type ProviderName = 'kind' | 'local';

/** All that a test needs to know of a running cluster, whoever provides it. */
export interface ClusterInfo {
  readonly provider: ProviderName;
  /** For example `1.34.4`. */
  readonly kubernetesVersion: string;
  /** A kubeconfig with all rights. */
  readonly kubeconfigPath: string;
  /** A kubectl that fits: a path, or a name to be found on PATH. */
  readonly kubectlPath: string;
  readonly source: ZooKeeperAddress;
  readonly destination: ZooKeeperAddress;
}

const FILE_NAME = 'cluster.json';

/** The cluster that is up, or null. Its file is written last by `up` and removed first by `down`. */
export async function readClusterInfoFrom(stateDir: string): Promise<ClusterInfo | null> {
  const text = await readFile(join(stateDir, FILE_NAME), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as ClusterInfo);
}

export async function writeClusterInfo(stateDir: string, info: ClusterInfo): Promise<void> {
  const path = join(stateDir, FILE_NAME);
  await mkdir(stateDir, { recursive: true });
  await writeFile(`${path}.incomplete`, `${JSON.stringify(info, null, 2)}\n`);
  await rename(`${path}.incomplete`, path);
}

export async function removeClusterInfo(stateDir: string): Promise<void> {
  await rm(join(stateDir, FILE_NAME), { force: true });
}
