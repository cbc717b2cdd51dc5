/**
 * The contract between the operator and a worker: how a worker is started, with which code it
 * ends, and what it says in its termination message. Both sides import this file; nothing else is
 * shared between them.
 */
import type { Preset } from './presets.ts';
import { SERVER_ERROR_NAMES } from './server-errors.ts';

/** Most bytes a termination message may have: the kubelet cuts at 4096 a container. */
export const TERMINATION_MESSAGE_MAX_BYTES = 4096;

/** Where the kubelet collects the termination message unless told otherwise. */
export const TERMINATION_MESSAGE_PATH = '/dev/termination-log';

/** Where the Job mounts the Secrets of both sides: one file a key (`user`, `password`, `ca.crt`, …). */
export const CREDENTIALS_DIRS = {
  source: '/var/run/secrets/resiliency/source',
  destination: '/var/run/secrets/resiliency/destination',
} as const;

/** The worker stops by itself this long before the Job's deadline, so that its message survives. */
export const DEADLINE_MARGIN_SECONDS = 30;

/** How a run ended; `finality` says whether another attempt could end differently. */
export interface ExitCode {
  readonly code: number;
  readonly name: string;
  readonly finality: 'success' | 'retry' | 'final';
  readonly meaning: string;
}

/**
 * Exit codes of the worker. 40–49 are worth a retry, 50–59 are final. Anything that is not listed
 * is a crash and is retried within `backoffLimit`. Codes with a meaning of their own in Node
 * (1 uncaught exception, 9 bad option, 13 unsettled top-level await, 134 heap exhaustion) and in
 * shells (126–165) are never used here.
 */
export const EXIT_CODES = {
  Success: code(0, 'Success', 'success', 'The copy was made, and verified unless verify was off.'),
  BadArguments: code(
    2,
    'BadArguments',
    'final',
    'The options were not understood, or are not those that the operator wrote.',
  ),
  Differences: code(3, 'Differences', 'final', 'Only from `diff`: the trees differ.'),
  SourceUnavailable: code(
    40,
    'SourceUnavailable',
    'retry',
    'No source server answered, or none executed any request.',
  ),
  DestinationUnavailable: code(
    41,
    'DestinationUnavailable',
    'retry',
    'No destination server answered, or none executed any request.',
  ),
  SessionLost: code(42, 'SessionLost', 'retry', 'A session ended during the run.'),
  PreviousRunAlive: code(
    43,
    'PreviousRunAlive',
    'retry',
    'An earlier run of the same writer has not ended yet.',
  ),
  Terminated: code(44, 'Terminated', 'retry', 'The run was told to stop (SIGTERM).'),
  DeadlineExceeded: code(45, 'DeadlineExceeded', 'retry', 'The run reached its deadline.'),
  Stuck: code(46, 'Stuck', 'retry', 'The process stood still, and its watchdog ended it.'),
  TemporaryFileFailed: code(
    47,
    'TemporaryFileFailed',
    'retry',
    'A temporary file could not be made, written or read.',
  ),
  AuthenticationFailed: code(
    50,
    'AuthenticationFailed',
    'final',
    "A server refused the credentials or the certificate, the worker does not trust the server's certificate, or a right is missing.",
  ),
  GuardRefused: code(51, 'GuardRefused', 'final', 'A guard refused to write, or to go on writing.'),
  DestinationModified: code(
    52,
    'DestinationModified',
    'final',
    'Somebody else changed the destination since the last run.',
  ),
  AnotherWriter: code(53, 'AnotherWriter', 'final', 'Another writer holds this destination root.'),
  Incomplete: code(
    54,
    'Incomplete',
    'final',
    'The run ended, but not everything could be copied or verified.',
  ),
} as const;

/** Name of an exit code, for example `GuardRefused`. */
export type ExitName = keyof typeof EXIT_CODES;

/** Looks a process's exit code up; null for a code that is not in the contract: a crash. */
export function exitCodeOf(exitCode: number): ExitCode | null {
  return Object.values<ExitCode>(EXIT_CODES).find((entry) => entry.code === exitCode) ?? null;
}

/** Exit codes after which another attempt cannot help; the Job's podFailurePolicy is made of them. */
export function finalExitCodes(): number[] {
  return Object.values<ExitCode>(EXIT_CODES)
    .filter((entry) => entry.finality === 'final')
    .map((entry) => entry.code);
}

