import {
  setCondition,
  wholeSeconds,
  type Condition,
  type ConditionStatus,
  type ConditionUpdate,
} from '../../../api/conditions.ts';
import type { ReasonOf } from '../../../api/reasons.ts';
import type {
  DatabaseServerStatus,
  DatabaseSpec,
  DatabaseStatus,
} from '../../../api/v1alpha1/database.ts';
import { describeProblems, type Parsed } from '../../../api/schema/problem.ts';
import type { SecretProblem } from '../../../assets/zookeeper/credentials.ts';
import { delayAfterUnfinishedMs } from './unfinished-delay.ts';
import type { CredentialCheck, ServerProbe } from './server-probe.ts';

export type DatabaseReason = ReasonOf<'Database'>;

/** Everything a decision about a Database is made from. */
export interface DatabaseSnapshot {
  readonly uid: string;
  readonly generation: number;
  readonly spec: Parsed<DatabaseSpec>;
  /** The status as it is. */
  readonly status: DatabaseStatus;
  readonly secretProblem: SecretProblem | undefined;
  /**
   * One a server, in the order of the spec; empty where nothing could be probed. `Recent`: the
   * status holds what a probe found less than {@link PROBE_INTERVAL_MS} ago. `Unfinished`: the last
   * probe left no result, and the next one waits.
   */
  readonly probes: readonly ServerProbe[] | 'Recent' | 'Unfinished';
  readonly now: Date;
}

/** What is to be done about a Database. */
export interface DatabaseDecision {
  readonly status: DatabaseStatus;
  /** Said in an event when the reason differs from the one that stood there. */
  readonly event: DatabaseVerdict | undefined;
  /** When to look again. */
  readonly requeueAfterMs: number | undefined;
}

/** How a Database stands. */
export interface DatabaseVerdict {
  /** Undefined: nobody knows. */
  readonly ready: boolean | undefined;
  /** Nothing changes until somebody edits the spec. */
  readonly stalled: boolean;
  readonly reason: DatabaseReason;
  readonly message: string;
}

/** How often servers are probed. */
export const PROBE_INTERVAL_MS = 60_000;

/**
 * How often a Secret that is missing or incomplete is looked for. Secrets are read one by one, by
 * name: a watch would need the right to read every Secret there is.
 */
export const SECRET_INTERVAL_MS = 5_000;

/** What it depends on when the servers are probed. */
type ProbeHistory = Pick<DatabaseSnapshot, 'uid' | 'generation' | 'status' | 'now'>;

/**
 * Whether the servers are to be probed now: not again when it was only our own status that changed,
 * nor because we were restarted; and not soon after a probe that left no result, which may be what
 * ended us.
 *
 * @returns `Due`, or why not
 */
export function isProbeDue(history: ProbeHistory): 'Due' | 'Recent' | 'Unfinished' {
  if (probeDueInMs(history) === 0) return 'Due';
  return unfinishedProbe(history) === undefined ? 'Recent' : 'Unfinished';
}

function probeDueInMs(history: ProbeHistory): number {
  const { uid, generation, status, now } = history;
  const unfinished = unfinishedProbe(history);
  if (unfinished !== undefined) {
    const delayMs = delayAfterUnfinishedMs(uid, unfinished.count);
    return remainingMs(unfinished.startTime, delayMs, now);
  }
  if (status.observedGeneration !== generation) return 0;
  return remainingMs(status.lastProbeTime, PROBE_INTERVAL_MS, now);
}

/** Nothing remains where the clock was set back. */
function remainingMs(since: string | undefined, delayMs: number, now: Date): number {
  const ageMs = now.getTime() - Date.parse(since ?? '');
  return ageMs >= 0 ? Math.max(0, delayMs - ageMs) : 0;
}

/** Of another spec it says nothing: that may name other servers. */
function unfinishedProbe({ status, generation }: Pick<ProbeHistory, 'status' | 'generation'>) {
  const { unfinishedProbe: unfinished } = status;
  return unfinished?.generation === generation ? unfinished : undefined;
}

/** The status that says, before it begins, that a probe does. */
export function statusAtProbeStart(history: Omit<ProbeHistory, 'uid'>): DatabaseStatus {
  const { status, generation, now } = history;
  const count = (unfinishedProbe(history)?.count ?? 0) + 1;
  return { ...status, unfinishedProbe: { startTime: wholeSeconds(now), generation, count } };
}

/** Decides what a Database's status says. */
export function decideDatabase(snapshot: DatabaseSnapshot): DatabaseDecision {
  const { status, generation, now } = snapshot;
  if (snapshot.probes === 'Recent') {
    return { status, event: undefined, requeueAfterMs: probeDueInMs(snapshot) };
  }
  const isUnfinished = snapshot.probes === 'Unfinished';
  const verdict = isUnfinished ? unfinishedVerdict(snapshot) : judge(snapshot, snapshot.probes);
  const before = status.conditions?.find((condition) => condition.type === 'Ready');
  return {
    status: {
      ...(isUnfinished ? status : {}),
      observedGeneration: generation,
      conditions: [
        ...conditionsOf(verdict, generation).reduce<readonly Condition[]>(
          (conditions, update) => setCondition(conditions, update, now),
          status.conditions ?? [],
        ),
      ],
      ...(isUnfinished ? {} : probeStatus(snapshot, snapshot.probes)),
    },
    event: before?.reason === verdict.reason ? undefined : verdict,
    requeueAfterMs: isUnfinished ? probeDueInMs(snapshot) : requeueAfter(snapshot, verdict),
  };
}

