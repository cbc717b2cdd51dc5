import type { AclEntry, AclSet } from './acl-set.ts';
import type { NodeType } from './node-types.ts';

/**
 * What the mirror engine knows of the two sides. A source is read, a sink is read and written; the
 * engine cares not whether that is a ZooKeeper, a backup file or a fake of a test.
 *
 * Paths are absolute znode paths, as the user writes them in `rootPath`.
 */

/** One question of a batch. */
export interface TreeRead {
  readonly kind: 'znode' | 'children';
  readonly path: string;
}

/** A znode as it was when it was read. */
export interface ReadZnode {
  readonly kind: 'znode';
  /** null and empty are different values, on the wire and here. */
  readonly data: Buffer | null;
  /** True for an ephemeral of a session. Containers and TTL znodes cannot be told from others. */
  readonly ephemeral: boolean;
  readonly childCount: number;
  /** Last zxid that changed the znode's data or its list of children. */
  readonly changedZxid: bigint;
  /** zxid that wrote its data, or created it. */
  readonly dataZxid: bigint;
  readonly createdZxid: bigint;
  /** Milliseconds since the epoch, by the server's clock; 0 for the `/` of an ensemble. */
  readonly createdTimeMs: number;
  /** Children ever created below it: the number that the next sequential one gets. */
  readonly creations: number;
  /** How often its data was written since it was created. */
  readonly dataVersion: number;
  /** How often its access control list was changed since it was created. */
  readonly aclVersion: number;
}

/** Names of the direct children, in no particular order. */
export interface ReadChildren {
  readonly kind: 'children';
  readonly names: readonly string[];
}

/** `missing`: no such znode. `forbidden`: it is there or not, we may not know. */
export interface ReadNothing {
  readonly kind: 'missing' | 'forbidden';
}

export type TreeReadResult = ReadZnode | ReadChildren | ReadNothing;

export const MISSING: ReadNothing = { kind: 'missing' };
export const FORBIDDEN: ReadNothing = { kind: 'forbidden' };

export interface TreeReader {
  /**
   * Answers the first questions of a batch, in order: as many as fit into memory at once, and at least
   * one. A znode that is missing or forbidden is an answer; rejects only if the side as a whole cannot
   * be read any more. Batches may overlap in time.
   */
  read(batch: readonly TreeRead[]): Promise<readonly TreeReadResult[]>;
}

export interface TreeSource extends TreeReader {
  /**
   * Makes the reads that follow see everything the side had accepted before the call.
   *
   * @returns the zxid of the reply: the point that a copy made from now on stands for; null if the
   *   side does not tell it
   */
  sync(): Promise<bigint | null>;
  /** About how many znodes are below a path; null if the side cannot tell at once. */
  countBelow(path: string): Promise<number | null>;
}

export type TreeWrite =
  | {
      readonly kind: 'create';
      readonly path: string;
      readonly data: Buffer | null;
      /** Without one everybody may do everything. */
      readonly acl?: AclSet;
      /** Without one it is an ordinary persistent one. */
      readonly nodeType?: NodeType;
    }
  | { readonly kind: 'update'; readonly path: string; readonly data: Buffer | null }
  | { readonly kind: 'delete'; readonly path: string };

/** Why a side refused one write of a batch. */
export type WriteRefusal =
  'Exists' | 'Missing' | 'NotEmpty' | 'ParentIsEphemeral' | 'Forbidden' | 'TooLarge' | 'Other';

/**
 * `refused`: nothing of the batch was done, because of the write at `index`.
 * `unknown`: the connection broke before the answer; all of it was done, or nothing.
 */
export type WriteOutcome =
  | {
      readonly kind: 'done';
      /** The createdZxid of whatever the batch created; null if the side does not tell. */
      readonly zxid: bigint | null;
    }
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'refused';
      readonly index: number;
      readonly refusal: WriteRefusal;
      /** The side's own name of the error, for the log. */
      readonly code: string;
      /** More about it for a person, where there is more to say. */
      readonly detail?: string;
    };

export interface TreeSink extends TreeReader {
  /** As {@link TreeSource.sync}. */
  sync(): Promise<bigint | null>;
  /** Most bytes that one batch may weigh, by {@link writeWeight}; a heavier write goes alone. */
  readonly maxBatchBytes: number;
  /** Most writes that one batch may hold; 1 for a side that knows no transactions. */
  readonly maxBatchWrites: number;
  /**
   * Creates what is missing above a path, empty and persistent; nothing where there is nothing
   * above. Rejects if that is not allowed.
   *
   * @param listOf says which list each shall have; null: everybody may do everything
   * @returns what was created, topmost first. Some of it may stand above all paths of this side,
   *   and has no list that somebody could say.
   */
  createAbove(path: string, listOf: ListOfParent | null): Promise<readonly CreatedParent[]>;
  /**
   * Does all writes of a batch or none, in order. Batches that were handed over earlier come
   * before it. Rejects only if the side as a whole cannot be written any more.
   */
  write(batch: readonly TreeWrite[]): Promise<WriteOutcome>;
  /**
   * Does a single write that was refused as `TooLarge` by itself, if there is a way; else it is refused
   * again, for good.
   *
   * @param wasLost it was not refused, but its answer was lost each time
   */
  writeLarge(
    write: Extract<TreeWrite, { readonly kind: 'create' | 'update' }>,
    wasLost: boolean,
  ): Promise<WriteOutcome>;
}

/** The list of a znode above the root. */
export interface ParentList {
  /** It shall have this one and no other; null if it cannot. */
  readonly whole: AclSet | null;
  /** Else its creator's own entry, and these. */
  readonly kept: readonly AclEntry[];
}

export type ListOfParent = (path: string) => Promise<ParentList>;

/** A znode above the root that was created. */
export interface CreatedParent {
  readonly path: string;
  /** `whole`: as said. `own`: its creator's, and what was kept. `inherited`: that of the znode above. */
  readonly list: 'whole' | 'own' | 'inherited';
}

/** Bytes of a write besides path and data: headers, flags, time to live, one ACL entry. */
const WRITE_OVERHEAD_BYTES = 72;

/** About how many bytes a write takes on the wire. */
export function writeWeight(write: TreeWrite): number {
  const dataBytes = write.kind === 'delete' ? 0 : (write.data?.length ?? 0);
  const aclBytes = write.kind === 'create' ? aclWeight(write.acl) : 0;
  return WRITE_OVERHEAD_BYTES + Buffer.byteLength(write.path) + dataBytes + aclBytes;
}

/** As {@link writeWeight}, of all of them. */
export function batchWeight(batch: readonly TreeWrite[]): number {
  return batch.reduce((bytes, write) => bytes + writeWeight(write), 0);
}

/** Each entry has twelve bytes beside its key; a character of it has at most three. */
function aclWeight(acl: AclSet | undefined): number {
  return acl === undefined ? 0 : 3 * acl.key.length + 12 * acl.entries.length;
}

/** True if both are null, or both are bytes and the same ones. */
export function sameData(a: Buffer | null, b: Buffer | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.equals(b);
}
