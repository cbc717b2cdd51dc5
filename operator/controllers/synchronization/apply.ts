import { ANNOTATIONS } from '../../../api/labels.ts';
import type { SynchronizationStore } from '../../kube/custom-resource-store.ts';
import {
  apiErrorMessage,
  isForbidden,
  isInvalid,
  isNamespaceTerminating,
} from '../../kube/errors.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { JobStore } from '../../kube/job-store.ts';
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
  const { synchronizations, jobs } = dependencies;
  const { object, jobObject } = snapshot;
  const { signal, logger } = context;
  switch (decision.action) {
    case 'Nothing':
      return { next: 'Rest', requeueAfterMs: decision.requeueAfterMs };
    case 'MarkStarted':
      await synchronizations.annotate(
        object,
        { [ANNOTATIONS.startedUid]: object.metadata.uid },
        signal,
      );
      return AGAIN;
    case 'CreateJob':
      return createJob(decision.manifest, snapshot, context, dependencies);
    case 'ReleaseJob':
      if (jobObject !== undefined) await jobs.release(jobObject, ANNOTATIONS.held, signal);
      return AGAIN;
    case 'StopRetries':
      if (jobObject !== undefined) await jobs.patchBackoffLimit(jobObject, 0, signal);
      return AGAIN;
    case 'Delete':
      await synchronizations.delete(object, signal);
      logger.info('deleted, its time after the end is over');
      return { next: 'Rest', requeueAfterMs: undefined };
    default:
      await report(decision, snapshot, context, dependencies);
      return decision.action === 'RecordJob'
        ? AGAIN
        : { next: 'Rest', requeueAfterMs: decision.requeueAfterMs };
  }
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
    if (isNamespaceTerminating(error)) return { next: 'Rest', requeueAfterMs: undefined };
    const message = apiErrorMessage(error);
    if (isInvalid(error)) {
      const refused = decideRefusedJob(snapshot, message);
      return apply(refused, snapshot, context, dependencies);
    }
    if (!isForbidden(error)) throw error;
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
