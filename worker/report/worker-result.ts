import { isServerErrorName, SERVER_ERRORS } from '../../api/server-errors.ts';
import {
  INTENDED_SKIPS,
  type ExitName,
  type Guard,
  type NotCarried,
  type PendingCommands,
  type SkipReason,
  type SourcePoint,
  type WorkerResult,
} from '../../api/worker-contract.ts';
import type { CounterName } from '../mirror/counters/counter.ts';
import { MirrorRecord, type MirrorPoint } from '../mirror/mirror-record.ts';
import { formatZxid } from '../tree/format-zxid.ts';

/** How a run ended, before it is put into words. */
export interface Ending {
  readonly outcome: ExitName;
  /** Null where the outcome needs no words but those of the counts. */
  readonly message: string | null;
  readonly guard: Guard | null;
}

export interface RunFacts {
  readonly rootPath: string;
  readonly dryRun: boolean;
  /** False if the user turned verifying off. */
  readonly verify: boolean;
  readonly fenced: boolean;
  /** Why not, if that is not for lack of writing: what a person has to know of this copy. */
  readonly notFencedBecause: string | null;
  /** False where they are not to be carried over, or the driver cannot. */
  readonly carriesAcls: boolean;
  /** As {@link carriesAcls}, for counters. */
  readonly carriesCounters: boolean;
  /** Types that rules ask for and the destination does not make. */
  readonly typesNotMade: readonly TypeNotMade[];
  /** Of the systems in presets; none where nobody looked. */
  readonly pendingCommands: readonly PendingCommands[];
}

export interface TypeNotMade {
  readonly type: 'Container' | 'TTL';
  /** Why, and what to do. */
  readonly remedy: string;
}

/** How a run ended that nothing stopped: as a success only if nothing is missing. */
export function judgeEnding(record: MirrorRecord, { dryRun, verify }: RunFacts): Ending {
  const lacking = setBack(record) ?? lacks(record) ?? refusedToRaise(record);
  if (lacking !== null) return { outcome: 'Incomplete', message: lacking, guard: null };
  if (verify && !dryRun && !record.verified) {
    const message =
      'The copy could not be verified: the destination does not hold what was written. ' +
      'Check that nobody else writes there.';
    return { outcome: 'Incomplete', message, guard: null };
  }
  return { outcome: 'Success', message: null, guard: null };
}

/** Puts everything that is known of a run into the shape of the contract. */
export function buildResult(record: MirrorRecord, facts: RunFacts, ending: Ending): WorkerResult {
  const { created, updated, deleted, unchanged } = record;
  const { point, verified, settled, history, skipped, bytesWritten, durations } = record;
  return {
    version: 1,
    outcome: ending.outcome,
    message: ending.message ?? successMessage(record, facts),
    ...(ending.guard === null ? {} : { guard: ending.guard }),
    dryRun: facts.dryRun,
    verified,
    fenced: facts.fenced,
    settled,
    ...(point === null ? {} : { source: sourcePoint(point) }),
    ...(history === null ? {} : { sourceHistory: history }),
    ...aclsVerified(record),
    counts: { created, updated, deleted, unchanged },
    skipped,
    notCarried: notCarried(facts, record),
    ...(facts.pendingCommands.length === 0 ? {} : { pendingCommands: facts.pendingCommands }),
    bytesWritten,
    durations,
  };
}

/** For what is known of a run that has not ended; whoever ends it says how. */
export const UNDER_WAY: Ending = { outcome: 'Stuck', message: '', guard: null };

/** The result of a run that never began, because nobody could tell what it was to do. */
export function mistakeResult(message: string): WorkerResult {
  return emptyResult({ outcome: 'BadArguments', message, guard: null });
}

/** The result of a run that nothing is known of but how it ended. */
export function emptyResult(ending: Ending): WorkerResult {
  const facts: RunFacts = {
    rootPath: '',
    dryRun: false,
    verify: true,
    fenced: false,
    notFencedBecause: null,
    carriesAcls: true,
    carriesCounters: true,
    typesNotMade: [],
    pendingCommands: [],
  };
  return buildResult(new MirrorRecord(), facts, ending);
}

