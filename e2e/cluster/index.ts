import { readClusterInfoFrom, type ClusterInfo } from './cluster-info.ts';
import { ClusterError } from './cluster-error.ts';
import { defaultStateDir } from './directories.ts';

export type { ClusterInfo, ProviderName, ZooKeeperAddress } from './cluster-info.ts';
export { operatorImage, workerImage } from './images.ts';
export { isOnPath } from './is-on-path.ts';
export { shellSetup } from './shell-setup.ts';

/**
 * The cluster that `up` has brought up.
 *
 * @throws ClusterError if there is none
 */
export async function readClusterInfo(): Promise<ClusterInfo> {
  const info = await readClusterInfoFrom(defaultStateDir());
  if (info === null) throw new ClusterError('No cluster is up; run `make up` first.');
  return info;
}
