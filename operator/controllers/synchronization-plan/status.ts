import {
  removeCondition,
  setCondition,
  wholeSeconds,
  type Condition,
} from '../../../api/conditions.ts';
import type { SynchronizationPlanStatus } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import type { Facts } from './facts.ts';
import { missesOf } from './misses.ts';
import { stillReplacing } from './replace.ts';
import type { RpoVerdict } from './rpo.ts';
import type { Snapshot } from './snapshot.ts';
import type { Verdict } from './verdict.ts';

export type PlanStatus = SynchronizationPlanStatus;

/** As many as the schema lets the status hold; only `Allow` comes to so many. */
const MAX_ACTIVE = 64;

interface StatusInput {
  readonly snapshot: Snapshot;
  readonly facts: Facts;
  readonly verdict: Verdict;
  readonly rpo: RpoVerdict | undefined;
  readonly now: Date;
}

/** Works out the whole status. */
export function statusFor(input: StatusInput): PlanStatus {
  const { snapshot, facts, verdict, now } = input;
  const misses = missesOf(verdict.missState);
  const replacing = verdict.replacing ?? stillReplacing(snapshot, now);
  const { lastRunNowToken, runNowTokens } = facts;
  return {
    observedGeneration: snapshot.object.metadata.generation,
    conditions: [...conditionsFor(input)],
    ...(facts.active.length === 0 ? {} : { active: activeOf(facts) }),
    ...(replacing.length === 0 ? {} : { replacing: [...replacing] }),
    ...timeField('lastScheduleTime', facts.lastScheduleTime),
    ...timeField('lastSuccessfulTime', facts.lastSuccessfulTime),
    ...timeField('nextScheduleTime', verdict.next),
    ...timeField('lastSnapshotTime', facts.lastSnapshotTime),
    ...(lastRunNowToken === undefined ? {} : { lastRunNowToken }),
    ...(runNowTokens.length === 0 ? {} : { runNowTokens: [...runNowTokens] }),
    ...(misses === undefined ? {} : { misses }),
  };
}

function conditionsFor({ snapshot, verdict, rpo, now }: StatusInput): readonly Condition[] {
  const { reason, message, ready } = verdict;
  const observedGeneration = snapshot.object.metadata.generation;
  const common = { reason, message, observedGeneration };
  const status = ready ? 'True' : 'False';
  let conditions: readonly Condition[] = snapshot.status.conditions ?? [];
  conditions = setCondition(conditions, { ...common, type: 'Ready', status }, now);
  // Nothing changes until somebody does something about it: kstatus calls that stalled.
  conditions = setCondition(
    conditions,
    { ...common, type: 'Stalled', status: ready ? 'False' : 'True' },
    now,
  );
  if (rpo === undefined) return removeCondition(conditions, 'RPOMet');
  return setCondition(
    conditions,
    {
      type: 'RPOMet',
      status: rpo.status,
      reason: rpo.reason,
      message: rpo.message,
      observedGeneration,
    },
    now,
  );
}

function activeOf(facts: Facts): NonNullable<PlanStatus['active']> {
  return facts.active.slice(0, MAX_ACTIVE).map(({ name, uid, slot }) => ({
    name,
    uid,
    ...timeField('scheduledTime', slot),
  }));
}

function timeField<K extends string>(
  field: K,
  time: Date | undefined,
): Readonly<Partial<Record<K, string>>> {
  const entries = time === undefined ? {} : { [field]: wholeSeconds(time) };
  return entries as Readonly<Partial<Record<K, string>>>;
}
