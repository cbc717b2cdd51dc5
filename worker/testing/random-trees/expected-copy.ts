import type { Znodes } from '../znodes.ts';
import { EXCLUDED_PREFIX, type RandomTree, type RandomZnode } from './random-tree.ts';

/**
 * What a mirror makes of a destination, told by its rules and not by its code: the persistent
 * znodes of the source that are not excluded; what is excluded at the destination, as it was; and
 * what stands above that and above the destination's ephemerals, as it was if the source has none.
 */
export function expectedCopy(
  root: string,
  source: RandomTree,
  destination: RandomTree | null,
): Znodes {
  const expected: Record<string, string | null> = {};
  for (const [path, znode] of destination ?? []) {
    const isExcluded = isExcludedPath(root, path);
    if (isExcluded && !znode.isEphemeral) expected[path] = textOf(znode);
    if (isExcluded || znode.isEphemeral) keepAbove(root, path, { destination, expected });
  }
  for (const [path, znode] of source) {
    if (!znode.isEphemeral && !isExcludedPath(root, path)) expected[path] = textOf(znode);
  }
  return expected;
}

/** True if a name below the root, on the way to the path, is excluded. */
export function isExcludedPath(root: string, path: string): boolean {
  const names = path.slice(root.length + 1).split('/');
  return names.some((name) => name.startsWith(EXCLUDED_PREFIX));
}

function keepAbove(
  root: string,
  path: string,
  {
    destination,
    expected,
  }: { destination: RandomTree | null; expected: Record<string, string | null> },
): void {
  for (let above = path; above !== root;) {
    above = above.slice(0, above.lastIndexOf('/'));
    const kept = destination?.get(above);
    if (kept !== undefined) expected[above] = textOf(kept);
  }
}

function textOf({ data }: RandomZnode): string | null {
  return data?.toString('latin1') ?? null;
}
