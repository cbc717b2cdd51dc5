import { dirname } from 'node:path';
import type { ClusterInfo } from './cluster-info.ts';

/**
 * What a person's shell needs before `kubectl` means this cluster, a line each; the lines can be
 * pasted, or taken by `eval`.
 *
 * @param hasKubectl whether a kubectl is on the person's PATH already; it is then left to them
 */
export function shellSetup(
  { kubeconfigPath, kubectlPath }: Pick<ClusterInfo, 'kubeconfigPath' | 'kubectlPath'>,
  hasKubectl: boolean,
): readonly string[] {
  const lines = [`export KUBECONFIG=${quoted(kubeconfigPath)}`];
  const isOurs = kubectlPath.includes('/');
  return hasKubectl || !isOurs
    ? lines
    : [...lines, `export PATH="$PATH":${quoted(dirname(kubectlPath))}`];
}

function quoted(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
