import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { minorOf } from '../kubernetes-versions.ts';
import { buildGoProgram, type GoBuild, type GoProgram } from '../go-program.ts';

/** Paths of everything that is built from Go modules. */
export interface Programs {
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kubeProxy: string;
  readonly kubelet: string;
  readonly kubectl: string;
  readonly coredns: string;
  readonly pause: string;
}

/** Before 1.26, Kubernetes' dependencies reach into Go's runtime by linkname, which Go 1.23 forbade. */
const FIRST_MINOR_WITHOUT_LINKNAME = 26;

/** Both hold a version of their own: the node reports the first, the API server of 1.24 the second. */
const versionPackages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];

/** The release tells its version only if the linker sets it; it would be v0.0.0 otherwise. */
export function kubernetesLinkerFlags(version: string): string {
  const minor = minorOf(version);
  const values = {
    gitVersion: `v${version}`,
    gitMajor: '1',
    gitMinor: String(minor),
    gitTreeState: 'clean',
  };
  const flags = versionPackages.flatMap((name) =>
    Object.entries(values).map(([key, value]) => `-X ${name}.${key}=${value}`),
  );
  if (minor < FIRST_MINOR_WITHOUT_LINKNAME) flags.unshift('-checklinkname=0');
  return flags.join(' ');
}

function kubernetes(version: string): GoProgram {
  return {
    name: `kubernetes-${version}`,
    sourceDir: join(import.meta.dirname, 'kubernetes', version),
    linkerFlags: kubernetesLinkerFlags(version),
    note: 'five to ten minutes the first time, cached afterwards',
  };
}

const coredns: GoProgram = {
  name: 'coredns',
  sourceDir: join(import.meta.dirname, 'coredns'),
  note: 'about a minute the first time, cached afterwards',
};

export const pauseProgram: GoProgram = {
  name: 'pause',
  sourceDir: join(import.meta.dirname, 'pause'),
};

/** The Kubernetes binary acts as the program by whose name it is called. */
async function linkAs(binary: string, name: string): Promise<string> {
  const link = join(dirname(binary), name);
  await mkdir(dirname(link), { recursive: true });
  await symlink(binary, link).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    await rm(link);
    await symlink(binary, link);
  });
  return link;
}

/** Builds what is not cached yet, one after the other: each build uses all processors. */
export async function buildPrograms(version: string, build: GoBuild): Promise<Programs> {
  const binary = await buildGoProgram(kubernetes(version), build);
  const [kubeApiserver, kubeControllerManager, kubeScheduler, kubeProxy, kubelet, kubectl] =
    await Promise.all([
      linkAs(binary, 'kube-apiserver'),
      linkAs(binary, 'kube-controller-manager'),
      linkAs(binary, 'kube-scheduler'),
      linkAs(binary, 'kube-proxy'),
      linkAs(binary, 'kubelet'),
      // Alone in its folder, which a person may put on their PATH.
      linkAs(binary, 'bin/kubectl'),
    ]);
  return {
    ...{ kubeApiserver, kubeControllerManager, kubeScheduler, kubeProxy, kubelet, kubectl },
    coredns: await buildGoProgram(coredns, build),
    pause: await buildGoProgram(pauseProgram, build),
  };
}
