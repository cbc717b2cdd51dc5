import { createHash } from 'node:crypto';
import { AUTOMATION_GROUP } from './groups.ts';

/** Labels we set and select by. Values longer than a label may be go through {@link labelValue}. */
export const LABELS = {
  /** On a Job, its pods and Secrets: name of the Synchronization. */
  synchronization: `${AUTOMATION_GROUP}/synchronization`,
  /** On a Job and its pods: UID of the Synchronization, never cut. */
  synchronizationUid: `${AUTOMATION_GROUP}/synchronization-uid`,
  /** On a Synchronization that a plan made: name of the plan. */
  synchronizationPlan: `${AUTOMATION_GROUP}/synchronization-plan`,
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  partOf: 'app.kubernetes.io/part-of',
  managedBy: 'app.kubernetes.io/managed-by',
  version: 'app.kubernetes.io/version',
} as const;

/** Annotations we set or listen to. */
export const ANNOTATIONS = {
  /** On a Job: hash of the Synchronization's spec that it was made from. */
  specHash: `${AUTOMATION_GROUP}/spec-hash`,
  /** On a Job made suspended: it is let go once its name is in the Synchronization's status. */
  held: `${AUTOMATION_GROUP}/held`,
  /** On a Job's pods: name of the Synchronization, uncut (a label would cut it at 63). */
  synchronizationName: `${AUTOMATION_GROUP}/synchronization-name`,
  /** On a Job's pods: what the worker is told to do, JSON; see `options/options-file.ts`. */
  workerOptions: `${AUTOMATION_GROUP}/worker-options`,
  /** On a Synchronization: UID that was started; another UID there means a restored copy. */
  startedUid: `${AUTOMATION_GROUP}/started-uid`,
  /** On a plan, set by the user: run once now for each new token. */
  runNow: `${AUTOMATION_GROUP}/run-now`,
  /** On a plan: UID under which a run-now token was first seen; another UID means a restored copy. */
  runNowUid: `${AUTOMATION_GROUP}/run-now-uid`,
  /** On a plan's child: the slot it was made for, RFC 3339 in the plan's time zone. */
  scheduledTimestamp: `${AUTOMATION_GROUP}/scheduled-timestamp`,
} as const;

/** Values of the app.kubernetes.io labels that are the same on everything of ours. */
export const PART_OF = 'resiliency-operator';
export const MANAGED_BY = 'resiliency-operator';
export const WORKER_NAME = 'resiliency-worker';

const LABEL_MAX_LENGTH = 63;
const HASH_LENGTH = 8;

/**
 * A label value for a name of any length (names may have 253 characters, label values 63): the
 * name itself where it fits, else its beginning and 8 hex digits of its SHA-256.
 */
export function labelValue(name: string): string {
  if (name.length <= LABEL_MAX_LENGTH) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  const head = name.slice(0, LABEL_MAX_LENGTH - HASH_LENGTH - 1).replace(/[^a-zA-Z0-9]+$/, '');
  return `${head}-${hash}`;
}