function unfinishedVerdict(snapshot: DatabaseSnapshot): DatabaseVerdict {
  const { startTime, count } = snapshot.status.unfinishedProbe ?? {};
  const next = wholeSeconds(new Date(snapshot.now.getTime() + probeDueInMs(snapshot)));
  const message = `The probe that began at ${startTime} left no result, ${count} in a row: the operator ended meanwhile, or could not write it. In case a server brings the operator down, it is probed later than others: at ${next}. A change of the spec has it probed at once.`;
  return { ready: undefined, stalled: false, reason: 'ProbeUnfinished', message };
}

function judge(snapshot: DatabaseSnapshot, probes: readonly ServerProbe[]): DatabaseVerdict {
  const { spec, secretProblem } = snapshot;
  if (!spec.ok) return stalled('InvalidSpec', describeProblems(spec.problems));
  if (spec.value.zookeeper?.client === undefined) {
    return stalled(
      'ClientNotConfigured',
      'spec.zookeeper.client is not set, so there is nothing to connect to: add spec.zookeeper.client.servers.',
    );
  }
  if (secretProblem !== undefined) return notReady(secretProblem.reason, secretProblem.message);
  return judgeProbes(probes);
}

function judgeProbes(probes: readonly ServerProbe[]): DatabaseVerdict {
  const reachable = probes.filter((probe) => probe.reachable);
  const failed = probes.filter((probe) => !probe.reachable);
  if (reachable.length > 0) {
    return {
      ready: true,
      stalled: false,
      reason: 'Reachable',
      message: describeReachable(reachable, failed),
    };
  }
  const reasons = new Set(failed.map((probe) => probe.reason));
  const [only] = reasons;
  const message = failed.map(described).join(' ');
  return notReady(reasons.size === 1 && only !== undefined ? only : 'Unreachable', message);
}

function describeReachable(
  reachable: readonly Extract<ServerProbe, { reachable: true }>[],
  failed: readonly Extract<ServerProbe, { reachable: false }>[],
): string {
  const total = reachable.length + failed.length;
  const count =
    total === 1 ? 'The server answers.' : `${reachable.length} of ${total} servers answer.`;
  const checks = reachable.slice(0, 1).map(({ credentials }) => CHECK_SENTENCES[credentials]);
  return [count, ...failed.map(described), ...checks].join(' ');
}

function described({ address, message }: Extract<ServerProbe, { reachable: false }>): string {
  return `${address}: ${message}`;
}

/** What a probe can say about credentials: SASL verifies them, a digest is checked by ACLs alone. */
const CHECK_SENTENCES: Readonly<Record<CredentialCheck, string>> = {
  NotUsed: 'No credentials are used.',
  VerifiedBySasl: 'SASL verified user and password.',
  VerifiedBySaslWithoutRight:
    'SASL verified user and password, which give no right to read the root: if that is not intended, grant it.',
  Verified: 'User and password give the right to read the root.',
  Unverifiable:
    'User and password could not be verified: ZooKeeper accepts any digest, and the root is open to everybody. SASL would verify them.',
  NoRightOnRoot:
    'User and password give no right to read the root: if that is not intended, check them.',
};

function conditionsOf(verdict: DatabaseVerdict, generation: number): ConditionUpdate[] {
  const { reason, message } = verdict;
  const common = { reason, message, observedGeneration: generation };
  return [
    { ...common, type: 'Ready', status: readyStatus(verdict) },
    {
      ...common,
      type: 'Reconciling',
      status: verdict.ready === true || verdict.stalled ? 'False' : 'True',
    },
    { ...common, type: 'Stalled', status: verdict.stalled ? 'True' : 'False' },
  ];
}

function readyStatus({ ready }: DatabaseVerdict): ConditionStatus {
  if (ready === undefined) return 'Unknown';
  return ready ? 'True' : 'False';
}

function probeStatus(
  { status, now }: DatabaseSnapshot,
  probes: readonly ServerProbe[],
): Partial<DatabaseStatus> {
  // Nothing was probed: a probe that left no result is not made up for by a Secret that is gone.
  if (probes.length === 0) {
    const { unfinishedProbe: unfinished } = status;
    return unfinished === undefined ? {} : { unfinishedProbe: unfinished };
  }
  const lastProbeTime = wholeSeconds(now);
  const reachable = probes.filter((probe) => probe.reachable);
  const versions = [...new Set(reachable.map((probe) => probe.version))].filter(
    (version) => version !== undefined,
  );
  return {
    servers: probes.map((probe) => serverStatus(probe, lastProbeTime)),
    reachableServers: `${reachable.length}/${probes.length}`,
    ...(versions.length === 0 ? {} : { version: versions.join(', ') }),
    lastProbeTime,
  };
}

function serverStatus(probe: ServerProbe, lastProbeTime: string): DatabaseServerStatus {
  const { address, version, mode, latencyMs } = probe;
  return {
    address,
    reachable: probe.reachable,
    ...(version === undefined ? {} : { version }),
    ...(mode === undefined ? {} : { mode }),
    ...(latencyMs === undefined ? {} : { latencyMs: Math.round(latencyMs) }),
    ...(probe.reachable ? {} : { reason: probe.reason, message: probe.message }),
    lastProbeTime,
  };
}

function requeueAfter(snapshot: DatabaseSnapshot, verdict: DatabaseVerdict): number | undefined {
  if (verdict.stalled) return undefined;
  return snapshot.secretProblem === undefined ? PROBE_INTERVAL_MS : SECRET_INTERVAL_MS;
}

function stalled(reason: DatabaseReason, message: string): DatabaseVerdict {
  return { ready: false, stalled: true, reason, message };
}

function notReady(reason: DatabaseReason, message: string): DatabaseVerdict {
  return { ready: false, stalled: false, reason, message };
}
