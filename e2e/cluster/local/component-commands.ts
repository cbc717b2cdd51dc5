import { join } from 'node:path';
import { minorOf } from '../kubernetes-versions.ts';
import { kubeconfigPath, node, type ClusterPaths } from './node-layout.ts';
import type { Programs } from './programs.ts';

/** A program that runs inside the node for as long as the cluster is up. */
export interface Component {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

export interface ComponentContext {
  readonly kubernetesVersion: string;
  readonly programs: Programs;
  readonly paths: ClusterPaths;
}

/** From this minor release on the kubelet takes the runtime's socket from its configuration file. */
const FIRST_MINOR_WITH_CONFIGURED_RUNTIME = 27;
/** Until this minor release the kubelet has to be told that its runtime is not Docker. */
const LAST_MINOR_WITH_DOCKERSHIM_FLAG = 26;

export const containerdSocket = '/run/containerd/containerd.sock';

const etcdUrl = 'http://127.0.0.1:2379';

/** The data is in the node's memory file system: a cluster lives as long as its node. */
export function etcd(): Component {
  return {
    name: 'etcd',
    program: 'etcd',
    args: [
      '--name=node',
      '--data-dir=/run/etcd',
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      '--listen-peer-urls=http://127.0.0.1:2380',
      '--initial-advertise-peer-urls=http://127.0.0.1:2380',
      '--initial-cluster=node=http://127.0.0.1:2380',
    ],
  };
}

export function containerd({ paths }: ComponentContext): Component {
  const config = join(paths.configDir, 'containerd.toml');
  return { name: 'containerd', program: 'containerd', args: ['--config', config] };
}

/**
 * OwnerReferencesPermissionEnforcement is on because OpenShift has it: an operator that may not
 * set a blocking owner reference must be seen to work without.
 */
export function kubeApiserver({ programs, paths }: ComponentContext): Component {
  const pki = (file: string): string => join(paths.pkiDir, file);
  return {
    name: 'kube-apiserver',
    program: programs.kubeApiserver,
    args: [
      `--advertise-address=${node.address}`,
      `--bind-address=${node.address}`,
      `--secure-port=${node.apiServerPort}`,
      `--etcd-servers=${etcdUrl}`,
      `--service-cluster-ip-range=${node.serviceCidr}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement',
      '--allow-privileged=true',
      `--client-ca-file=${pki('ca.crt')}`,
      `--tls-cert-file=${pki('apiserver.crt')}`,
      `--tls-private-key-file=${pki('apiserver.key')}`,
      `--kubelet-certificate-authority=${pki('ca.crt')}`,
      `--kubelet-client-certificate=${pki('apiserver-kubelet-client.crt')}`,
      `--kubelet-client-key=${pki('apiserver-kubelet-client.key')}`,
      // The node's name resolves nowhere, so logs and exec have to go to its address.
      '--kubelet-preferred-address-types=InternalIP',
      `--service-account-issuer=https://kubernetes.default.svc.${node.clusterDomain}`,
      `--service-account-key-file=${pki('service-account.crt')}`,
      `--service-account-signing-key-file=${pki('service-account.key')}`,
    ],
  };
}

export function kubeControllerManager({ programs, paths }: ComponentContext): Component {
  const pki = (file: string): string => join(paths.pkiDir, file);
  return {
    name: 'kube-controller-manager',
    program: programs.kubeControllerManager,
    args: [
      `--kubeconfig=${kubeconfigPath(paths, 'kube-controller-manager')}`,
      '--leader-elect=false',
      '--use-service-account-credentials',
      '--bind-address=127.0.0.1',
      `--root-ca-file=${pki('ca.crt')}`,
      `--cluster-signing-cert-file=${pki('ca.crt')}`,
      `--cluster-signing-key-file=${pki('ca.key')}`,
      `--service-account-private-key-file=${pki('service-account.key')}`,
    ],
  };
}

export function kubeScheduler({ programs, paths }: ComponentContext): Component {
  return {
    name: 'kube-scheduler',
    program: programs.kubeScheduler,
    args: [
      `--kubeconfig=${kubeconfigPath(paths, 'kube-scheduler')}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
    ],
  };
}

/** The zeros leave the machine's connection tracking as it is. */
export function kubeProxy({ programs, paths }: ComponentContext): Component {
  return {
    name: 'kube-proxy',
    program: programs.kubeProxy,
    args: [
      `--kubeconfig=${kubeconfigPath(paths, 'kube-proxy')}`,
      `--hostname-override=${node.name}`,
      '--proxy-mode=iptables',
      `--cluster-cidr=${node.podCidr}`,
      '--conntrack-max-per-core=0',
      '--conntrack-min=0',
      '--conntrack-tcp-timeout-established=0',
      '--conntrack-tcp-timeout-close-wait=0',
    ],
  };
}

function runtimeFlags(minor: number): string[] {
  if (minor >= FIRST_MINOR_WITH_CONFIGURED_RUNTIME) return [];
  const flags = [`--container-runtime-endpoint=unix://${containerdSocket}`];
  return minor <= LAST_MINOR_WITH_DOCKERSHIM_FLAG
    ? ['--container-runtime=remote', ...flags]
    : flags;
}

export function kubelet({ programs, paths, kubernetesVersion }: ComponentContext): Component {
  return {
    name: 'kubelet',
    program: programs.kubelet,
    args: [
      `--config=${join(paths.configDir, 'kubelet.json')}`,
      `--kubeconfig=${kubeconfigPath(paths, 'kubelet')}`,
      `--hostname-override=${node.name}`,
      `--node-ip=${node.address}`,
      ...runtimeFlags(minorOf(kubernetesVersion)),
    ],
  };
}

export function coredns({ programs, paths }: ComponentContext): Component {
  return {
    name: 'coredns',
    program: programs.coredns,
    args: ['-conf', join(paths.configDir, 'Corefile')],
  };
}
