import type { Clock } from '../../common/clock.ts';
import type { IgnoredChanges } from './guards/drift.ts';
import type { Exclusion } from '../tree/exclusions.ts';
import type { Memo } from './memo.ts';
import type { GuardPolicy } from './guards/guards.ts';
import type { SourceWitnessing } from './source-history.ts';
import type { TreeSource } from '../tree/tree.ts';
import type { VersionGaps } from './counters/version-gaps.ts';
import type { WalkLimits } from './compare/walk.ts';
import type { WriteContext } from './write/write-context.ts';

/** Locks the destination, and detects changes by others. */
export interface DestinationLock {
  /**
   * Keeps other writers out; called before the first write, and not at all in a dry run. Resolves
   * to true if it came out that the two sides are one and the same after all.
   */
  take(): Promise<boolean>;
  /**
   * By which algorithm the destination hashes the password of a login; null where nobody knows, and before
   * {@link take} has resolved.
   */
  readonly digestAlgorithm: string | null;
  /** zxid of the last write of any mirror below the root; null if there was none, or nobody knows. */
  lastWriteZxid(): Promise<bigint | null>;
  /**
   * Makes this moment the last write: what is there now is adopted, whoever wrote it. Nothing is
   * there without a root: that is remembered as no write, so that a run which ends before its first
   * one does not make the next believe that somebody deleted the root.
   */
  adopt(found: 'tree' | 'nothing'): Promise<void>;
  /** What the last verified run left; null if there was none, or it left nothing. */
  recall(): Promise<Memo | null>;
  /**
   * Rejects if other writers were not kept out all the time: then the destination may have become
   * another since it was looked at.
   */
  confirm(): Promise<void>;
  /** Leaves something for the next run. Called at the end of a verified one, and never rejects for it. */
  remember(memo: Memo): Promise<void>;
}

/** What a mirror does, and what it does it with. */
export interface MirrorOptions extends WriteContext, GuardPolicy, IgnoredChanges {
  readonly source: TreeSource;
  readonly clock: Clock;
  /** Root of the mirrored tree, the same path on both sides. */
  readonly rootPath: string;
  /** Both sides are the same ensemble, and the absolute paths overlap. */
  readonly overlapsItself: boolean;
  readonly lock: DestinationLock;
  /** Null where no lists are carried over, and where nothing is written. */
  readonly witness: SourceWitnessing | null;
  /** Whatever else decides what is compared: a run of another scope trusts no memo of this one. */
  readonly scope: string;
  readonly excluded: Exclusion | null;
  /** Tells of an excluded znode of the source whether only its place at the destination is the reason. */
  readonly misplaced: Exclusion | null;
  /** `Keep`: znodes that only the destination has stay. */
  readonly deletionPolicy: 'Mirror' | 'Keep';
  /** Null where every version is carried over, or nothing is written. */
  readonly versionGaps: VersionGaps | null;
  readonly dryRun: boolean;
  readonly verify: boolean;
  readonly limits: WalkLimits;
  /** Memory for differences; what is beyond goes to a temporary file. */
  readonly maxBufferBytes: number;
}
