import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { minorOf } from '../kubernetes-versions.ts';
import { containerdSocket } from './component-commands.ts';
import { kubeconfigPath, node, type ClusterPaths } from './node-layout.ts';

export const pauseImage = 'localhost/resiliency-operator/pause:1';

/** From this minor release on the kubelet refuses cgroup v1 or warns, unless told otherwise. */
const FIRST_MINOR_WITH_CGROUP_V1_CHECK = 31;
const FIRST_MINOR_WITH_CONFIGURED_RUNTIME = 27;

/** Where Debian installs the CNI plugins. */
export const cniPluginDir = '/usr/lib/cni';

export function renderContainerdConfig(paths: ClusterPaths): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

[grpc]
address = "${containerdSocket}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${pauseImage}"
# Lowering the score below our own is refused where the machine itself is a container.
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${cniPluginDir}"
conf_dir = "${join(paths.configDir, 'cni')}"

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
`;
}

export function renderCniConfig(): string {
  const config = {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: node.podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
  return JSON.stringify(config, null, 2);
}

/**
 * @param version decides which fields the kubelet of that release knows; an unknown one is an error
 */
export function renderKubeletConfig(paths: ClusterPaths, version: string): string {
  const minor = minorOf(version);
  const runtimeSocket = `unix://${containerdSocket}`;
  const config = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: node.address,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(paths.pkiDir, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: join(paths.pkiDir, 'kubelet.crt'),
    tlsPrivateKeyFile: join(paths.pkiDir, 'kubelet.key'),
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${paths.cgroup}`,
    clusterDNS: [node.address],
    clusterDomain: node.clusterDomain,
    resolvConf: join(paths.configDir, 'resolv.conf'),
    failSwapOn: false,
    enforceNodeAllocatable: [],
    // A nearly full disk is this machine's affair, and no reason to evict or to delete images.
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
    imageGCHighThresholdPercent: 100,
    // Many short pods are started and awaited by the tests.
    registryPullQPS: 0,
    eventRecordQPS: 0,
    volumeStatsAggPeriod: '0s',
    ...(minor >= FIRST_MINOR_WITH_CGROUP_V1_CHECK ? { failCgroupV1: false } : undefined),
    ...(minor >= FIRST_MINOR_WITH_CONFIGURED_RUNTIME
      ? { containerRuntimeEndpoint: runtimeSocket }
      : undefined),
  };
  return JSON.stringify(config, null, 2);
}

/** Answers for the cluster's own names only; there is no way out of the cluster for others. */
export function renderCorefile(paths: ClusterPaths): string {
  return `. {
    bind ${node.address}
    ready ${node.address}:8181
    errors
    cache 5
    kubernetes ${node.clusterDomain} in-addr.arpa {
        kubeconfig ${kubeconfigPath(paths, 'coredns')}
        ttl 5
    }
}
`;
}

/** Writes the configuration files of all components. */
export async function writeComponentConfigs(paths: ClusterPaths, version: string): Promise<void> {
  const cniDir = join(paths.configDir, 'cni');
  await mkdir(cniDir, { recursive: true });
  const files: Readonly<Record<string, string>> = {
    'containerd.toml': renderContainerdConfig(paths),
    'cni/10-pods.conflist': renderCniConfig(),
    'kubelet.json': renderKubeletConfig(paths, version),
    Corefile: renderCorefile(paths),
    // The node's own: names that are not the cluster's have no answer.
    'resolv.conf': `nameserver ${node.address}\n`,
  };
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(paths.configDir, name), text)),
  );
}
