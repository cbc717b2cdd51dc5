import { WorkerFailure } from '../../failure.ts';
import type { RootState } from './guards.ts';
import type { ReadZnode, TreeReader } from '../../tree/tree.ts';

/** What stands at the root path of one side. */
export interface RootOfSide {
  readonly state: RootState;
  readonly childCount: number;
  /** null if there is none. */
  readonly znode: ReadZnode | null;
}

/**
 * Looks at the root of one side.
 *
 * @throws {@link WorkerFailure} `AuthenticationFailed` if it may not be read
 */
export async function readRoot(
  side: TreeReader,
  name: 'source' | 'destination',
  rootPath: string,
): Promise<RootOfSide> {
  const [root] = await side.read([{ kind: 'znode', path: rootPath }]);
  if (root?.kind === 'forbidden') {
    throw new WorkerFailure(
      'AuthenticationFailed',
      `The ${name} does not let this user read ${rootPath}: check user and password, and the ACL.`,
    );
  }
  if (root?.kind !== 'znode') return { state: 'missing', childCount: 0, znode: null };
  const state = root.ephemeral ? 'ephemeral' : 'persistent';
  return { state, childCount: root.childCount, znode: root };
}
