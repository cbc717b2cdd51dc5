import { parseServer } from '../../../api/servers.ts';
import type { SynchronizationSpec } from '../../../api/v1alpha1/synchronization.ts';
import { absoluteZnodePath, RESERVED_BECAUSE, reservedTreeOf } from '../../../api/znode-path.ts';
import type { DatabaseView, Snapshot } from './snapshot.ts';

/**
 * Why a Synchronization that would read or write a tree that is never mirrored cannot run: the
 * chroot of a Database and the root path together lead there. Undefined if they do not.
 */
export function reservedPlace(
  { config }: SynchronizationSpec,
  { source, destination }: Pick<Snapshot, 'source' | 'destination'>,
): string | undefined {
  return (
    sentence(config.rootPath, config.sourceName, source) ??
    sentence(config.rootPath, config.destinationName, destination)
  );
}

function sentence(
  rootPath: string,
  name: string,
  database: DatabaseView | undefined,
): string | undefined {
  const path = absoluteZnodePath(chrootOf(database), rootPath);
  const tree = reservedTreeOf(path);
  if (tree === null) return undefined;
  return `spec.config.rootPath ${rootPath} at the Database ${name} is ${path}, which is in ${tree}: ${RESERVED_BECAUSE[tree]}. Give spec.zookeeper.client.servers of that Database another chroot, and create a new Synchronization.`;
}

/** One path holds for all servers: it stands after the last. */
function chrootOf(database: DatabaseView | undefined): string {
  const client = database?.spec.ok === true ? database.spec.value.zookeeper?.client : undefined;
  return parseServer(client?.servers.at(-1) ?? '')?.chroot ?? '';
}
