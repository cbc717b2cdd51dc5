import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** The one node: a set of Linux namespaces on this machine, joined to it by a bridge. */
export const node = {
  name: 'resiliency-node',
  address: '172.18.0.2',
  podCidr: '10.244.0.0/24',
  serviceCidr: '10.96.0.0/16',
  apiServiceAddress: '10.96.0.1',
  apiServerPort: 6443,
  clusterDomain: 'cluster.local',
} as const;

/** The network between this machine, the node and the two ZooKeeper servers. */
export const bridge = {
  name: 'resiliency0',
  /** The node's cable: this end is on the machine, the other is `eth0` of the node. */
  nodeInterface: 'resiliency-node',
  /** Marks an interface as ours; one without it is never touched. */
  alias: 'cluster of the resiliency operator',
  subnet: '172.18.0.0/24',
  prefixLength: 24,
  hostAddress: '172.18.0.1',
} as const;

/** The addresses of the documented samples. */
export const zooKeepers = {
  source: { host: '172.18.0.4', port: 30181 },
  destination: { host: '172.18.0.5', port: 30181 },
} as const;

/** Where the parts of a running cluster are; everything is below the state folder. */
export interface ClusterPaths {
  readonly stateDir: string;
  readonly pkiDir: string;
  readonly configDir: string;
  readonly logDir: string;
  readonly pidDir: string;
  readonly zooKeeperDir: string;
  /** Mounted over /var/lib and /var/log in the node, so that the machine's stay as they are. */
  readonly nodeVarLib: string;
  readonly nodeVarLog: string;
  readonly adminKubeconfig: string;
  readonly loadedImages: string;
  /** Name, below the root of each cgroup hierarchy, of the cgroup in which all pods live. */
  readonly cgroup: string;
}

export function clusterPaths(stateDir: string): ClusterPaths {
  return {
    stateDir,
    pkiDir: join(stateDir, 'pki'),
    configDir: join(stateDir, 'config'),
    logDir: join(stateDir, 'logs'),
    pidDir: join(stateDir, 'pids'),
    zooKeeperDir: join(stateDir, 'zookeeper'),
    nodeVarLib: join(stateDir, 'node', 'var-lib'),
    nodeVarLog: join(stateDir, 'node', 'var-log'),
    adminKubeconfig: join(stateDir, 'kubeconfig'),
    loadedImages: join(stateDir, 'loaded-images.json'),
    cgroup: `resiliency-operator-${createHash('sha256').update(stateDir).digest('hex').slice(0, 8)}`,
  };
}

/** Components that have a client certificate and a kubeconfig of their own. */
export const kubeconfigUsers = {
  admin: { commonName: 'kubernetes-admin', organization: 'system:masters' },
  'kube-controller-manager': { commonName: 'system:kube-controller-manager' },
  'kube-scheduler': { commonName: 'system:kube-scheduler' },
  'kube-proxy': { commonName: 'system:kube-proxy' },
  kubelet: { commonName: `system:node:${node.name}`, organization: 'system:nodes' },
  coredns: { commonName: 'coredns' },
} as const;

export type KubeconfigUser = keyof typeof kubeconfigUsers;

export function kubeconfigPath(paths: ClusterPaths, user: KubeconfigUser): string {
  return user === 'admin' ? paths.adminKubeconfig : join(paths.configDir, `${user}.kubeconfig`);
}
