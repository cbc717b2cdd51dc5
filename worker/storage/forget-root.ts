import { CONTROL_ROOT } from '../../api/znode-path.ts';
import { WorkerFailure } from '../failure.ts';
import { ZooKeeperError } from '../../zookeeper/index.ts';
import { controlDir, decodeHolder, HOLDER_PREFIX } from './control-tree.ts';
import type { WriteStep } from './session.ts';
import type { Side } from './side.ts';
import { sessionFailure } from './zookeeper-failure.ts';

/**
 * Removes the control znodes of one root; the root itself is not touched.
 *
 * @returns the paths that were removed
 * @throws WorkerFailure `AnotherWriter` while a run holds the root, `AuthenticationFailed`,
 *   `SessionLost`
 */
export async function forgetRoot(side: Side, absoluteRoot: string): Promise<readonly string[]> {
  try {
    return await removeDir(side, controlDir(absoluteRoot), absoluteRoot);
  } catch (error) {
    if (!(error instanceof ZooKeeperError)) throw error;
    if (error.code !== 'NoAuth') throw sessionFailure(side, error);
    const message = `The destination does not let this user remove ${controlDir(absoluteRoot)}: use the user that made it, with the password of that time, or a superuser.`;
    throw new WorkerFailure('AuthenticationFailed', message, { cause: error });
  }
}

async function removeDir(side: Side, dir: string, root: string): Promise<readonly string[]> {
  const { session } = side;
  await session.sync(dir);
  if ((await session.exists(dir)) === null) return [];
  const names = await session.getChildren(dir);
  const holder = names.find((name) => name.startsWith(HOLDER_PREFIX));
  if (holder !== undefined) throw await stillHeld(side, `${dir}/${holder}`, root);
  const paths = [...names.map((name) => `${dir}/${name}`), dir];
  // All or nothing: a run that takes the lock meanwhile makes the last delete fail.
  await removeAll(side, paths, root);
  return [...paths, ...(await removeControlRoot(side))];
}

async function removeAll(side: Side, paths: readonly string[], root: string): Promise<void> {
  const deletes = paths.map((path): WriteStep => ({ kind: 'delete', path }));
  const batches = side.session.hasTransactions ? [deletes] : deletes.map((each) => [each]);
  for (const batch of batches) {
    const { refusal } = await side.session.write(batch);
    if (refusal === null) continue;
    if (refusal.code === 'NoAuth') throw new ZooKeeperError('NoAuth', 'no right to delete');
    throw await stillHeld(side, paths.at(-1) ?? root, root);
  }
}

/** The control root goes with the last root in it. */
async function removeControlRoot({ session }: Side): Promise<readonly string[]> {
  const { refusal } = await session.write([{ kind: 'delete', path: CONTROL_ROOT }]);
  return refusal === null ? [CONTROL_ROOT] : [];
}

async function stillHeld({ session }: Side, path: string, root: string): Promise<WorkerFailure> {
  const found = await session.getData(path).catch(() => null);
  const writer = decodeHolder(found?.data ?? null)?.writerId ?? 'unknown';
  const message = `A run of ${writer} is writing ${root} at the destination (${path}): let it end, then forget.`;
  return new WorkerFailure('AnotherWriter', message);
}
