import type { Job } from '../../kube/job.ts';
import type { Pod } from '../../kube/pod.ts';
import { endedAttempts, isFinalFailure, readAttempt, type Attempt } from '../../workers/attempt.ts';
import { countAttempts } from '../../workers/attempt-count.ts';
import type { FollowDecision } from './decision.ts';
import { failedAttempts } from './failed-attempts.ts';
import { describeContainers, lingeringIn } from '../../workers/lingering.ts';
import type { SynchronizationReason } from './outcome.ts';
import type { Snapshot } from './snapshot.ts';
import { WORKER_CONTAINER } from '../../workers/worker-container.ts';

/** How often a running worker's log is read. */
export const FOLLOW_INTERVAL_MS = 20_000;

/** How often one that does not run yet is looked at: what keeps it may only stand in an event. */
const START_INTERVAL_MS = 5_000;
const START_WINDOW_MS = 60_000;

/** A pod that has not begun after this long is not just slow. */
const SLOW_START_MS = 30_000;

/** The kubelet's words for an image that does not come. */
const IMAGE_REASONS: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

/** Complaints that keep a pod on a node from starting; others are about what is past. */
const LASTING_COMPLAINTS: ReadonlySet<string> = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'FailedCreatePodContainer',
  'NetworkNotReady',
]);

/** The kubelet's words for a start that simply goes on. */
const STARTING_REASONS: ReadonlySet<string> = new Set(['', 'ContainerCreating', 'PodInitializing']);

type Standing = Pick<FollowDecision, 'message' | 'obstructed' | 'cause'> & {
  readonly reason: Extract<
    SynchronizationReason,
    'Running' | 'WorkerPending' | 'WorkerImagePullFailed'
  >;
};

/** Tells how a worker that is under way stands. */
export function follow(
  job: Job,
  snapshot: Snapshot,
  { specChanged, inTheWay }: Pick<FollowDecision, 'specChanged' | 'inTheWay'>,
): FollowDecision {
  const current = snapshot.pods.findLast((pod) => readAttempt(pod) === undefined);
  const standing = current === undefined ? withoutPod(job, snapshot) : ofPod(current, snapshot);
  const count = countAttempts(job, snapshot);
  const { last, isFinal } = lastEnded(job, snapshot);
  const isRetried = last !== undefined && last.exit !== 'Success' && !isFinal;
  return {
    action: 'Follow',
    ...standing,
    message: isRetried
      ? `${standing.message} The attempt before: ${last.sentence}`
      : standing.message,
    count,
    failures: failedAttempts(snapshot, count.attempts, isFinal ? last : undefined),
    specChanged,
    inTheWay,
    requeueAfterMs: isStarting(standing, job, snapshot.now)
      ? START_INTERVAL_MS
      : Math.min(FOLLOW_INTERVAL_MS, ...graceLeftMs(snapshot)),
  };
}

/** When the patience ends with what keeps the pod of a worker that has ended. */
function graceLeftMs({ pods, now }: Snapshot): readonly number[] {
  return pods.map((pod) => lingeringIn(pod, now)?.leftMs ?? 0).filter((leftMs) => leftMs > 0);
}

/** What does not start within a minute is looked at no more often than what runs. */
function isStarting({ reason }: Standing, job: Job, now: Date): boolean {
  return reason !== 'Running' && ageMs(job.startTime, now) < START_WINDOW_MS;
}

/** The attempt that ended last, and whether no other one follows it: then the outcome will tell it. */
function lastEnded(
  job: Job,
  { pods }: Snapshot,
): { readonly last: Attempt | undefined; readonly isFinal: boolean } {
  const ended = endedAttempts(pods);
  const last = ended.at(-1);
  const counted = ended.filter((attempt) => !attempt.disrupted).length;
  return { last, isFinal: isFinalFailure(last?.exit) || counted > job.backoffLimit };
}

