import { CONTROL_ROOT } from '../../api/znode-path.ts';
import { ZooKeeperError } from '../../zookeeper/index.ts';
import { retryLost } from './retry-read.ts';
import type { Side } from './side.ts';

/** What became of witnesses at the source. */
export interface ForgottenWitnesses {
  readonly removed: readonly string[];
  /** With the server's word for why. */
  readonly left: readonly { readonly path: string; readonly code: string }[];
}

/**
 * Removes witnesses, and the control root if nothing else is in it. One that a run stands by is left.
 */
export async function forgetWitnesses(
  side: Side,
  paths: readonly string[],
): Promise<ForgottenWitnesses> {
  const removed: string[] = [];
  const left: { path: string; code: string }[] = [];
  for (const path of new Set(paths)) {
    const code = await remove(side, path);
    if (code === null) removed.push(path);
    else if (code !== 'NoNode') left.push({ path, code });
  }
  if (removed.length > 0) await remove(side, CONTROL_ROOT);
  return { removed, left };
}

/** @returns why not; null if it was removed */
async function remove(side: Side, path: string): Promise<string | null> {
  try {
    await retryLost(() => side.session.delete(path));
    return null;
  } catch (error) {
    if (error instanceof ZooKeeperError) return error.code;
    throw error;
  }
}
