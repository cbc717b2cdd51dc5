import { CONTROL_ROOT } from '../../../api/znode-path.ts';
import type { SourceHistory } from '../../../api/worker-contract.ts';
import type { SourceWitnessing, WitnessMark } from '../source-history.ts';
import type { MemoryTree } from '../../tree/testing/memory-tree.ts';

const PATH = `${CONTROL_ROOT}/witness`;
const RUN = `${CONTROL_ROOT}/witness/run`;

/** Leaves a witness in a tree in memory, as a source keeps it: it goes back when the tree does. */
export class MemoryWitness implements SourceWitnessing {
  /** How often a witness was left. */
  sealed = 0;
  readonly #tree: MemoryTree;

  constructor(tree: MemoryTree) {
    this.#tree = tree;
  }

  async begin(mark: WitnessMark | null): Promise<SourceHistory> {
    const found = await this.#mark();
    if (!this.#tree.has(PATH)) this.#tree.set(PATH, { data: 'none' });
    this.#tree.set(RUN, { ephemeral: true });
    if (mark === null) return { proved: false, reason: 'NoMemo' };
    if (JSON.stringify(found) === JSON.stringify(mark)) {
      return { proved: true, reason: 'WitnessFound' };
    }
    return { proved: false, reason: 'WitnessChanged' };
  }

  holds(): Promise<boolean> {
    return Promise.resolve(this.#tree.has(RUN));
  }

  async seal(): Promise<WitnessMark | null> {
    if (!this.#tree.has(RUN)) return null;
    this.sealed += 1;
    this.#tree.set(PATH, { data: `${this.sealed}` });
    this.#tree.remove(RUN);
    return await this.#mark();
  }

  async #mark(): Promise<WitnessMark | null> {
    const [found] = await this.#tree.read([{ kind: 'znode', path: PATH }]);
    if (found?.kind !== 'znode') return null;
    const { createdZxid, dataZxid, data } = found;
    const [czxid, mzxid] = [`${createdZxid}`, `${dataZxid}`];
    return { path: PATH, czxid, mzxid, nonce: data?.toString() ?? '' };
  }
}