function withoutPod(job: Job, snapshot: Snapshot): Standing {
  const { name } = job.metadata;
  if (job.suspended) {
    return pending(`The Job ${name} was suspended by somebody else (its spec.suspend is true).`);
  }
  if (snapshot.complaint?.reason === 'FailedCreate') {
    const message = withoutPodNames(snapshot.complaint.message, name);
    return pending(`The Job ${name} cannot create its pod: ${message}`, 'no pod can be created');
  }
  const last = snapshot.pods.at(-1);
  if (last !== undefined) return starting(awaited(last, snapshot));
  if (ageMs(job.startTime, snapshot.now) < SLOW_START_MS) {
    return starting('The Job has been created; its pod comes next.');
  }
  return pending(
    `The Job ${name} has no pod yet: kubectl describe job ${name} says why. A quota, an admission rule or a missing ServiceAccount are usual.`,
  );
}

function awaited(last: Pod, { now }: Snapshot): string {
  const lingering = lingeringIn(last, now);
  if (lingering === undefined) return 'The worker has ended; its result is awaited.';
  const what = `its pod ${last.metadata.name} is kept running by ${describeContainers(lingering)}`;
  return lingering.leftMs > 0
    ? `The worker has ended, and ${what}: that is given time to end.`
    : `The worker has failed, and ${what}: the pod is deleted, for the next attempt to start.`;
}

/** Every try of a Job has a pod's name of its own, and says for the rest the same. */
function withoutPodNames(message: string, job: string): string {
  return message.replaceAll(new RegExp(`${job}-[a-z0-9]{5}\\b`, 'g'), `${job}-…`);
}

function ofPod(pod: Pod, snapshot: Snapshot): Standing {
  const { name } = pod.metadata;
  const container = pod.containers.find((each) => each.name === WORKER_CONTAINER);
  if (container?.running !== undefined) {
    return { reason: 'Running', message: runningMessage(snapshot), obstructed: false };
  }
  const scheduled = pod.conditions.find((each) => each.type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    return pending(`No node takes the pod ${name}: ${scheduled.message}`, 'no node takes the pod');
  }
  const waiting = [...pod.initContainers, ...(container === undefined ? [] : [container])].find(
    (each) => each.waiting !== undefined && !STARTING_REASONS.has(each.waiting.reason),
  );
  return waiting?.waiting === undefined
    ? slow(pod, snapshot)
    : stuck(name, waiting.name, waiting.waiting);
}

/** A pod that has a node and whose container is not there yet. */
function slow(pod: Pod, snapshot: Snapshot): Standing {
  const { name, creationTimestamp } = pod.metadata;
  const { complaint, now } = snapshot;
  if (complaint !== undefined && LASTING_COMPLAINTS.has(complaint.reason)) {
    return pending(
      `The pod ${name} cannot start (${complaint.reason}): ${complaint.message}`,
      `the pod cannot start: ${complaint.reason}`,
    );
  }
  if (ageMs(creationTimestamp, now) < SLOW_START_MS)
    return starting(`The pod ${name} is starting.`);
  const init = pod.initContainers.find(({ isSidecar, running }) => !isSidecar && running);
  if (init !== undefined) {
    return pending(
      `The pod ${name} has not started yet: its init container ${init.name}, which is none of ours, has not ended.`,
      `waits for ${init.name}`,
    );
  }
  return pending(
    `The pod ${name} has not started yet: kubectl describe pod ${name} says why. A Secret that was deleted and a slow image pull are usual.`,
  );
}

function stuck(
  pod: string,
  container: string,
  { reason, message }: { reason: string; message: string },
): Standing {
  const isWorker = container === WORKER_CONTAINER;
  if (isWorker && IMAGE_REASONS.has(reason)) {
    return {
      reason: 'WorkerImagePullFailed',
      message: `The worker's image cannot be pulled (${reason}): ${message}`,
      cause: 'image',
      obstructed: true,
    };
  }
  const what = isWorker
    ? ''
    : `, because its container ${container}, which is none of ours, cannot`;
  return pending(
    `The pod ${pod} cannot start${what} (${reason}): ${message}`,
    `${container} cannot start: ${reason}`,
  );
}

function runningMessage({ progress }: Snapshot): string {
  return progress?.summary === undefined
    ? 'The worker is running.'
    : `The worker is running: ${progress.summary}.`;
}

function starting(message: string): Standing {
  return { reason: 'WorkerPending', message, obstructed: false };
}

function pending(message: string, cause = message): Standing {
  return { reason: 'WorkerPending', message, cause, obstructed: true };
}

function ageMs(since: string | undefined, now: Date): number {
  return since === undefined ? 0 : now.getTime() - Date.parse(since);
}
