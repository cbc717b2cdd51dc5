import { ZooKeeperError } from '../../zookeeper/index.ts';
import { aclSet, type AclSet } from '../tree/acl-set.ts';
import type { AclReader, AclWriteOutcome, ReadAclResult } from '../tree/acl-tree.ts';
import { FORBIDDEN, MISSING } from '../tree/tree.ts';
import { retryRead } from './retry-read.ts';
import type { SessionAcls } from './session.ts';
import { absolutePath, type Side } from './side.ts';
import { codeOf } from './error-code.ts';
import { sessionFailure } from './zookeeper-failure.ts';

const OUTCOMES: Partial<Record<string, Exclude<AclWriteOutcome['kind'], 'done'>>> = {
  BadVersion: 'changed',
  NoNode: 'missing',
  NoAuth: 'forbidden',
  InvalidAcl: 'unknown',
  ConnectionLoss: 'lost',
};

/** The access control lists of one side: one request each, many on their way at once. */
export class ZooKeeperAcls implements AclReader {
  readonly #side: Side;
  readonly #acls: SessionAcls;

  constructor(side: Side, acls: SessionAcls) {
    this.#side = side;
    this.#acls = acls;
  }

  async readAcls(paths: readonly string[]): Promise<readonly ReadAclResult[]> {
    return await retryRead(this.#side, () => Promise.all(paths.map((path) => this.#read(path))));
  }

  async writeAcl(path: string, acl: AclSet, aclVersion: number): Promise<AclWriteOutcome> {
    const absolute = absolutePath(this.#side.options, path);
    const { requestLimit } = this.#side;
    const bytes = requestBytes(absolute, acl.entries);
    if (!(await requestLimit.allows(bytes))) return { kind: 'tooLarge' };
    try {
      const stat = await this.#acls.set(absolute, acl.entries, aclVersion);
      return { kind: 'done', aclVersion: stat.aversion, createdZxid: stat.czxid };
    } catch (error) {
      const kind = error instanceof ZooKeeperError ? OUTCOMES[error.code] : undefined;
      if (kind === undefined) throw sessionFailure(this.#side, error);
      if (kind !== 'lost') return { kind };
      requestLimit.doubt(bytes);
      return { kind: (await requestLimit.allows(bytes)) ? 'lost' : 'tooLarge' };
    }
  }

  async #read(path: string): Promise<ReadAclResult> {
    try {
      const { acl, stat } = await this.#acls.get(absolutePath(this.#side.options, path));
      const { aversion, czxid, mzxid } = stat;
      return {
        kind: 'acl',
        acl: aclSet(acl),
        aclVersion: aversion,
        createdZxid: czxid,
        dataZxid: mzxid,
      };
    } catch (error) {
      const code = codeOf(error);
      if (code === 'NoNode') return MISSING;
      if (code === 'NoAuth') return FORBIDDEN;
      throw error;
    }
  }
}

/** Header, path, number of entries, each with its rights, scheme and id, and the version. */
function requestBytes(path: string, entries: AclSet['entries']): number {
  const ofEntries = entries.map(
    ({ scheme, id }) => 12 + Buffer.byteLength(scheme) + Buffer.byteLength(id),
  );
  return ofEntries.reduce((sum, bytes) => sum + bytes, 8 + 4 + Buffer.byteLength(path) + 4 + 4);
}
