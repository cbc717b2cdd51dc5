import type { AclDigest } from './acl-digest.ts';

/** What an earlier run knew of the lists of both sides, when it left them equal. */
export interface KnownAcls {
  /** What was created at the source up to this zxid had been compared. */
  readonly sourceZxid: bigint;
  readonly destinationZxid: bigint;
  readonly source: AclDigest;
  readonly destination: AclDigest;
  /** Which lists are read nevertheless. */
  readonly turn: number;
}
