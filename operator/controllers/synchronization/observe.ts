import { jobName } from '../../../api/names.ts';
import { DATABASE } from '../../../api/v1alpha1/database.ts';
import {
  progressFromWorker,
  type SynchronizationProgress,
} from '../../../api/v1alpha1/synchronization-status.ts';
import { SYNCHRONIZATION } from '../../../api/v1alpha1/synchronization.ts';
import type { Clock } from '../../../common/clock.ts';
import { parseJob, type Job } from '../../kube/job.ts';
import type { Complaint, EventReader } from '../../kube/event-reader.ts';
import type { JobStore } from '../../kube/job-store.ts';
import type { ObjectReader } from '../../kube/object-reader.ts';
import type { KubeObject, ObjectKey, ObjectMeta } from '../../kube/objects.ts';
import type { Pod } from '../../kube/pod.ts';
import type { PodStore } from '../../kube/pod-store.ts';
import { parseResource } from '../parse-resource.ts';
import type { ReconcileContext } from '../../runtime/controller.ts';
import { readAttempt } from '../../workers/attempt.ts';
import { isFinished, type DatabaseView, type Snapshot } from './snapshot.ts';
import { WORKER_CONTAINER } from '../../workers/worker-container.ts';
import { findProgress } from '../../workers/worker-report.ts';

/** Reads one object from the server, not from a cache. */
export interface LiveReader {
  get(key: ObjectKey, signal?: AbortSignal): Promise<KubeObject | undefined>;
}

/** What looking at a Synchronization needs. */
export interface ObserveDependencies {
  /** The cache of the watch. */
  readonly cache: ObjectReader;
  readonly synchronizations: LiveReader;
  readonly databases: LiveReader;
  readonly jobs: Pick<JobStore, 'get'>;
  /** The cache of the watch of Jobs. */
  readonly jobCache: Pick<ObjectReader, 'get'>;
  readonly pods: Pick<PodStore, 'listForJob' | 'tailLog'>;
  readonly complaints: EventReader;
  readonly clock: Clock;
}

/** Enough for a few lines of progress, whatever stands between them. */
const LOG_TAIL = { container: WORKER_CONTAINER, tailLines: 50, limitBytes: 64 * 1024 };

/**
 * Gathers what a decision is made from. A run that may have to be started is looked at on the
 * server and not in a cache: a cache that is behind could start it twice. One that has ended stays
 * so, and the cache is enough, unless its Job goes on.
 *
 * @returns undefined if there is no such Synchronization
 */
export async function observe(
  key: ObjectKey,
  context: ReconcileContext,
  dependencies: ObserveDependencies,
): Promise<Snapshot | undefined> {
  const object = await readObject(key, dependencies, context.signal);
  if (object === undefined) return undefined;
  const parts = parseResource(SYNCHRONIZATION, object);
  const base = { ...NOTHING_ELSE, object, ...parts };
  const isQuiet = isSettled(object) && !isJobOpen(base, dependencies);
  const run = isQuiet ? {} : await observeRun(base, context, dependencies);
  const isStarted = run.isOurs === true || parts.status.jobName !== undefined;
  const assets = isStarted ? {} : await observeAssets(base, context, dependencies);
  return { ...base, ...run.found, ...assets, now: dependencies.clock.now() };
}

/** What is known of an object about which nothing else was read. */
const NOTHING_ELSE = {
  source: undefined,
  destination: undefined,
  job: undefined,
  jobObject: undefined,
  pods: [],
  complaint: undefined,
  progress: undefined,
} as const;

type Base = Pick<Snapshot, 'object' | 'spec' | 'status'>;

interface ObservedRun {
  /** Whether the Job of that name is the one of this object. */
  readonly isOurs?: boolean;
  readonly found?: Partial<Snapshot>;
}