/** Lists that were compared and then not verified are worth no time. */
function aclsVerified({
  verified,
  aclsComparedTime,
}: MirrorRecord): Pick<WorkerResult, 'aclsVerifiedTime'> {
  if (!verified || aclsComparedTime === null) return {};
  return { aclsVerifiedTime: aclsComparedTime.toISOString() };
}

/** Znodes that are named; the rest is only counted. */
const NAMED_ZNODES = 5;

function notCarried(
  { carriesAcls, carriesCounters, typesNotMade }: RunFacts,
  record: MirrorRecord,
): NotCarried[] {
  const entries: NotCarried[] = carriesAcls ? [] : [{ what: 'acls' }];
  entries.push(...madeParents(record), ...digestLogins(record));
  if (!carriesCounters) entries.push({ what: 'sequenceCounters' });
  for (const { type, remedy } of typesNotMade) {
    entries.push({ what: type === 'TTL' ? 'ttlZnodes' : 'containers', remedy });
  }
  entries.push(...ttlTouches(record));
  return [
    ...entries,
    ...shortfall('sequenceCounters', record),
    ...shortfall('dataVersions', record),
  ];
}

/** What was created above the root by another list than the source's: by whose, and what to do. */
function madeParents({ madeParents: made }: MirrorRecord): NotCarried[] {
  if (made.length === 0) return [];
  const isOwn = made.every(({ list }) => list === 'own');
  const why = isOwn
    ? 'they belong to the user at the destination, with what could be kept of the lists there'
    : 'the user at the destination has no identity that they could belong to, so they have the list of what is above them';
  const remedy = `Created above the root. The lists of the source cannot be read, or not be had at the destination: ${why}. Where others need more, or less, set them by hand (setAcl in zkCli.sh); later runs leave them alone.`;
  const paths = made.slice(0, NAMED_ZNODES).map(({ path }) => path);
  return [{ what: 'parentAcls', count: made.length, paths, remedy }];
}

/** The lists are copied to the letter, and mean nothing to a server that hashes another way. */
function digestLogins({ foreignDigests }: MirrorRecord): NotCarried[] {
  if (foreignDigests === null) return [];
  const { count, paths, here, there } = foreignDigests;
  const remedy =
    `The passwords in their lists are hashed by ${here}, and the destination hashes by ${there}: nobody can log in there as these users. ` +
    `Start the servers of the destination with -Dzookeeper.DigestAuthenticationProvider.digestAlg=${here}, as the source's were when it wrote these lists; or give the znodes new lists at the source (setAcl in zkCli.sh).`;
  return [{ what: 'digestLogins', count, paths, remedy }];
}

/** How often runs come is not known here: whether a copy is there until the next is for a person. */
function ttlTouches({ shortLived }: MirrorRecord): NotCarried[] {
  if (shortLived === null) return [];
  const { count, paths, shortestMs } = shortLived;
  const remedy =
    `Writes that change nothing keep these alive at the source, and are not copied: a copy goes ${shortestMs} ms after it was last written, until the next run makes it anew. ` +
    'Give the rule a ttlMs far above the time between runs, or none at all: a persistent copy goes when the source has it no more.';
  return [{ what: 'ttlTouches', count, paths, remedy }];
}

/** Numbers that were raised not far enough first: those are what the next run goes on with. */
function shortfall(what: CounterName, record: MirrorRecord): NotCarried[] {
  const left = record.shortfall(what);
  const other = record.notRaisedCounts(what);
  const count = left.size + other.count;
  if (count === 0) return [];
  const paths = [...left.keys(), ...other.paths].slice(0, NAMED_ZNODES);
  const missing = [...left.values()].reduce((sum, each) => sum + each, other.missing);
  return [{ what, count, paths, missing }];
}

/** What each refused number is called, for a person. */
const RAISED: Readonly<Record<CounterName, string>> = {
  sequenceCounters: 'counter of sequential znodes',
  dataVersions: 'data version',
};

/** What to do about each reason that is not an error of a server. */
const SKIP_REMEDIES: Partial<Record<SkipReason, string>> = {
  InvalidName:
    'ZooKeeper from 3.5 on takes no such names (control, private-use and broken characters): rename or delete them, or exclude them (exclude.paths).',
  ReservedPath:
    'Its place belongs to ZooKeeper or the operator at the destination: give the destination a chroot, too, or exclude the path.',
};

