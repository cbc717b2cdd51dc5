import type { AclSet } from '../tree/acl-set.ts';
import { isOpenToAll } from './control-acl.ts';
import { putZnode } from './put-znode.ts';
import type { StepRefusal, WriteStep } from './session.ts';
import { codeOf } from './error-code.ts';
import type { Side } from './side.ts';
import { sessionFailure } from './zookeeper-failure.ts';

export interface RememberedZnodeOptions {
  /** The side that is written. */
  readonly side: Side;
  /** Where it stands; its parent exists when it is written. */
  readonly path: string;
  /** The list that it has to have; null for an open one, where there is nobody to keep it to. */
  readonly acl: () => AclSet | null;
}

/** What stands in a znode. */
export interface Remembered {
  readonly data: Buffer | null;
  /** False if everybody could have written it, although it has an owner. */
  readonly isOurs: boolean;
}

/** A znode of the control tree by which one run tells the next one something. */
export class RememberedZnode {
  readonly #options: RememberedZnodeOptions;
  #found: Remembered | null = null;

  constructor(options: RememberedZnodeOptions) {
    this.#options = options;
  }

  /** Null where there is none, or where it may not be read. */
  async read(): Promise<Remembered | null> {
    const { side, path, acl } = this.#options;
    const { session } = side;
    try {
      const [{ data }, list] = await Promise.all([
        session.getData(path),
        acl() === null ? null : session.acls?.get(path),
      ]);
      this.#found = { data, isOurs: !isOpenToAll(list?.acl ?? []) };
      return this.#found;
    } catch (error) {
      const code = codeOf(error);
      // Only a run that takes no lock gets this far without the right to read.
      if (code === 'NoNode' || code === 'NoAuth' || code === 'ConnectionLoss') return null;
      throw sessionFailure(side, error);
    }
  }

  /**
   * Writes it, unless the same stands there; one that everybody can write is made anew.
   *
   * @param checks steps that must hold, in the same transaction
   * @returns why not, and nothing was written; null if it stands there
   */
  async write(data: Buffer, checks: readonly WriteStep[]): Promise<StepRefusal | null> {
    const { side, path, acl } = this.#options;
    const { session } = side;
    const isOurs = this.#found?.isOurs ?? true;
    if (isOurs && this.#found?.data?.equals(data) === true) return null;
    if (!isOurs) {
      const { refusal } = await session.write([...checks, { kind: 'delete', path }]);
      if (refusal !== null) return refusal;
    }
    return await putZnode(session, { checks, path, data, acl: acl() });
  }
}
