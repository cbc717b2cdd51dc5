import { wholeSeconds } from '../../../api/conditions.ts';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { describeProblems } from '../../../api/schema/problem.ts';
import { specHash } from '../../../api/spec-hash.ts';
import type { SynchronizationSpec } from '../../../api/v1alpha1/synchronization.ts';
import type { Job } from '../../kube/job.ts';
import { annotationsTooLarge } from './annotations-size.ts';
import { endedAttempts, isConclusive } from './attempt.ts';
import { reservedPlace } from './reserved-place.ts';
import { databaseObstacle } from './database-obstacle.ts';
import type { Decision, FinishDecision } from './decision.ts';
import { attemptsSoFar, follow } from './follow.ts';
import { outcomeOf, type SynchronizationReason } from './outcome.ts';
import { workerJob, type WorkerJobInput } from './resources.ts';
import { hasPodFailurePolicy, type ServerVersion } from './server-version.ts';
import { isFinished, ownJob, type Snapshot } from './snapshot.ts';

/** What the same decisions depend on for every Synchronization. */
export interface SynchronizationSettings {
  readonly workerImage: string;
  readonly serverVersion: ServerVersion;
}

/** Databases wake us when they change; this is for a watch that lost something. */
const WAIT_INTERVAL_MS = 60_000;

/** Decides the next step; the order of the questions is the order of their weight. */
export function decide(snapshot: Snapshot, settings: SynchronizationSettings): Decision {
  const { object, status } = snapshot;
  // Its Job goes with it: the garbage collector follows the ownerReference.
  if (object.metadata.deletionTimestamp !== undefined) return { action: 'Nothing' };
  if (isFinished(status)) return decideFinished(snapshot);
  const job = ownJob(snapshot);
  if (job !== undefined) return decideRunning(job, snapshot, settings);
  if (status.jobName !== undefined) return jobLost(status.jobName, snapshot);
  return decideStart(snapshot, settings);
}

function decideStart(snapshot: Snapshot, settings: SynchronizationSettings): Decision {
  const { object, spec, job } = snapshot;
  const { uid, annotations } = object.metadata;
  const startedUid = annotations[ANNOTATIONS.startedUid];
  if (startedUid !== undefined && startedUid !== uid) {
    return refuse(
      snapshot,
      'RestoredObject',
      `This object is a copy of one that has already run (UID ${startedUid}), restored from a backup. It does not run again: delete it, and create a new Synchronization if the copy is wanted.`,
    );
  }
  if (!spec.ok) return refuse(snapshot, 'InvalidSpec', describeProblems(spec.problems));
  const obstacle = assetObstacle(spec.value, snapshot);
  if (obstacle !== undefined) return obstacle;
  const misplaced = reservedPlace(spec.value, snapshot);
  if (misplaced !== undefined) return refuse(snapshot, 'InvalidSpec', misplaced);
  const input = jobInput(spec.value, snapshot, settings);
  const tooLarge = annotationsTooLarge(input);
  if (tooLarge !== undefined) return refuse(snapshot, 'InvalidSpec', tooLarge);
  if (job !== undefined) return nameTaken(job);
  if (startedUid === undefined) return { action: 'MarkStarted' };
  return { action: 'CreateJob', manifest: workerJob(input) };
}

function assetObstacle(spec: SynchronizationSpec, snapshot: Snapshot): Decision | undefined {
  const { sourceName, destinationName } = spec.config;
  const { namespace } = snapshot.object.metadata;
  const obstacle =
    databaseObstacle(sourceName, namespace, snapshot.source) ??
    databaseObstacle(destinationName, namespace, snapshot.destination);
  return obstacle && { action: 'Wait', ...obstacle, requeueAfterMs: WAIT_INTERVAL_MS };
}

function nameTaken(job: Job): Decision {
  return {
    action: 'Wait',
    obstructed: true,
    reason: 'Pending',
    message: `The Job ${job.metadata.name} was not made for this Synchronization, and has the name that its Job must have: delete or rename that Job.`,
    requeueAfterMs: WAIT_INTERVAL_MS,
  };
}

/** What the Job is made from, once nothing is in its way. */
function jobInput(
  spec: SynchronizationSpec,
  snapshot: Snapshot,
  settings: SynchronizationSettings,
): WorkerJobInput {
  const source = clientOf(snapshot.source);
  const destination = clientOf(snapshot.destination);
  if (source === undefined || destination === undefined) {
    throw new Error('a Job was to be made although a Database has no client');
  }
  return { owner: snapshot.object, spec, source, destination, ...settings };
}

function clientOf(database: Snapshot['source']) {
  return database?.spec.ok === true ? database.spec.value.zookeeper?.client : undefined;
}

