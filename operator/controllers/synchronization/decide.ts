import { ANNOTATIONS } from '../../../api/labels.ts';
import { describeProblems } from '../../../api/schema/problem.ts';
import type { SynchronizationSpec } from '../../../api/v1alpha1/synchronization.ts';
import type { Job } from '../../kube/job.ts';
import { isBeingDeleted } from '../../kube/objects.ts';
import { annotationsTooLarge } from './annotations-size.ts';
import { endedAttempts, isFinalFailure } from '../../workers/attempt.ts';
import { reservedPlace } from './reserved-place.ts';
import { databaseObstacle } from './database-obstacle.ts';
import type { Decision, FinishDecision } from './decision.ts';
import { endOfRun } from './end-of-run.ts';
import {
  deleted,
  finish,
  finishWithoutJob,
  hasSpecChanged,
  jobLost,
  refuse,
  ttlOf,
} from './finish.ts';
import { follow } from './follow.ts';
import { isHeldBack, isMarkGone, restoredFrom } from './marks.ts';
import { workerJob, type WorkerJobInput } from './resources.ts';
import { hasPodFailurePolicy, type ServerVersion } from '../../workers/server-version.ts';
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
  if (isFinished(status)) return decideFinished(snapshot);
  const job = ownJob(snapshot);
  if (job !== undefined) return decideRunning(job, snapshot, settings);
  const origin = restoredFrom(snapshot);
  if (origin !== undefined) {
    return refuse(
      snapshot,
      'RestoredObject',
      `This object is a copy of one that has already run (${origin}), restored from a backup or made of its YAML. It does not run again: delete it, and create a new Synchronization if the copy is wanted.`,
    );
  }
  // As a rule it is gone at once; this one is held by a finalizer of somebody else.
  if (isBeingDeleted(object)) return deleted(snapshot);
  if (status.jobName !== undefined) return jobLost(status.jobName, snapshot);
  return decideStart(snapshot, settings);
}

function decideStart(snapshot: Snapshot, settings: SynchronizationSettings): Decision {
  const { object, spec, job } = snapshot;
  const startedUid = object.metadata.annotations[ANNOTATIONS.startedUid];
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
    reason: 'JobNameTaken',
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
  const { object, status } = snapshot;
  const { finished } = job;
  const isHeld = finished === undefined && isHeldBack(job, snapshot);
  if (isHeld && isBeingDeleted(object)) return deleted(snapshot);
  if (status.jobName !== job.metadata.name) return recordJob(job, snapshot);
  if (finished !== undefined) return finish(job, finished, snapshot);
  if (isHeld) return { action: 'ReleaseJob' };
  if (isMarkGone(snapshot)) return { action: 'MarkAgain' };
  return decideUnderWay(job, snapshot, settings);
}

function decideUnderWay(job: Job, snapshot: Snapshot, settings: SynchronizationSettings): Decision {
  const end = endOfRun(job, snapshot, settings.serverVersion);
  if (end.is === 'Over') return finishWithoutJob(job, end, snapshot);
  const last = endedAttempts(snapshot.pods).at(-1);
  const retriesAreVain = isFinalFailure(last?.exit) && !hasPodFailurePolicy(settings.serverVersion);
  if (retriesAreVain && job.backoffLimit > 0) return { action: 'StopRetries' };
  return follow(job, snapshot, {
    specChanged: hasSpecChanged(snapshot),
    inTheWay: end.is === 'PodInTheWay' ? end.lingering : undefined,
  });
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
    cause: 'the API server refuses the Job',
    requeueAfterMs: WAIT_INTERVAL_MS,
  };
}

/** Whether it would wait, or start another worker. */
function isJobOpen(job: Job | undefined): boolean {
  return job !== undefined && job.finished === undefined && !isBeingDeleted(job);
}

function decideFinished(snapshot: Snapshot): Decision {
  const { object, status } = snapshot;
  if (isJobOpen(ownJob(snapshot))) return { action: 'EndJob' };
  if (isBeingDeleted(object)) return { action: 'Nothing' };
  if (isMarkGone(snapshot)) return { action: 'MarkAgain' };
  const ttl = ttlOf(snapshot, status.completionTime ?? '');
  if (ttl.requeueAfterMs === 0) return { action: 'Delete' };
  if (status.observedGeneration === object.metadata.generation)
    return { action: 'Nothing', ...ttl };
  return { action: 'Settle', specChanged: hasSpecChanged(snapshot), ...ttl };
}