/** The Job, its pods, and how far the running one is or what keeps it from starting. */
async function observeRun(
  { object, status }: Base,
  context: ReconcileContext,
  dependencies: ObserveDependencies,
): Promise<ObservedRun> {
  const { namespace, uid } = object.metadata;
  const name = status.jobName ?? jobName(object.metadata);
  const jobObject = await dependencies.jobs.get({ namespace, name }, context.signal);
  if (jobObject === undefined) return {};
  const job = parseJob(jobObject);
  const found = { job, jobObject };
  if (job.controllerUid !== uid) return { isOurs: false, found };
  if (isFinished(status)) return { isOurs: true, found };
  const pods = await dependencies.pods.listForJob(jobObject, context.signal);
  const isOpen = job.finished === undefined && !job.suspended;
  const more = isOpen ? await observePods(job, pods, context, dependencies) : {};
  return { isOurs: true, found: { ...found, pods, ...more } };
}

/** How far the running worker is, or what keeps it from starting. */
async function observePods(
  job: Job,
  pods: readonly Pod[],
  context: ReconcileContext,
  dependencies: ObserveDependencies,
): Promise<Pick<Snapshot, 'progress' | 'complaint'>> {
  const running = runningPod(pods);
  const progress = running && (await readProgress(running, context, dependencies.pods));
  const late = running ? undefined : (pods.findLast((pod) => !readAttempt(pod)) ?? job);
  const complaint = late && (await readComplaint(late.metadata, context, dependencies.complaints));
  return { progress, complaint };
}

/** The Databases; only what is not started yet depends on them. */
async function observeAssets(
  { object, spec, status }: Base,
  { signal }: ReconcileContext,
  { databases }: ObserveDependencies,
): Promise<Partial<Snapshot>> {
  if (!spec.ok || isFinished(status)) return {};
  const { namespace } = object.metadata;
  const { sourceName, destinationName } = spec.value.config;
  const [source, destination] = await Promise.all(
    [sourceName, destinationName].map((name) => databases.get({ namespace, name }, signal)),
  );
  return {
    source: source && viewDatabase(source),
    destination: destination && viewDatabase(destination),
  };
}

async function readObject(
  key: ObjectKey,
  { cache, synchronizations }: ObserveDependencies,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const cached = cache.get(key);
  return cached !== undefined && isSettled(cached) ? cached : synchronizations.get(key, signal);
}

/** The Job of what has ended goes on: what ended it has not been told, or not been done. */
function isJobOpen({ object, status }: Base, { jobCache }: ObserveDependencies): boolean {
  const { namespace } = object.metadata;
  const job = jobCache.get({ namespace, name: status.jobName ?? jobName(object.metadata) });
  return job !== undefined && parseJob(job).finished === undefined;
}

/** It has ended, and what its spec says now has been judged. */
function isSettled(object: KubeObject): boolean {
  const { status } = parseResource(SYNCHRONIZATION, object);
  return isFinished(status) && status.observedGeneration === object.metadata.generation;
}

function viewDatabase(object: KubeObject): DatabaseView {
  return { generation: object.metadata.generation, ...parseResource(DATABASE, object) };
}

function runningPod(pods: readonly Pod[]): Pod | undefined {
  return pods.findLast((pod) =>
    pod.containers.some((each) => each.name === WORKER_CONTAINER && each.running !== undefined),
  );
}

/** How far a worker is, is worth a look but not a failure: a log that cannot be read is none. */
async function readProgress(
  pod: Pod,
  { signal, logger }: ReconcileContext,
  pods: Pick<PodStore, 'tailLog'>,
): Promise<SynchronizationProgress | undefined> {
  const { namespace, name } = pod.metadata;
  try {
    const found = findProgress(await pods.tailLog({ namespace, name }, LOG_TAIL, signal));
    return found && progressFromWorker(found.progress, found.time);
  } catch (error) {
    if (signal.aborted) throw error;
    logger.debug('the worker log cannot be read', { pod: name, error });
    return undefined;
  }
}

/** A reason that cannot be read is none: the sentence about it then says where to look. */
async function readComplaint(
  { namespace, name, uid }: ObjectMeta,
  { signal, logger }: ReconcileContext,
  complaints: EventReader,
): Promise<Complaint | undefined> {
  try {
    return await complaints.latestWarning({ namespace, name, uid }, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    logger.debug('events cannot be read', { about: name, error });
    return undefined;
  }
}
