/**
 * Condition types of our kinds. `Reconciling` and `Stalled` are kstatus's and stand only while True;
 * so does `Finished`, which says that a run has ended, either way: something to wait for.
 */
export const CONDITION_TYPES = {
  Ready: 'Ready',
  Succeeded: 'Succeeded',
  Finished: 'Finished',
  Reconciling: 'Reconciling',
  Stalled: 'Stalled',
  RPOMet: 'RPOMet',
} as const;
export type ConditionType = keyof typeof CONDITION_TYPES;

export type ConditionStatus = 'True' | 'False' | 'Unknown';

/** A condition as Kubernetes defines it (metav1.Condition). */
export interface Condition {
  type: string;
  status: ConditionStatus;
  /** One word of the table in `reasons.ts`. */
  reason: string;
  /** A sentence for a person. Never holds a secret. */
  message: string;
  /** When `status` last changed, RFC 3339 UTC in whole seconds. */
  lastTransitionTime: string;
  /** `metadata.generation` that was judged. */
  observedGeneration?: number;
}

/** What a caller says; the time of the transition is worked out. */
export interface ConditionUpdate<Reason extends string = string> {
  readonly type: ConditionType;
  readonly status: ConditionStatus;
  readonly reason: Reason;
  readonly message: string;
  readonly observedGeneration: number;
}

/** Limit of metav1.Condition's message; a longer one would make the status be refused. */
const MESSAGE_MAX_LENGTH = 32_768;

/** They mean something only while True: kstatus reads their presence. */
const ONLY_WHILE_TRUE: ReadonlySet<string> = new Set(['Reconciling', 'Stalled']);

/**
 * Sets a condition. `lastTransitionTime` moves only when `status` changes. `Reconciling` and
 * `Stalled` are removed by anything but True.
 *
 * @returns a new list, or the very same one if nothing changes
 */
export function setCondition(
  conditions: readonly Condition[],
  update: ConditionUpdate,
  now: Date,
): readonly Condition[] {
  if (ONLY_WHILE_TRUE.has(update.type) && update.status !== 'True') {
    return removeCondition(conditions, update.type);
  }
  const old = findCondition(conditions, update.type);
  const next: Condition = {
    type: update.type,
    status: update.status,
    reason: update.reason,
    message: update.message.slice(0, MESSAGE_MAX_LENGTH),
    lastTransitionTime: old?.status === update.status ? old.lastTransitionTime : wholeSeconds(now),
    observedGeneration: update.observedGeneration,
  };
  if (!old) return [...conditions, next];
  if (same(old, next)) return conditions;
  return conditions.map((condition) => (condition.type === next.type ? next : condition));
}

/** Removes a condition; the very same list if it is not there. */
export function removeCondition(
  conditions: readonly Condition[],
  type: ConditionType,
): readonly Condition[] {
  return findCondition(conditions, type)
    ? conditions.filter((condition) => condition.type !== type)
    : conditions;
}

/** The condition of a type, if it is there. */
export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: ConditionType,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** RFC 3339 UTC in whole seconds, as Kubernetes writes times: `2026-03-28T00:00:00Z`. */
export function wholeSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

function same(one: Condition, other: Condition): boolean {
  return (
    one.status === other.status &&
    one.reason === other.reason &&
    one.message === other.message &&
    one.lastTransitionTime === other.lastTransitionTime &&
    one.observedGeneration === other.observedGeneration
  );
}
