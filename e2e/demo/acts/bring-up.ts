import { readClusterInfo, type ClusterInfo } from '../../cluster/index.ts';
import { addressOf } from '../../support/installation.ts';
import { mustRun, type Shell } from '../shell.ts';
import type { Terminal } from '../terminal.ts';

/** Building Kubernetes from its Go module takes ten minutes on two cores. */
const UP_TIMEOUT_MS = 2_400_000;
const IMAGES_TIMEOUT_MS = 1_200_000;

/** Brings up Kubernetes and two ZooKeepers, or finds them up. */
export async function bringUpCluster(shell: Shell, terminal: Terminal): Promise<ClusterInfo> {
  terminal.say('The first time on a machine this builds or downloads Kubernetes: some minutes.');
  await cluster(shell, 'up', UP_TIMEOUT_MS);
  const info = await readClusterInfo();
  terminal.say(
    `Kubernetes ${info.kubernetesVersion} (${info.provider}) is up, and two ZooKeepers:`,
  );
  terminal.say(`source ${addressOf(info.source)}, destination ${addressOf(info.destination)}`);
  return info;
}

/** Builds both images from their Dockerfiles where something changed, and loads them. */
export async function buildImages(shell: Shell): Promise<void> {
  await cluster(shell, 'build-images', IMAGES_TIMEOUT_MS);
}

async function cluster(shell: Shell, command: string, timeoutMs: number): Promise<void> {
  const args = ['run', '--silent', 'cluster', '--', command];
  await mustRun(shell, { shown: `npm ${args.join(' ')}`, program: 'npm', args, timeoutMs });
}
