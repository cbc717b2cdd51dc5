import { isJsonObject, numberOf, stringField, textOf, type JsonObject } from './json-fields.ts';
import { controllerOf, type KubeObject, type ObjectMeta } from './objects.ts';

/** An entry of a status's `conditions`, as built-in kinds write it. */
export interface BuiltinCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime?: string;
}

/** What a Job tells about its run. */
export interface Job {
  readonly metadata: ObjectMeta;
  /** UID of the object that controls it; undefined for somebody else's Job. */
  readonly controllerUid: string | undefined;
  readonly backoffLimit: number;
  /** True while it may start no pod. */
  readonly suspended: boolean;
  /** Pods that are not yet finished, and that finished well or badly. */
  readonly active: number;
  readonly succeeded: number;
  readonly failed: number;
  /** RFC 3339, as the Job controller wrote them. */
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly conditions: readonly BuiltinCondition[];
  /** How it ended, by its `Complete` or `Failed` condition; undefined while it runs. */
  readonly finished: JobFinish | undefined;
}

/** End of a Job: `reason` and `message` are the Job controller's, empty for most successes. */
export interface JobFinish {
  readonly outcome: 'Complete' | 'Failed';
  /** For example BackoffLimitExceeded, DeadlineExceeded, PodFailurePolicy. */
  readonly reason: string;
  readonly message: string;
  readonly time?: string;
}

/** Kubernetes' own default of `spec.backoffLimit`. */
const DEFAULT_BACKOFF_LIMIT = 6;

/** Reads a Job; fields the server leaves out while they are zero become zero. */
export function parseJob(object: KubeObject): Job {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const status = isJsonObject(object.status) ? object.status : {};
  const conditions = parseConditions(status);
  return {
    metadata: object.metadata,
    controllerUid: controllerOf(object)?.uid,
    backoffLimit: numberOf(spec, 'backoffLimit', DEFAULT_BACKOFF_LIMIT),
    suspended: spec['suspend'] === true,
    active: numberOf(status, 'active'),
    succeeded: numberOf(status, 'succeeded'),
    failed: numberOf(status, 'failed'),
    ...stringField(status, 'startTime'),
    ...stringField(status, 'completionTime'),
    conditions,
    finished: finishOf(conditions),
  };
}

/** Reads `conditions` of a built-in kind's status. */
export function parseConditions(status: JsonObject): BuiltinCondition[] {
  const list = status['conditions'];
  if (!Array.isArray(list)) return [];
  return list.filter(isJsonObject).map((condition) => ({
    type: textOf(condition, 'type'),
    status: textOf(condition, 'status'),
    reason: textOf(condition, 'reason'),
    message: textOf(condition, 'message'),
    ...stringField(condition, 'lastTransitionTime'),
  }));
}

function finishOf(conditions: readonly BuiltinCondition[]): JobFinish | undefined {
  for (const outcome of ['Complete', 'Failed'] as const) {
    const condition = conditions.find((each) => each.type === outcome && each.status === 'True');
    if (condition === undefined) continue;
    const { reason, message, lastTransitionTime: time } = condition;
    return { outcome, reason, message, ...(time === undefined ? {} : { time }) };
  }
  return undefined;
}