/** Guards that can refuse a run before its first write. */
export const GUARDS = [
  'SameEnsemble',
  'SourceRootMissing',
  'DestinationRootMissing',
  'EmptySource',
  'MassDeletion',
  'DestinationModified',
  'ServerTooOld',
  'LocalSessions',
] as const;
export type Guard = (typeof GUARDS)[number];

/**
 * Why a znode was left alone. The first three are as the user wants it; after any other the copy
 * is not complete (`Incomplete`).
 *
 * - `Ephemeral`: it belongs to a session at the source.
 * - `Excluded`: it, or what it stands below, is excluded, or belongs to ZooKeeper or the operator at
 *   the source (`/zookeeper` and `/.resiliency-operator`, where there is no chroot).
 * - `DestinationOnly`: the source has none, but it stays: by the deletion policy, or because
 *   something below it stays (an ephemeral, an excluded znode).
 * - `DestinationEphemeral`: somebody's ephemeral stands at its place at the destination.
 * - `ReservedPath`: its place at the destination, which has no chroot where the source has one,
 *   belongs to ZooKeeper or the operator there.
 * - `TooLarge`: the destination takes no znode of that size.
 * - `NoPermission`: it may not be read, listed or written.
 * - `InvalidName`: ZooKeeper from 3.5 on takes no such name; it is shown with escapes (`\u009b`).
 * - `QuotaExceeded` and others of {@link SERVER_ERRORS}: the destination refused it with that error.
 * - `ServerRefused`: the destination refused it with an error that has no name; the log has its number.
 * - `UnknownAclScheme`: the destination does not take its ACL, or does not keep it as it is.
 * - `RedactedAcl`: a side hides the digests of its ACL from this user, who may not administer it.
 * - `AclLocksOut`: under its ACL the user at the destination could not read it, or not set its ACL,
 *   the next time.
 */
