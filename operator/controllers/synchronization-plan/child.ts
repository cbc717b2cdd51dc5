import { AUTOMATION_GROUP, SYNCHRONIZATION_PLAN_KIND } from '../../../api/groups.ts';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { slotName } from '../../../api/names.ts';
import { parseConditions } from '../../kube/job.ts';
import { isJsonObject, textOf, type JsonObject } from '../../kube/json-fields.ts';
import { controllerOf, type KubeObject, type ObjectKey } from '../../kube/objects.ts';

/** A Synchronization of a plan, as far as the plan cares. */
export interface Child {
  readonly object: KubeObject;
  readonly name: string;
  readonly uid: string;
  /**
   * Made by this very plan, not by one of the same name that is gone. So is one that nobody controls
   * any more: it is looked at only because the status names it by its UID.
   */
  readonly isOwn: boolean;
  /** The slot it was made for; undefined if it was not made for one. */
  readonly slot: Date | undefined;
  readonly state: 'Active' | 'Succeeded' | 'Failed';
  /** Reason of its Succeeded condition; empty if it has none. */
  readonly reason: string;
  readonly startTime: Date | undefined;
  readonly completionTime: Date | undefined;
  /** The point of the source that it copied and verified; undefined if it is no verified copy. */
  readonly snapshotTime: Date | undefined;
}

/** The plan that controls an object, by name: that is all CronJob goes by, too. */
export function planOf(object: KubeObject): ObjectKey | undefined {
  const owner = controllerOf(object);
  if (owner?.kind !== SYNCHRONIZATION_PLAN_KIND.kind) return undefined;
  if (!owner.apiVersion.startsWith(`${AUTOMATION_GROUP}/`)) return undefined;
  return { namespace: object.metadata.namespace, name: owner.name };
}

/**
 * Reads a Synchronization that a plan controls or has made. What cannot be understood of its status counts as
 * not there: it is the synchronization controller's, and a later version may have written it.
 */
export function readChild(object: KubeObject, plan: KubeObject): Child {
  const { name, uid } = object.metadata;
  const status = isJsonObject(object.status) ? object.status : {};
  const owner = controllerOf(object);
  const succeeded = parseConditions(status).find((each) => each.type === 'Succeeded');
  const reason = succeeded?.reason ?? '';
  return {
    object,
    name,
    uid,
    isOwn: owner === undefined || owner.uid === plan.metadata.uid,
    slot: slotOf(object, plan.metadata.name),
    state: stateOf(succeeded?.status),
    reason,
    startTime: timeOf(status, 'startTime'),
    completionTime: timeOf(status, 'completionTime'),
    snapshotTime: reason === 'Verified' ? snapshotTimeOf(status) : undefined,
  };
}

/** True until its outcome is known. */
export function isActive(child: Child): boolean {
  return child.state === 'Active';
}

function stateOf(succeeded: string | undefined): Child['state'] {
  if (succeeded === 'True') return 'Succeeded';
  return succeeded === 'False' ? 'Failed' : 'Active';
}

/** The name holds the minute and was given by us; the annotation adds the seconds of `@every`. */
function slotOf(object: KubeObject, planName: string): Date | undefined {
  const { name, annotations } = object.metadata;
  if (!name.startsWith(`${planName}-`)) return undefined;
  const minutes = name.slice(planName.length + 1);
  if (!/^\d{1,10}$/.test(minutes)) return undefined;
  const noted = new Date(annotations[ANNOTATIONS.scheduledTimestamp] ?? NaN);
  if (!Number.isNaN(noted.getTime()) && slotName(planName, noted) === name) return noted;
  return new Date(Number(minutes) * 60_000);
}

/** Dry runs and unverified ones are no copies, whatever else they report. */
function snapshotTimeOf(status: JsonObject): Date | undefined {
  const result = status['result'];
  if (!isJsonObject(result) || result['verified'] !== true || result['dryRun'] === true) {
    return undefined;
  }
  return isJsonObject(result['source']) ? timeOf(result['source'], 'time') : undefined;
}

function timeOf(object: JsonObject, field: string): Date | undefined {
  const time = new Date(textOf(object, field));
  return Number.isNaN(time.getTime()) ? undefined : time;
}