/** One sentence each, for those reasons that have one. */
function remediesOf(reasons: readonly SkipReason[]): string {
  const sentences = reasons.map((reason) =>
    isServerErrorName(reason)
      ? `${reason}: ${SERVER_ERRORS[reason].meaning} ${SERVER_ERRORS[reason].remedy}`
      : SKIP_REMEDIES[reason],
  );
  return sentences.map((each) => (each === undefined ? '' : ` ${each}`)).join('');
}

function refusedToRaise({ raiseRefusal }: MirrorRecord): string | null {
  if (raiseRefusal === null) return null;
  const { what, path, code } = raiseRefusal;
  const remedy = isServerErrorName(code) ? ` ${SERVER_ERRORS[code].remedy}` : '';
  return `Everything was copied, but the destination refused to raise the ${RAISED[what]} of ${path} (${code}): status.result.notCarried says how far it is behind.${remedy}`;
}

/** What was read before is of a history that is no more: the copy is of no moment of the source. */
function setBack({ history }: MirrorRecord): string | null {
  if (history?.reason !== 'SetBackMeanwhile') return null;
  return 'The source was set back to an earlier state while it was read, or its witness was removed: what was copied is partly from before. Run again.';
}

function lacks({ skipped, leftBehind, tooLargeBecause }: MirrorRecord): string | null {
  const unintended = skipped.filter(({ reason }) => !INTENDED_SKIPS.includes(reason));
  if (unintended.length > 0) {
    const parts = unintended.map(
      ({ reason, count, paths }) => `${count} ${reason} (first ${paths[0] ?? 'unknown'})`,
    );
    const remedies = remediesOf(unintended.map(({ reason }) => reason));
    const why = tooLargeBecause === null ? '' : ` ${tooLargeBecause}`;
    return `Not everything could be copied; left out: ${parts.join(', ')}.${why}${remedies}`;
  }
  if (leftBehind.size === 0) return null;
  const [first = ''] = leftBehind;
  return `${leftBehind.size} znodes changed while they were being copied, or their writes were lost with the connection (first ${first}): run again.`;
}

function sourcePoint({ zxid, time }: MirrorPoint): SourcePoint {
  return { ...(zxid === null ? {} : { zxid: formatZxid(zxid) }), time: time.toISOString() };
}

function successMessage(record: MirrorRecord, facts: RunFacts): string {
  const { rootPath, dryRun, verify, notFencedBecause } = facts;
  const { created, updated, deleted, unchanged, point } = record;
  const counts = `${created} created, ${updated} updated, ${deleted} deleted, ${unchanged} unchanged`;
  const warnings = usersLockedOut(record) + commandsAtDestination(facts);
  if (dryRun) return `Dry run, nothing was written; ${rootPath} would have ${counts}.${warnings}`;
  const at = typeof point?.zxid === 'bigint' ? ` at zxid ${formatZxid(point.zxid)}` : '';
  const how = verify ? 'Copied and verified' : 'Copied, not verified';
  const unfenced = notFencedBecause === null ? '' : ` Not fenced: ${notFencedBecause}.`;
  return `${how}: ${rootPath} is as the source had it${at}; ${counts}.${unfenced}${warnings}`;
}

/** Found out on the day of a failover otherwise. */
function usersLockedOut({ foreignDigests }: MirrorRecord): string {
  if (foreignDigests === null) return '';
  const { count, paths } = foreignDigests;
  const what = count === 1 ? '1 znode' : `${count} znodes`;
  return ` Users of ${what} cannot log in at the destination (first ${paths[0] ?? ''}): see notCarried.`;
}

/** Those strike when the destination is promoted, so a person has to know of them before. */
function commandsAtDestination({ pendingCommands }: RunFacts): string {
  return pendingCommands
    .filter(({ side }) => side === 'destination')
    .map(({ preset, count, paths: [first = ''] }) => {
      const what = count === 1 ? '1 command' : `${count} commands`;
      return ` At the destination ${what} of ${preset} would be carried out (first ${first}): see pendingCommands.`;
    })
    .join('');
}
