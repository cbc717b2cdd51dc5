import { retryRead } from './retry-read.ts';
import type { Side } from './side.ts';

/**
 * Tells what an ensemble remembers of a root from what any other does, and from what it remembers
 * once that was forgotten.
 *
 * @returns null if there is nothing, or it may not be looked at
 */
export async function identifyControlDir(side: Side, dir: string): Promise<string | null> {
  const [found] = await retryRead(side, () => side.session.read([{ kind: 'znode', path: dir }]));
  return found?.kind === 'znode' ? `${found.createdZxid} ${found.createdTimeMs}` : null;
}
