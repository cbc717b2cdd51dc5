import type { Command } from '../run-command.ts';
import { kindClusterName } from './kind-config.ts';

/** The Docker network that kind makes for its nodes. */
const NETWORK = 'kind';
const ZOOKEEPER_IMAGE = 'zookeeper:3.9';
const CREATE_TIMEOUT_MS = 900_000;
const LOAD_TIMEOUT_MS = 300_000;
const BUILD_TIMEOUT_MS = 900_000;
const ASK_TIMEOUT_MS = 20_000;

/** Marks containers as ours. */
const LABEL = 'io.astronetes.resiliency-operator.cluster';

/** Client port of the official image. */
export const ZOO_KEEPER_PORT = 2181;

/**
 * @param image a node image; kind publishes one for some of a release's patches only
 * @param configFile what `renderKindConfig` gave
 */
export function createCluster(
  kind: string,
  options: { image: string; configFile: string; kubeconfig: string },
): Command {
  const { image, configFile, kubeconfig } = options;
  return {
    program: kind,
    args: [
      ...['create', 'cluster', '--name', kindClusterName, '--image', image, '--wait', '180s'],
      ...['--config', configFile, '--kubeconfig', kubeconfig],
    ],
    timeoutMs: CREATE_TIMEOUT_MS,
  };
}

export function deleteCluster(kind: string, kubeconfig: string): Command {
  const args = ['delete', 'cluster', '--name', kindClusterName, '--kubeconfig', kubeconfig];
  return { program: kind, args };
}

export function listClusters(kind: string): Command {
  return { program: kind, args: ['get', 'clusters'] };
}

export function loadImage(kind: string, reference: string): Command {
  const args = ['load', 'docker-image', reference, '--name', kindClusterName];
  return { program: kind, args, timeoutMs: LOAD_TIMEOUT_MS };
}

export function exportLogs(kind: string, dir: string): Command {
  return { program: kind, args: ['export', 'logs', dir, '--name', kindClusterName] };
}

/** Copies the kubectl that kind's node image carries, of the cluster's own version. */
export function copyKubectl(path: string): Command {
  const from = `${kindClusterName}-control-plane:/usr/bin/kubectl`;
  return { program: 'docker', args: ['cp', from, path] };
}

/** The clusters end when the machine restarts, like the node of kind, and keep nothing. */
export function runZooKeeper(name: string): Command {
  return {
    program: 'docker',
    args: [
      ...['run', '--detach', '--name', name, '--network', NETWORK, '--label', LABEL],
      ...['--env', 'ZOO_4LW_COMMANDS_WHITELIST=*', '--env', 'ZOO_MAX_CLIENT_CNXNS=0'],
      ZOOKEEPER_IMAGE,
    ],
    timeoutMs: CREATE_TIMEOUT_MS,
  };
}

/** Prints the address of a container on kind's network. */
export function inspectAddress(name: string): Command {
  const template = `{{(index .NetworkSettings.Networks "${NETWORK}").IPAddress}}`;
  return { program: 'docker', args: ['inspect', '--format', template, name] };
}

/** Succeeds once the server in a container serves clients. */
export function askZooKeeper(name: string): Command {
  const args = ['exec', name, 'zkServer.sh', 'status'];
  return { program: 'docker', args, timeoutMs: ASK_TIMEOUT_MS };
}

export function containerLogs(name: string): Command {
  return { program: 'docker', args: ['logs', name] };
}

/** Prints the names of our containers, running or not. */
export function listContainers(): Command {
  const args = ['ps', '--all', '--filter', `label=${LABEL}`, '--format', '{{.Names}}'];
  return { program: 'docker', args };
}

export function removeContainer(name: string): Command {
  return { program: 'docker', args: ['rm', '--force', '--volumes', name] };
}

export function inspectImage(reference: string): Command {
  const template = '{{index .Config.Labels "io.astronetes.inputs"}}';
  return { program: 'docker', args: ['image', 'inspect', '--format', template, reference] };
}

export interface DockerBuild {
  readonly reference: string;
  readonly dockerfile: string;
  readonly contextDir: string;
  /** Digest of the inputs, kept as a label so that an unchanged image is not built again. */
  readonly inputs: string;
  /** Files that the build may read and that stay out of the image, by the id of the secret. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** BuildKit is asked for because older engines build without it and know no secrets. */
export function buildImage(build: DockerBuild): Command {
  const { reference, dockerfile, contextDir, inputs, secrets } = build;
  return {
    program: 'docker',
    args: [
      ...['build', '--file', dockerfile, '--tag', reference],
      ...['--label', `io.astronetes.inputs=${inputs}`],
      ...Object.entries(secrets).flatMap(([id, file]) => ['--secret', `id=${id},src=${file}`]),
      contextDir,
    ],
    env: { DOCKER_BUILDKIT: '1' },
    timeoutMs: BUILD_TIMEOUT_MS,
  };
}
