import { ANNOTATIONS } from '../../../api/labels.ts';
import { jobName } from '../../../api/names.ts';
import { parseConditions } from '../../kube/job.ts';
import { isJsonObject, textOf } from '../../kube/json-fields.ts';
import { keyOf, type KubeObject, type ObjectKey } from '../../kube/objects.ts';
import type { Decision } from './decision.ts';

type Wait = Extract<Decision, { action: 'Wait' }>;

/** Whoever ends wakes the next; this is for a watch that lost something. */
const WAIT_INTERVAL_MS = 60_000;

/**
 * Reasons of a run that was not started and waits for nothing but its turn. `Pending` is of versions
 * up to 1.0.0, which gave it to such runs and to some others that were not started; this one gives it
 * to none. All keep their place until they are looked at, which happens when the operator starts:
 * nobody is overtaken, and one that waits for something else makes way then.
 */
const REASONS_IN_LINE: readonly string[] = ['WaitingForCapacity', 'Pending'];

/**
 * Whether a run may start into a Database that takes only so many at a time. Those that wait start
 * in the order of their creation, and then of their names, so that none is overtaken for ever; who
 * waits for something else as well keeps nobody waiting.
 *
 * @param rivals all Synchronizations of the namespace, this one among them or not
 * @param limit `spec.maxConcurrentSynchronizations` of the Database
 * @returns undefined if it may start
 */
export function waitForCapacity(
  object: KubeObject,
  rivals: readonly KubeObject[],
  { destination, limit }: { readonly destination: string; readonly limit: number },
): Wait | undefined {
  const others = rivals.filter(
    (rival) => rival.metadata.uid !== object.metadata.uid && copiesInto(rival, destination),
  );
  const running = others.filter((rival) => isStarted(rival) && !hasEnded(rival));
  const ahead = others.filter((rival) => isInLine(rival) && comesBefore(rival, object));
  if (running.length + ahead.length < limit) return undefined;
  const many = limit === 1 ? 'one Synchronization' : `${limit} Synchronizations`;
  return {
    action: 'Wait',
    obstructed: false,
    reason: 'WaitingForCapacity',
    // Without who runs and who is next: that changes all the time, and each change is a write.
    message: `Waits for capacity: the Database ${destination} takes ${many} at a time (its spec.maxConcurrentSynchronizations). It starts by itself, in the order of creation.`,
    requeueAfterMs: WAIT_INTERVAL_MS,
  };
}

/** The one to look at when a Synchronization into the same Database has changed. */
export function nextInLine(changed: KubeObject, all: readonly KubeObject[]): readonly ObjectKey[] {
  const destination = destinationOf(changed);
  return all
    .filter((each) => copiesInto(each, destination) && mayStart(each) && saysItWaits(each))
    .sort((one, other) => (comesBefore(one, other) ? -1 : 1))
    .slice(0, 1)
    .map(keyOf);
}

function copiesInto(object: KubeObject, destination: string): boolean {
  return destinationOf(object) === destination;
}

function destinationOf({ spec }: KubeObject): string {
  const config = isJsonObject(spec) ? spec['config'] : undefined;
  return isJsonObject(config) ? textOf(config, 'destinationName') : '';
}

/** By its annotation, or by its status: replacing an object by a file removes the one. */
function isStarted({ metadata, status }: KubeObject): boolean {
  const { annotations, uid } = metadata;
  const job = isJsonObject(status) ? textOf(status, 'jobName') : '';
  return annotations[ANNOTATIONS.startedUid] === uid || job === jobName(metadata);
}

function hasEnded(object: KubeObject): boolean {
  return isJsonObject(object.status) && textOf(object.status, 'completionTime') !== '';
}

/** Waits for capacity and nothing else; or nobody has looked at it yet, and it may. */
function isInLine(object: KubeObject): boolean {
  return mayStart(object) && (outcomeOf(object) === undefined || saysItWaits(object));
}

function mayStart(object: KubeObject): boolean {
  const { annotations, deletionTimestamp } = object.metadata;
  const isMarked = annotations[ANNOTATIONS.startedUid] !== undefined;
  return deletionTimestamp === undefined && !isMarked && !isStarted(object) && !hasEnded(object);
}

function saysItWaits(object: KubeObject): boolean {
  return REASONS_IN_LINE.includes(outcomeOf(object)?.reason ?? '');
}

function outcomeOf({ status }: KubeObject) {
  const conditions = isJsonObject(status) ? parseConditions(status) : [];
  return conditions.find(({ type }) => type === 'Succeeded');
}

function comesBefore(one: KubeObject, other: KubeObject): boolean {
  const [a = '', b = ''] = [one, other].map(({ metadata }) => metadata.creationTimestamp);
  return a === b ? one.metadata.name < other.metadata.name : a < b;
}
