import type { AclSet } from './acl-set.ts';
import type { ReadNothing } from './tree.ts';

/** The access control list of a znode, and the znode's data that it stood beside. */
export interface ReadAcl {
  readonly kind: 'acl';
  readonly acl: AclSet;
  readonly aclVersion: number;
  readonly createdZxid: bigint;
  /** zxid that wrote the data: another one than was read with the data says that it changed. */
  readonly dataZxid: bigint;
}

export type ReadAclResult = ReadAcl | ReadNothing;

export interface AclReader {
  /**
   * Answers for all paths, in order. A znode that is missing or forbidden is an answer; rejects
   * only if the side as a whole cannot be read any more. Calls may overlap in time.
   */
  readAcls(paths: readonly string[]): Promise<readonly ReadAclResult[]>;
}

/**
 * What a list would mean for the user that writes, once it stands at the destination.
 *
 * - `full`: nothing is in the way of the next run.
 * - `admin`: he may read and administer, but not all the rest: to be opened where work is to do.
 * - `locksOut`: he could not read the znode, or not change its list any more.
 * - `unknown`: the destination does not take it, for one of its schemes or ids.
 * - `tooLarge`: no request that it takes can hold it.
 */
export type AclJudgement = 'full' | 'admin' | 'locksOut' | 'unknown' | 'tooLarge';

/**
 * `changed`: not as it was read any more, to be looked at again. `lost`: the connection broke before
 * the answer.
 */
export type AclWriteOutcome =
  | { readonly kind: 'done'; readonly aclVersion: number; readonly createdZxid: bigint }
  | { readonly kind: 'changed' | 'missing' | 'forbidden' | 'unknown' | 'tooLarge' | 'lost' };

/** Lists are written one by one and never in a batch: no server takes them in a transaction. */
export interface AclSink extends AclReader {
  /** Replaces a list, unless it was changed since it had the given version. */
  writeAcl(path: string, acl: AclSet, aclVersion: number): Promise<AclWriteOutcome>;
  /** Finds out what a list would mean; nothing of it is left in the tree. */
  judgeAcl(acl: AclSet): Promise<AclJudgement>;
  /** For a person: why nothing larger is taken, and what to do. */
  readonly sizeRemedy: string;
}

/** A list that the destination can have. */
export interface JudgedAcl {
  readonly acl: AclSet;
  readonly judgement: 'full' | 'admin';
}

/** A list that was set: how often the znode's list had been changed before, and since. */
export interface WrittenAcl {
  readonly path: string;
  readonly createdZxid: bigint;
  readonly before: number;
  readonly after: number;
}
