import { comparePass, type ComparedTrees } from './compare/compare-pass.ts';
import type { Difference } from './compare/difference-log.ts';
import type { MirrorOptions } from './mirror-options.ts';
import { fixPoint } from './fix-point.ts';
import { expectedZnodes } from './expected-znodes.ts';
import { seedOf } from './compare/walk.ts';

/**
 * Compares the two trees as a mirror would, and writes nothing. The counts of what a mirror would
 * do are in `options.record`.
 *
 * @param report is called for each difference: creates and updates first, then deletes. What it gives back
 *   is waited for before the next
 */
export async function diff(
  options: MirrorOptions,
  report: (difference: Difference) => Promise<void> | null,
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
    for (const difference of differences(compared, options)) {
      options.signal.throwIfAborted();
      const isTold = report(difference);
      if (isTold !== null) await isTold;
    }
  } finally {
    compared.close();
    options.acls?.close();
    for (const counter of options.counters) counter.close();
  }
}

function* differences(compared: ComparedTrees, { acls }: MirrorOptions): Iterable<Difference> {
  yield* compared.writes.forward();
  for (const { kind, path } of acls?.differences() ?? []) if (kind === 'acl') yield { kind, path };
  for (const path of compared.deletes()) yield { kind: 'delete', path };
}
