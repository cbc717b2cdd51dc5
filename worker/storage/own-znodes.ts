import { ZooKeeperError } from '../../zookeeper/index.ts';
import { aclSet, type AclEntry, type AclSet } from '../tree/acl-set.ts';
import { OWN } from './control-acl.ts';
import type { Session } from './session.ts';

const OWN_ALONE = aclSet([OWN]);

/**
 * Creates znodes that belong to whoever the session is. A server says so itself: it takes the entry
 * `auth` only from a session with an identity. Without one, and with a client that carries no lists,
 * they are open to everybody.
 */
export class OwnZnodes {
  readonly #session: Session;
  #hasIdentity: boolean | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Null as long as nothing was created. */
  get hasIdentity(): boolean | null {
    return this.#session.acls === null ? false : this.#hasIdentity;
  }

  /** The list of what nobody else has to read; null for none. Known once something was created. */
  get acl(): AclSet | null {
    return this.hasIdentity === true ? OWN_ALONE : null;
  }

  /**
   * @param acl begins with {@link OWN}
   * @throws ZooKeeperError as the session does
   */
  async create(
    path: string,
    data: Buffer,
    mode: 'persistent' | 'ephemeral',
    acl: readonly AclEntry[] = [OWN],
  ): Promise<void> {
    if (this.hasIdentity !== false) {
      try {
        await this.#session.create(path, data, mode, acl);
        this.#hasIdentity = true;
        return;
      } catch (error) {
        const isNobody = error instanceof ZooKeeperError && error.code === 'InvalidAcl';
        if (!isNobody) throw error;
        this.#hasIdentity = false;
      }
    }
    await this.#session.create(path, data, mode);
  }
}
