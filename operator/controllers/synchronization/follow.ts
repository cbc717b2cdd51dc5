import type { Job } from '../../kube/job.ts';
import type { Pod } from '../../kube/pod.ts';
import { endedAttempts, isConclusive, readAttempt } from './attempt.ts';
import type { FollowDecision } from './decision.ts';
import type { SynchronizationReason } from './outcome.ts';
import type { Snapshot } from './snapshot.ts';
import { WORKER_CONTAINER } from './worker-container.ts';

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

type Standing = Pick<FollowDecision, 'message' | 'obstructed'> & {
  readonly reason: Extract<
    SynchronizationReason,
    'Running' | 'WorkerPending' | 'WorkerImagePullFailed'
  >;
};

/** Tells how a worker that is under way stands. */
export function follow(job: Job, snapshot: Snapshot, specChanged: boolean): FollowDecision {
  const current = snapshot.pods.findLast((pod) => readAttempt(pod) === undefined);
  const standing = current === undefined ? withoutPod(job, snapshot) : ofPod(current, snapshot);
  const lastFailure = failureToRetry(job, snapshot);
  return {
    action: 'Follow',
    ...standing,
    message:
      lastFailure === undefined
        ? standing.message
        : `${standing.message} The attempt before: ${lastFailure}`,
    attempts: attemptsSoFar(job, snapshot),
    lastFailure,
    specChanged,
    requeueAfterMs: isStarting(standing, job, snapshot.now)
      ? START_INTERVAL_MS
      : FOLLOW_INTERVAL_MS,
  };
}

/** What does not start within a minute is looked at no more often than what runs. */
function isStarting({ reason }: Standing, job: Job, now: Date): boolean {
  return reason !== 'Running' && ageMs(job.startTime, now) < START_WINDOW_MS;
}

/** How the last attempt failed, if another one follows; else the outcome will tell it. */
function failureToRetry(job: Job, { pods }: Snapshot): string | undefined {
  const ended = endedAttempts(pods);
  const last = ended.at(-1);
  const counted = ended.filter((attempt) => !attempt.disrupted).length;
  const isLast = isConclusive(last?.exit) || counted > job.backoffLimit;
  return last === undefined || last.exit === 'Success' || isLast ? undefined : last.sentence;
}

/** How often a worker was started, as far as anybody still knows. */
export function attemptsSoFar(job: Job, snapshot: Snapshot): number {
  const counted = job.active + job.failed + job.succeeded;
  return Math.max(snapshot.status.attempts ?? 0, snapshot.pods.length, counted);
}

function withoutPod(job: Job, snapshot: Snapshot): Standing {
  const { name } = job.metadata;
  if (job.suspended) {
    return pending(`The Job ${name} was suspended by somebody else (its spec.suspend is true).`);
  }
  if (snapshot.complaint?.reason === 'FailedCreate') {
    return pending(`The Job ${name} cannot create its pod: ${snapshot.complaint.message}`);
  }
  if (snapshot.pods.length > 0) return starting('The worker has ended; its result is awaited.');
  if (ageMs(job.startTime, snapshot.now) < SLOW_START_MS) {
    return starting('The Job has been created; its pod comes next.');
  }
  return pending(
    `The Job ${name} has no pod yet: kubectl describe job ${name} says why. A quota, an admission rule or a missing ServiceAccount are usual.`,
  );
}

function ofPod(pod: Pod, snapshot: Snapshot): Standing {
  const { name } = pod.metadata;
  const container = pod.containers.find((each) => each.name === WORKER_CONTAINER);
  if (container?.running !== undefined) {
    return { reason: 'Running', message: runningMessage(snapshot), obstructed: false };
  }
  const scheduled = pod.conditions.find((each) => each.type === 'PodScheduled');
  if (scheduled?.status === 'False') {
    return pending(`No node takes the pod ${name}: ${scheduled.message}`);
  }
  const waiting = container?.waiting;
  if (waiting !== undefined && !STARTING_REASONS.has(waiting.reason)) return stuck(name, waiting);
  return slow(pod, snapshot);
}

/** A pod that has a node and whose container is not there yet. */
function slow({ metadata: { name, creationTimestamp } }: Pod, snapshot: Snapshot): Standing {
  const { complaint, now } = snapshot;
  if (complaint !== undefined && LASTING_COMPLAINTS.has(complaint.reason)) {
    return pending(`The pod ${name} cannot start (${complaint.reason}): ${complaint.message}`);
  }
  if (ageMs(creationTimestamp, now) < SLOW_START_MS)
    return starting(`The pod ${name} is starting.`);
  return pending(
    `The pod ${name} has not started yet: kubectl describe pod ${name} says why. A Secret that was deleted and a slow image pull are usual.`,
  );
}

function stuck(pod: string, { reason, message }: { reason: string; message: string }): Standing {
  if (!IMAGE_REASONS.has(reason))
    return pending(`The pod ${pod} cannot start (${reason}): ${message}`);
  return {
    reason: 'WorkerImagePullFailed',
    message: `The worker's image cannot be pulled (${reason}): ${message}`,
    obstructed: true,
  };
}

function runningMessage({ progress }: Snapshot): string {
  return progress?.summary === undefined
    ? 'The worker is running.'
    : `The worker is running: ${progress.summary}.`;
}

function starting(message: string): Standing {
  return { reason: 'WorkerPending', message, obstructed: false };
}

function pending(message: string): Standing {
  return { reason: 'WorkerPending', message, obstructed: true };
}

function ageMs(since: string | undefined, now: Date): number {
  return since === undefined ? 0 : now.getTime() - Date.parse(since);
}