export const SKIP_REASONS = [
  'Ephemeral',
  'Excluded',
  'DestinationOnly',
  'DestinationEphemeral',
  'ReservedPath',
  'TooLarge',
  'NoPermission',
  'InvalidName',
  'ServerRefused',
  'UnknownAclScheme',
  'RedactedAcl',
  'AclLocksOut',
  ...SERVER_ERROR_NAMES,
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** Skips that leave a copy complete: what is left out is left out on purpose. */
export const INTENDED_SKIPS: readonly SkipReason[] = ['Ephemeral', 'Excluded', 'DestinationOnly'];

/**
 * How many were skipped for one reason, and the first few of their paths. What stands below a
 * skipped znode was not looked at and is not counted.
 */
export interface SkippedCount {
  readonly reason: SkipReason;
  readonly count: number;
  readonly paths: readonly string[];
}

/**
 * What of znodes may not be carried over although the source has it. `digestLogins`: users of their
 * lists, whose passwords the destination hashes by another algorithm. `ttlTouches`: writes that change
 * nothing, and keep a TTL znode alive.
 */
export const NOT_CARRIED = [
  'acls',
  'parentAcls',
  'digestLogins',
  'sequenceCounters',
  'dataVersions',
  'containers',
  'ttlZnodes',
  'ttlTouches',
] as const;

/** Something that is not carried over: because it is not asked for, or only so far. */
export interface NotCarried {
  readonly what: (typeof NOT_CARRIED)[number];
  /** How many znodes that concerns; left out where it is not carried at all. */
  readonly count?: number;
  /** The first few of them. */
  readonly paths?: readonly string[];
  /**
   * Of counters and versions: how far those are behind the source's, all together. Versions are
   * counted whether they were to be raised or not.
   */
  readonly missing?: number;
  /** Of what the destination, or its user, cannot do: why, and what to do. */
  readonly remedy?: string;
}

/**
 * Commands of a system that wait in a tree and are never copied: whoever starts there carries them
 * out, or nobody does any more.
 */
export interface PendingCommands {
  readonly preset: Preset;
  readonly side: 'source' | 'destination';
  readonly count: number;
  /** The first few of them. */
  readonly paths: readonly string[];
  /** What will happen to them, and what to do. */
  readonly remedy: string;
}

/**
 * Counts of znodes; in a dry run, of what would be done. If the source was at rest,
 * `created + updated + unchanged` is what the destination holds of it.
 */
export interface ResultCounts {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly unchanged: number;
}

/** The point of the source's history that the copy stands for. */
export interface SourcePoint {
  /**
   * zxid of the source's `sync` reply, `0x` and hex digits; every copied value is from it or later.
   * Left out where the worker's driver does not tell it.
   */
  readonly zxid?: string;
  /** The worker's clock at that reply, RFC 3339 UTC. The age of the copy counts from here. */
  readonly time: string;
}

/**
 * Why it is proved, or not, that the history of the source went on in one line since an earlier run
 * read its access control lists. Where it is not, all lists are read.
 *
 * - `WitnessFound`: the witness stands at the source as the earlier run left it. The only one that
 *   is a proof.
 * - `NoMemo`: no earlier run left anything that there could be a proof for.
 * - `WitnessChanged`: it is gone, or another: the source was set back or is another one, or somebody
 *   removed it.
 * - `SetBackMeanwhile`: the source was set back while this run read it.
 * - `ListDiffered`: a list that had not changed, by all that was known, was another nevertheless.
 * - `NotAllowed`: the user may not leave a witness at the source.
 * - `TurnedOff`: none is to be left (`sourceWitness: Never`).
 * - `NotHeld`: nothing can be remembered at the destination, for want of a control tree.
 */
export const HISTORY_REASONS = [
  'WitnessFound',
  'NoMemo',
  'WitnessChanged',
  'SetBackMeanwhile',
  'ListDiffered',
  'NotAllowed',
  'TurnedOff',
  'NotHeld',
] as const;
export type HistoryReason = (typeof HISTORY_REASONS)[number];

/** Whether lists that did not change by what is known of them had to be read nevertheless. */
export interface SourceHistory {
  readonly proved: boolean;
  readonly reason: HistoryReason;
}

/** In so many runs every access control list is read once, however well it is vouched for. */
export const ACL_READ_TURNS = 100;

/** Where the time of a run went, milliseconds. */
export interface ResultDurations {
  readonly compareMs: number;
  readonly applyMs: number;
  readonly verifyMs: number;
  readonly totalMs: number;
}

/**
 * What a worker reports when it ends: the JSON of the termination message, at most
 * {@link TERMINATION_MESSAGE_MAX_BYTES} bytes, and the `result` field of its last log line.
 */
export interface WorkerResult {
  readonly version: 1;
  readonly outcome: ExitName;
  /** One sentence for a person: what happened and, unless it succeeded, what to do. */
  readonly message: string;
  readonly guard?: Guard;
  readonly dryRun: boolean;
  /** True only if everything written was read back and every path compared equal. */
  readonly verified: boolean;
  /** True if the writes were fenced against other writers. */
  readonly fenced: boolean;
  /**
   * True if no change of the source was seen after {@link SourcePoint}; null if it was not looked
   * at, and where the driver does not tell the zxid.
   */
  readonly settled: boolean | null;
  readonly source?: SourcePoint;
  /** Left out where no lists were to be carried over, or nothing was to be written. */
  readonly sourceHistory?: SourceHistory;
  /**
   * The oldest time at which any access control list of this copy was read at the source, or proved
   * not to have changed since it was. RFC 3339 UTC; left out where that was not verified.
   */
  readonly aclsVerifiedTime?: string;
  readonly counts: ResultCounts;
  readonly skipped: readonly SkippedCount[];
  readonly notCarried: readonly NotCarried[];
  /** Left out where there are none, and where nobody looked. */
  readonly pendingCommands?: readonly PendingCommands[];
  readonly bytesWritten: number;
  readonly durations: ResultDurations;
}

/** The `progress` field of the worker's log, every few seconds while it runs. */
export interface WorkerProgress {
  readonly phase: 'connect' | 'compare' | 'apply' | 'verify';
  /** Znodes seen or written in this phase. */
  readonly done: number;
  /** Znodes this phase will touch, as far as one can tell before; null while nobody knows. */
  readonly total: number | null;
  /** Whole percent of the total; left out where there is none. */
  readonly percent?: number;
  /** Znodes a second, since the phase began; left out where it only just did. */
  readonly perSecond?: number;
  /** Seconds this phase still takes at that rate; left out where there is no total. */
  readonly secondsLeft?: number;
}

function code<const N extends string>(
  value: number,
  name: N,
  finality: ExitCode['finality'],
  meaning: string,
): ExitCode & { readonly name: N } {
  return { code: value, name, finality, meaning };
}
