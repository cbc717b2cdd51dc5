import type { Counter } from './counter.ts';
import { sameData } from '../../tree/tree.ts';

/**
 * How often the data of a znode was written since it was created. Writing raises it by one; all but
 * the last write of a transaction may be empty, because nobody sees them.
 *
 * @param applies which znodes' versions an application compares
 */
export function dataVersionCounter(applies: (path: string) => boolean): Counter {
  return {
    what: 'dataVersions',
    applies,
    of: ({ dataVersion }) => dataVersion,
    onceCreated: () => 0,
    raise: (path, { data }) => ({
      each: [{ kind: 'update', path, data: null }],
      last: [{ kind: 'update', path, data }],
    }),
    holds: (written, there) => sameData(written.data, there.data),
  };
}
