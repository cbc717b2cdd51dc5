import type { Memo } from './memo.ts';
import type { MirrorOptions } from './mirror-options.ts';

/** About how many znodes a pass over everything will look at; null if nobody can tell. */
export async function expectedZnodes(
  { source, rootPath }: Pick<MirrorOptions, 'source' | 'rootPath'>,
  memo: Memo | null,
): Promise<number | null> {
  if (memo !== null) return memo.totals.znodes;
  // What is excluded or ephemeral is counted, too.
  const below = await source.countBelow(rootPath);
  return below === null ? null : below + 1;
}
