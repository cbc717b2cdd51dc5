import { readFile } from 'node:fs/promises';
import { eventually } from '../../testing/eventually.ts';
import { readClusterInfo, type ClusterInfo } from '../cluster/index.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';

/** Namespace of the operator, as the documentation has it. */
export const OPERATOR_NAMESPACE = 'resiliency-operator';

export const OPERATOR_DEPLOYMENTS = [
  'resiliency-operator-database-controller',
  'resiliency-operator-synchronization-controller',
  'resiliency-operator-synchronizationplan-controller',
] as const;

/** Addresses in the documented samples. */
export const SAMPLE_ADDRESSES = {
  source: '172.18.0.4:30181',
  destination: '172.18.0.5:30181',
} as const;

export interface Installation {
  readonly cluster: ClusterInfo;
  readonly kubectl: Kubectl;
}

/** On the operator's pods: the test run that they were started for. */
const RUN_ANNOTATION = 'resiliency-operator-tests/run';

/**
 * Installs the operator on the cluster as the documentation says, and waits until it runs. Its pods
 * are started anew once a test run.
 */
export async function installOperator(): Promise<Installation> {
  const cluster = await readClusterInfo();
  const kubectl = createKubectl(cluster);
  await createNamespace(kubectl, OPERATOR_NAMESPACE);
  await kubectl.run(['apply', '-f', 'manifests/crds.yaml']);
  await kubectl.run(['-n', OPERATOR_NAMESPACE, 'apply', '-f', 'manifests/operator.yaml']);
  await Promise.all(
    OPERATOR_DEPLOYMENTS.map(async (deployment) => {
      await restartOnceARun(kubectl, deployment);
      await scaleOperator(kubectl, deployment, 1);
    }),
  );
  return { cluster, kubectl };
}

/** A new image under the same tag changes no manifest, and pods of the last run may have the old. */
async function restartOnceARun(kubectl: Kubectl, deployment: string): Promise<void> {
  const run = `${process.pid}-${Math.round(performance.timeOrigin)}`;
  const patch = { spec: { template: { metadata: { annotations: { [RUN_ANNOTATION]: run } } } } };
  await kubectl.run([
    ...['-n', OPERATOR_NAMESPACE, 'patch', `deployment/${deployment}`],
    ...['--type=merge', `--patch=${JSON.stringify(patch)}`],
  ]);
}

/** Sets a Deployment's replicas and waits until just these run. */
export async function scaleOperator(
  kubectl: Kubectl,
  deployment: (typeof OPERATOR_DEPLOYMENTS)[number],
  replicas: 0 | 1,
): Promise<void> {
  const inNamespace = ['-n', OPERATOR_NAMESPACE];
  await kubectl.run([
    ...inNamespace,
    'scale',
    `deployment/${deployment}`,
    `--replicas=${replicas}`,
  ]);
  await kubectl.run([
    ...inNamespace,
    ...['rollout', 'status', `deployment/${deployment}`, '--timeout=150s'],
  ]);
  if (replicas === 0) await noPodOf(kubectl, deployment);
}

/** Creates a namespace for users, under the strictest Pod Security level. */
export async function createNamespace(kubectl: Kubectl, name: string): Promise<void> {
  await kubectl.run(
    ['apply', '-f', '-'],
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    }),
  );
}

/**
 * A documented sample with the addresses of this cluster's ZooKeepers: unchanged where the cluster
 * has them at the documented addresses.
 */
export async function readSample(file: string, cluster: ClusterInfo): Promise<string> {
  const text = await readFile(`manifests/samples/${file}`, 'utf8');
  return text
    .replaceAll(SAMPLE_ADDRESSES.source, addressOf(cluster.source))
    .replaceAll(SAMPLE_ADDRESSES.destination, addressOf(cluster.destination));
}

/** `host:port` of a server. */
export function addressOf(server: { readonly host: string; readonly port: number }): string {
  return `${server.host}:${server.port}`;
}

async function noPodOf(kubectl: Kubectl, deployment: string): Promise<void> {
  await eventually(
    async () => {
      const pods = await kubectl.run(['-n', OPERATOR_NAMESPACE, 'get', 'pods', '-o', 'name']);
      return !pods.includes(deployment);
    },
    { timeoutMs: 60_000, intervalMs: 250, description: `no pod of ${deployment}` },
  );
}
