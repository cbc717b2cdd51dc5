import { describe, expect, test } from '@jest/globals';
import { kubeApiserver, kubelet, type ComponentContext } from './component-commands.ts';
import { renderCorefile, renderKubeletConfig } from './component-configs.ts';
import { clusterPaths } from './node-layout.ts';
import { kubernetesLinkerFlags } from './programs.ts';

const paths = clusterPaths('/state');

function context(kubernetesVersion: string): ComponentContext {
  const programs = {
    kubeApiserver: '/bin/kube-apiserver',
    kubeControllerManager: '/bin/kube-controller-manager',
    kubeScheduler: '/bin/kube-scheduler',
    kubeProxy: '/bin/kube-proxy',
    kubelet: '/bin/kubelet',
    kubectl: '/bin/kubectl',
    coredns: '/bin/coredns',
    pause: '/bin/pause',
  };
  return { kubernetesVersion, programs, paths };
}

describe('the kubelet', () => {
  test.each([
    {
      version: '1.24.17',
      flags: ['--container-runtime=remote', '--container-runtime-endpoint='],
      fields: [],
    },
    { version: '1.29.15', flags: [], fields: ['containerRuntimeEndpoint'] },
    { version: '1.34.4', flags: [], fields: ['containerRuntimeEndpoint', 'failCgroupV1'] },
  ])('of $version gets only what it knows', ({ version, flags, fields }) => {
    const { args } = kubelet(context(version));
    const config = JSON.parse(renderKubeletConfig(paths, version)) as Record<string, unknown>;

    const runtimeFlags = args.filter((flag) => flag.startsWith('--container-runtime'));
    expect(runtimeFlags.map((flag) => flag.replace(/=unix.*/, '='))).toEqual(flags);
    const optional = ['containerRuntimeEndpoint', 'failCgroupV1'];
    expect(optional.filter((field) => field in config)).toEqual(fields);
  });

  test('keeps its pods below a cgroup that belongs to this cluster alone', () => {
    const other = clusterPaths('/another-state');

    expect(paths.cgroup).toMatch(/^resiliency-operator-[0-9a-f]{8}$/);
    expect(renderKubeletConfig(paths, '1.34.4')).toContain(`"cgroupRoot": "/${paths.cgroup}"`);
    expect(other.cgroup).not.toBe(paths.cgroup);
  });
});

test('the API server checks owner references as OpenShift does', () => {
  expect(kubeApiserver(context('1.34.4')).args).toContain(
    '--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement',
  );
});

test('CoreDNS answers on the address that the kubelet gives to pods', () => {
  const config = JSON.parse(renderKubeletConfig(paths, '1.34.4')) as { clusterDNS: string[] };

  expect(renderCorefile(paths)).toContain(`bind ${config.clusterDNS[0] ?? ''}\n`);
});

describe('kubernetesLinkerFlags', () => {
  test('name the release', () => {
    const flags = kubernetesLinkerFlags('1.34.4');

    expect(flags).toContain('-X k8s.io/component-base/version.gitVersion=v1.34.4');
    expect(flags).toContain('-X k8s.io/component-base/version.gitMinor=34');
    expect(flags).not.toContain('-checklinkname');
  });

  test('allow old releases what Go forbids since', () => {
    expect(kubernetesLinkerFlags('1.24.17')).toMatch(/^-checklinkname=0 /);
  });
});
