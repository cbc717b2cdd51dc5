import {
  findCondition,
  setCondition,
  type Condition,
  type ConditionStatus,
  type ConditionType,
} from '../../../api/conditions.ts';
import type { SynchronizationStatus } from '../../../api/v1alpha1/synchronization-status.ts';
import type { AttemptCount } from '../../workers/attempt-count.ts';
import type { Decision } from './decision.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import type { Snapshot } from './snapshot.ts';

/** Decisions that are written into the status. */
export type ReportedDecision = Extract<
  Decision,
  { action: 'Wait' | 'RecordJob' | 'Follow' | 'Finish' | 'Settle' }
>;

/** One condition's new state; undefined removes it. */
type Verdict =
  | {
      readonly status: ConditionStatus;
      readonly reason: string;
      readonly message: string;
    }
  | undefined;

/** Conditions that a decision sets or removes; those not named stay. */
type Verdicts = Partial<
  Record<'Succeeded' | 'Ready' | 'Finished' | 'Reconciling' | 'Stalled', Verdict>
>;

const SPEC_CHANGED = {
  status: 'True',
  reason: 'SpecChanged',
  message:
    'The spec was changed after the run had been started with the old one, which was left alone: create a new Synchronization with the new spec.',
} as const;

/** Works out the whole status that a decision leads to. */
export function statusFor(decision: ReportedDecision, snapshot: Snapshot): SynchronizationStatus {
  const { object, now } = snapshot;
  const { generation } = object.metadata;
  const status = decision.action === 'Finish' ? withoutProgress(snapshot.status) : snapshot.status;
  const conditions = Object.entries(verdictsOf(decision, status)).reduce<readonly Condition[]>(
    (list, [type, verdict]) =>
      withVerdict(list, { type: type as ConditionType, verdict, generation, now }),
    status.conditions ?? [],
  );
  return {
    ...status,
    ...fieldsOf(decision, snapshot),
    observedGeneration: generation,
    conditions: [...conditions],
  };
}

/** How far it once was says nothing about something that has ended. */
function withoutProgress({ progress: _past, ...rest }: SynchronizationStatus) {
  return rest;
}

function fieldsOf(decision: ReportedDecision, snapshot: Snapshot): Partial<SynchronizationStatus> {
  switch (decision.action) {
    case 'Wait':
    case 'Settle':
      return {};
    case 'RecordJob':
      return { jobName: decision.jobName, startTime: decision.startTime };
    case 'Follow': {
      const { progress = snapshot.status.progress } = snapshot;
      return { ...triesOf(decision), ...(progress === undefined ? {} : { progress }) };
    }
    case 'Finish': {
      const { completionTime, result } = decision;
      return {
        completionTime,
        ...triesOf(decision),
        ...(result === undefined ? {} : { result }),
      };
    }
  }
}

function triesOf({
  count,
  failures,
}: {
  readonly count: AttemptCount | undefined;
  readonly failures: FailedAttempts | undefined;
}) {
  return {
    ...(count && { attempts: count.attempts, pods: [...count.pods] }),
    ...(failures && { failedPods: [...failures.pods] }),
  };
}

function verdictsOf(decision: ReportedDecision, status: SynchronizationStatus): Verdicts {
  switch (decision.action) {
    case 'Wait':
    case 'RecordJob':
      return underWay(decision);
    case 'Follow':
      // kstatus: an object is either on its way or stuck.
      return decision.specChanged
        ? { ...underWay(decision), Reconciling: undefined, Stalled: SPEC_CHANGED }
        : underWay(decision);
    case 'Finish':
      return ended(decision);
    case 'Settle':
      return { Stalled: decision.specChanged ? SPEC_CHANGED : failureOf(status) };
  }
}

/** The verdict of a run that failed: it stands again once nothing stands over it. */
function failureOf({ conditions }: SynchronizationStatus): Verdict {
  const succeeded = findCondition(conditions, 'Succeeded');
  if (succeeded?.status !== 'False') return undefined;
  return { status: 'True', reason: succeeded.reason, message: succeeded.message };
}

function underWay({ reason, message }: Extract<ReportedDecision, { reason: unknown }>): Verdicts {
  return {
    Succeeded: { status: 'Unknown', reason, message },
    Reconciling: { status: 'True', reason, message },
    Stalled: undefined,
  };
}

function ended(decision: Extract<Decision, { action: 'Finish' }>): Verdicts {
  const { reason, message, succeeded, specChanged } = decision;
  const verdict = { status: succeeded ? 'True' : 'False', reason, message } as const;
  const failed = succeeded ? undefined : ({ status: 'True', reason, message } as const);
  return {
    Succeeded: verdict,
    Ready: verdict,
    Finished: { status: 'True', reason, message },
    Reconciling: undefined,
    Stalled: specChanged ? SPEC_CHANGED : failed,
  };
}

function withVerdict(
  conditions: readonly Condition[],
  change: {
    readonly type: ConditionType;
    readonly verdict: Verdict;
    readonly generation: number;
    readonly now: Date;
  },
): readonly Condition[] {
  const { type, verdict, generation, now } = change;
  if (verdict === undefined) return conditions.filter((condition) => condition.type !== type);
  return setCondition(conditions, { type, ...verdict, observedGeneration: generation }, now);
}
