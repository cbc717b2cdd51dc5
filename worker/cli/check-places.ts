import { synchronizeFlag } from '../../api/options/synchronize-options.ts';
import { RESERVED_BECAUSE, reservedTreeOf } from '../../api/znode-path.ts';
import type { SideOptions } from '../storage/side.ts';
import type { Problems } from './parse-values.ts';

/** Refuses a chroot that leads into a tree that is never mirrored, on either side. */
export function checkPlaces(
  sides: { readonly source: SideOptions; readonly destination: SideOptions },
  problems: Problems,
): void {
  for (const side of ['source', 'destination'] as const) {
    const { chroot } = sides[side];
    const tree = reservedTreeOf(chroot);
    if (tree === null) continue;
    const must = `must not lead into ${tree}: ${RESERVED_BECAUSE[tree]}; name another chroot`;
    problems.add(synchronizeFlag(`${side}Servers`), chroot, must);
  }
}
