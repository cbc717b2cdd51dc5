import { ANNOTATIONS } from '../../../api/labels.ts';
import type { SynchronizationStore } from '../../kube/custom-resource-store.ts';
import {
  apiErrorMessage,
  isInvalid,
  isNamespaceTerminating,
  isRefusal,
} from '../../kube/errors.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { JobStore } from '../../kube/job-store.ts';
import type { PodStore } from '../../kube/pod-store.ts';
import type { Manifest } from '../../kube/objects.ts';
import type { ReconcileContext } from '../../runtime/controller.ts';
import { decideForbiddenJob, decideRefusedJob } from './decide.ts';
import type { Decision } from './decision.ts';
import { eventsFor } from './events.ts';
import type { Snapshot } from './snapshot.ts';
import { statusFor, type ReportedDecision } from './status.ts';

/** What carrying a decision out needs. */
export interface ApplyDependencies {
  readonly synchronizations: SynchronizationStore;
  readonly jobs: JobStore;
  readonly pods: Pick<PodStore, 'delete'>;
  readonly events: EventRecorder;
}

/** What follows: another look at once, one after a while, or none until something changes. */
export type Applied =
  | { readonly next: 'Again' }
  | { readonly next: 'Rest'; readonly requeueAfterMs: number | undefined };

const AGAIN: Applied = { next: 'Again' };

/** Carries one decision out: at most one write of the status, and the events that tell of it. */
export async function apply(
  decision: Decision,
  snapshot: Snapshot,
  context: ReconcileContext,
  dependencies: ApplyDependencies,
): Promise<Applied> {
  switch (decision.action) {
    case 'Nothing':
      return rest(decision.requeueAfterMs);
    case 'CreateJob':
      return createJob(decision.manifest, snapshot, context, dependencies);
    case 'Delete':
      await dependencies.synchronizations.delete(snapshot.object, context.signal);
      context.logger.info('deleted, its time after the end is over');
      return rest();
    case 'MarkStarted':
      await mark(snapshot, context, dependencies);
      return AGAIN;
    case 'MarkAgain':
      await mark(snapshot, context, dependencies);
      context.logger.info('the note of the start was gone, and is there again');
      // Our own change comes back by the watch.
      return rest();
    case 'ReleaseJob':
    case 'StopRetries':
    case 'EndJob':
      await changeJob(decision.action, snapshot, context, dependencies);
      return AGAIN;
    default:
      await report(decision, snapshot, context, dependencies);
      return followUp(decision, snapshot, context, dependencies);
  }
}

function rest(requeueAfterMs?: number): Applied {
  return { next: 'Rest', requeueAfterMs };
}

async function changeJob(
  action: 'ReleaseJob' | 'StopRetries' | 'EndJob',
  { jobObject }: Snapshot,
  { signal, logger }: ReconcileContext,
  { jobs }: ApplyDependencies,
): Promise<void> {
  if (jobObject === undefined) return;
  if (action === 'ReleaseJob') await jobs.release(jobObject, ANNOTATIONS.held, signal);
  if (action === 'StopRetries') await jobs.patchBackoffLimit(jobObject, 0, signal);
  if (action !== 'EndJob') return;
  await jobs.delete(jobObject, signal);
  logger.info('deleted the job of a run that is over', { job: jobObject.metadata.name });
}

/** What comes after the status was written, and again if the process dies in between. */
async function followUp(
  decision: ReportedDecision,
  snapshot: Snapshot,
  context: ReconcileContext,
  dependencies: ApplyDependencies,
): Promise<Applied> {
  if (decision.action === 'RecordJob') return AGAIN;
  // Told to have been deleted; and a Job that lost its labels is seen by no watch any more.
  if (decision.action === 'Finish' && decision.lingering !== undefined) {
    await changeJob('EndJob', snapshot, context, dependencies);
  }
  if (decision.action === 'Follow' && decision.inTheWay !== undefined) {
    const { pod, containers } = decision.inTheWay;
    await dependencies.pods.delete(pod, context.signal);
    context.logger.info('deleted a pod whose worker has failed', {
      pod: pod.metadata.name,
      containers,
    });
  }
  return rest(decision.requeueAfterMs);
}

function mark(
  { object }: Snapshot,
  { signal }: ReconcileContext,
  { synchronizations }: ApplyDependencies,
): Promise<unknown> {
  const { uid } = object.metadata;
  return synchronizations.annotate(object, { [ANNOTATIONS.startedUid]: uid }, signal);
}

async function createJob(
  manifest: Manifest,
  snapshot: Snapshot,
  context: ReconcileContext,
  dependencies: ApplyDependencies,
): Promise<Applied> {
  try {
    const { outcome, job } = await dependencies.jobs.create(manifest, context.signal);
    context.logger.info('worker job', { outcome, job: job.metadata.name });
    return AGAIN;
  } catch (error) {
    if (isNamespaceTerminating(error)) return rest();
    const message = apiErrorMessage(error);
    if (isInvalid(error)) {
      const refused = decideRefusedJob(snapshot, message);
      return apply(refused, snapshot, context, dependencies);
    }
    if (!isRefusal(error)) throw error;
    return apply(decideForbiddenJob(message), snapshot, context, dependencies);
  }
}

/**
 * Events before the status: they are derived from what the status does not say yet, so a crash in
 * between repeats one (which only raises its count) and loses none.
 */
async function report(
  decision: ReportedDecision,
  snapshot: Snapshot,
  { signal, logger }: ReconcileContext,
  { synchronizations, events }: ApplyDependencies,
): Promise<void> {
  const { object } = snapshot;
  for (const note of eventsFor(decision, snapshot)) {
    await events.record({ regarding: object, ...note }, signal);
    logger.info('event', { ...note });
  }
  await synchronizations.writeStatus(object, statusFor(decision, snapshot), signal);
}
