import { ANNOTATIONS } from '../../../api/labels.ts';
import { jobName } from '../../../api/names.ts';
import { parseConditions } from '../../kube/job.ts';
import { isJsonObject, textOf } from '../../kube/json-fields.ts';
import { keyOf, type KubeObject, type ObjectKey } from '../../kube/objects.ts';
import type { Decision } from './decision.ts';

type Wait = Extract<Decision, { action: 'Wait' }>;

/** Whoever ends wakes the next; this is for a watch that lost something. */
const WAIT_INTERVAL_MS = 60_000;

/** How the message of a run that waits for room begins: it is how the others know that it does. */
const WAITS_FOR_ROOM = 'Waits for room: ';

/**
 * Whether a run may start into a Database that takes only so many at a time. Those that wait start
 * in the order of their creation, and then of their names, so that none is overtaken for ever; who
 * waits for something else as well keeps nobody waiting.
 *
 * @param rivals all Synchronizations of the namespace, this one among them or not
 * @param limit `spec.maxConcurrentSynchronizations` of the Database
 * @returns undefined if it may start
 */
export function waitForRoom(
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
    reason: 'Pending',
    // Without who runs and who is next: that changes all the time, and each change is a write.
    message: `${WAITS_FOR_ROOM}the Database ${destination} takes ${many} at a time (its spec.maxConcurrentSynchronizations). It starts by itself, in the order of creation.`,
    requeueAfterMs: WAIT_INTERVAL_MS,
  };
}

/** The one to look at when a Synchronization into the same Database has changed. */
export function nextInLine(changed: KubeObject, all: readonly KubeObject[]): readonly ObjectKey[] {
  const destination = destinationOf(changed);
  const waiting = all.filter((each) => copiesInto(each, destination) && saysItWaits(each));
  return waiting
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

/** Waits for room and nothing else; or nobody has looked at it yet, and it may. */
function isInLine(object: KubeObject): boolean {
  const { annotations, deletionTimestamp } = object.metadata;
  const isMarked = annotations[ANNOTATIONS.startedUid] !== undefined;
  if (deletionTimestamp !== undefined || isMarked || isStarted(object)) return false;
  return !hasEnded(object) && (outcomeOf(object) === undefined || saysItWaits(object));
}

function saysItWaits(object: KubeObject): boolean {
  const told = outcomeOf(object);
  return told?.reason === 'Pending' && told.message.startsWith(WAITS_FOR_ROOM);
}

function outcomeOf({ status }: KubeObject) {
  const conditions = isJsonObject(status) ? parseConditions(status) : [];
  return conditions.find(({ type }) => type === 'Succeeded');
}

function comesBefore(one: KubeObject, other: KubeObject): boolean {
  const [a = '', b = ''] = [one, other].map(({ metadata }) => metadata.creationTimestamp);
  return a === b ? one.metadata.name < other.metadata.name : a < b;
}
