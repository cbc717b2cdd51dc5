import { comparePass } from './compare-pass.ts';
import type { Difference } from './difference-log.ts';
import type { MirrorOptions } from './mirror-options.ts';
import { fixPoint } from './fix-point.ts';
import { expectedZnodes } from './expected-znodes.ts';
import { seedOf } from './walk.ts';

/**
 * Compares the two trees as a mirror would, and writes nothing. The counts of what a mirror would
 * do are in `options.record`.
 *
 * @param report is called for each difference: creates and updates first, then deletes
 */
export async function diff(
  options: MirrorOptions,
  report: (difference: Difference) => void,
): Promise<void> {
  const { record, rootPath } = options;
  await fixPoint(options);
  record.enter('compare', await expectedZnodes(options, null));
  const pass = {
    seeds: [seedOf(rootPath)],
    descend: 'all',
    isFirst: true,
    lastWriteZxid: null,
    aclMemo: null,
  } as const;
  const compared = await comparePass(options, pass);
  try {
    record.unchanged = compared.totals.same;
    record.created = compared.totals.creates;
    record.updated = compared.totals.updates + compared.totals.acls;
    record.deleted = compared.deletions;
    record.sawWholeSource();
    for (const difference of compared.writes.forward()) report(difference);
    for (const { kind, path } of options.acls?.differences() ?? []) {
      if (kind === 'acl') report({ kind, path });
    }
    for (const path of compared.deletes()) report({ kind: 'delete', path });
  } finally {
    compared.close();
    options.acls?.close();
    for (const floor of options.floors) floor.close();
  }
}