function decideRunning(job: Job, snapshot: Snapshot, settings: SynchronizationSettings): Decision {
  const { status, pods } = snapshot;
  if (status.jobName !== job.metadata.name) return recordJob(job, snapshot);
  const { finished } = job;
  if (finished !== undefined) return finish({ ...job, finished }, snapshot);
  const isHeld = job.metadata.annotations[ANNOTATIONS.held] !== undefined;
  if (isHeld) return { action: 'ReleaseJob' };
  const last = endedAttempts(pods).at(-1);
  const retriesAreVain = isConclusive(last?.exit) && !hasPodFailurePolicy(settings.serverVersion);
  if (retriesAreVain && job.backoffLimit > 0) return { action: 'StopRetries' };
  return follow(job, snapshot, hasSpecChanged(snapshot));
}

function recordJob(job: Job, { object, spec }: Snapshot): Decision {
  const what = spec.ok
    ? `${spec.value.config.rootPath} from ${spec.value.config.sourceName} to ${spec.value.config.destinationName}`
    : object.metadata.name;
  return {
    action: 'RecordJob',
    jobName: job.metadata.name,
    startTime: job.metadata.creationTimestamp ?? '',
    reason: 'WorkerPending',
    message: `The Job ${job.metadata.name} has been created to copy ${what}.`,
  };
}

function finish(job: Parameters<typeof outcomeOf>[0], snapshot: Snapshot): FinishDecision {
  const { spec, pods, now } = snapshot;
  const outcome = outcomeOf(job, pods, spec.ok ? spec.value.config.verify : true);
  return {
    action: 'Finish',
    ...outcome,
    completionTime: job.completionTime ?? job.finished.time ?? wholeSeconds(now),
    attempts: attemptsSoFar(job, snapshot),
    specChanged: hasSpecChanged(snapshot),
    ...ttlOf(snapshot, wholeSeconds(now)),
  };
}

function jobLost(jobName: string, snapshot: Snapshot): FinishDecision {
  const message = `The Job ${jobName} disappeared before it reported a result. It is not made again: create a new Synchronization.`;
  return refuse(snapshot, 'WorkerLost', message);
}

/** Ends a Synchronization that no Job will report on. */
function refuse(
  snapshot: Snapshot,
  reason: SynchronizationReason,
  message: string,
): FinishDecision {
  const completionTime = wholeSeconds(snapshot.now);
  return {
    action: 'Finish',
    succeeded: false,
    reason,
    message,
    result: undefined,
    completionTime,
    attempts: snapshot.status.attempts,
    specChanged: false,
    ...ttlOf(snapshot, completionTime),
  };
}

/** What the API server said when it would not have the Job. */
export function decideRefusedJob(snapshot: Snapshot, message: string): FinishDecision {
  return refuse(snapshot, 'InvalidSpec', `The API server refuses the Job: ${message}`);
}

/** The API server will not have the Job now, but may later: a quota, a webhook, a missing right. */
export function decideForbiddenJob(message: string): Decision {
  return {
    action: 'Wait',
    obstructed: true,
    reason: 'Pending',
    message: `The Job cannot be created yet: ${message}`,
    requeueAfterMs: WAIT_INTERVAL_MS,
  };
}

function decideFinished(snapshot: Snapshot): Decision {
  const { object, status } = snapshot;
  const ttl = ttlOf(snapshot, status.completionTime ?? '');
  if (ttl.requeueAfterMs === 0) return { action: 'Delete' };
  if (status.observedGeneration === object.metadata.generation)
    return { action: 'Nothing', ...ttl };
  return { action: 'Settle', specChanged: hasSpecChanged(snapshot), ...ttl };
}

/** Milliseconds until the object is to be deleted; empty if it stays. */
function ttlOf({ spec, now }: Snapshot, completionTime: string): { requeueAfterMs?: number } {
  const seconds = spec.ok ? spec.value.ttlSecondsAfterFinished : undefined;
  const endMs = Date.parse(completionTime);
  if (seconds === undefined || Number.isNaN(endMs)) return {};
  return { requeueAfterMs: Math.max(0, endMs + seconds * 1000 - now.getTime()) };
}

/**
 * Whether the spec still says what the run was made from. Without a Job to compare with, a spec
 * that was ever edited counts as changed.
 */
function hasSpecChanged(snapshot: Snapshot): boolean {
  if (snapshot.object.metadata.generation <= 1) return false;
  const hash = ownJob(snapshot)?.metadata.annotations[ANNOTATIONS.specHash];
  return !snapshot.spec.ok || specHash(snapshot.spec.value) !== hash;
}
