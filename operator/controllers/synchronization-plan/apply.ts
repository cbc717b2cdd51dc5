import { ANNOTATIONS } from '../../../api/labels.ts';
import type { Clock } from '../../../common/clock.ts';
import type { AnnotationStore, ChildStore } from '../../kube/custom-resource-store.ts';
import {
  apiErrorMessage,
  isAlreadyExists,
  isNamespaceTerminating,
  isRefusal,
  KubeApiError,
} from '../../kube/errors.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import { controllerOf, type KubeObject } from '../../kube/objects.ts';
import type { ReconcileContext } from '../../runtime/controller.ts';
import { readChild, type Child } from './child.ts';
import type { Decision } from './decide.ts';
import { EVENT_REASONS } from './event-note.ts';
import type { StartObserver } from './metrics.ts';
import { withChild, withObject, type Snapshot } from './snapshot.ts';
import { tell } from './tell.ts';

/** What carrying a decision out needs. */
export interface ApplyDependencies {
  readonly plans: AnnotationStore;
  readonly children: ChildStore;
  readonly events: EventRecorder;
  /** Told of each run of the schedule that was created, and how late. */
  readonly onStart?: StartObserver;
  readonly clock: Clock;
}

type StartDecision = NonNullable<Decision['start']>;

/**
 * Carries a decision out: the note of the UID by itself; else events, status, deletions, and last the start. The status waits until
 * the start is done and decided on anew, unless a deletion would destroy what it tells of.
 *
 * @returns what the plan is to be decided on from now; undefined if everything is done
 */
export async function apply(
  decision: Decision,
  snapshot: Snapshot,
  context: ReconcileContext,
  dependencies: ApplyDependencies,
): Promise<Snapshot | undefined> {
  if (decision.notesUid) return noteUid(snapshot, context, dependencies);
  const { start, status, writesBeforeDeleting } = decision;
  let current = snapshot;
  if (start === undefined || writesBeforeDeleting) {
    // Before the status: an event that is lost with a dying process would never be told.
    for (const note of decision.events) await tell(note, current.object, context, dependencies);
    const written = await dependencies.plans.writeStatus(current.object, status, context.signal);
    current = withObject(current, written);
  }
  await deleteChildren(
    [
      ...decision.deletions.map((child) => ({ child, why: 'beyond the history limits' })),
      ...decision.stops.map((child) => ({ child, why: 'which the next run replaces' })),
    ],
    { current, context, dependencies },
  );
  if (start === undefined) return undefined;
  for (const note of start.warnings) await tell(note, current.object, context, dependencies);
  return create(start, current, context, dependencies);
}

/** Notes under which UID a run-now token was seen: before its run, and whenever the note is gone. */
async function noteUid(
  snapshot: Snapshot,
  { signal, logger }: ReconcileContext,
  { plans }: ApplyDependencies,
): Promise<Snapshot> {
  const { object } = snapshot;
  try {
    const note = { [ANNOTATIONS.runNowUid]: object.metadata.uid };
    return withObject(snapshot, await plans.annotate(object, note, signal));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    logger.warn('the uid of a plan cannot be noted at it', { error });
    return { ...snapshot, refusedNote: apiErrorMessage(error) };
  }
}

/** A deletion that fails is told of and tried again next time; it must not keep a run from starting. */
async function deleteChildren(
  children: readonly { readonly child: Child; readonly why: string }[],
  {
    current: { object },
    context,
    dependencies,
  }: {
    readonly current: Snapshot;
    readonly context: ReconcileContext;
    readonly dependencies: ApplyDependencies;
  },
): Promise<void> {
  for (const { child, why } of children) {
    try {
      await dependencies.children.delete(child.object, context.signal);
    } catch (error) {
      if (context.signal.aborted) throw error;
      const note = `Could not delete Synchronization ${child.name}: ${apiErrorMessage(error)}`;
      const cause = 'the API server refuses';
      const failed = { type: 'Warning', reason: EVENT_REASONS.failedDelete, note, cause } as const;
      await tell(failed, object, context, dependencies);
      continue;
    }
    const note = `Deleted Synchronization ${child.name}, ${why}.`;
    const deleted = { type: 'Normal', reason: EVENT_REASONS.deleted, note } as const;
    await tell(deleted, object, context, dependencies);
  }
}

async function create(
  start: StartDecision,
  snapshot: Snapshot,
  context: ReconcileContext,
  dependencies: ApplyDependencies,
): Promise<Snapshot | undefined> {
  try {
    const child = await dependencies.children.create(start.manifest, context.signal);
    context.logger.info('synchronization created', { synchronization: start.name });
    if (start.slot !== undefined) {
      const { clock, onStart } = dependencies;
      onStart?.((clock.now().getTime() - start.slot.getTime()) / 1000);
    }
    return withStarted(start, child, snapshot);
  } catch (error) {
    if (isAlreadyExists(error)) return adopt({ start, error }, snapshot, context, dependencies);
    // Nothing can be created there any more, and the plan will go with its namespace.
    if (isNamespaceTerminating(error)) return undefined;
    if (isRefusal(error)) {
      const refusals = { ...snapshot.refusals, [start.name]: apiErrorMessage(error) };
      return { ...snapshot, refusals };
    }
    if (error instanceof KubeApiError) {
      const note = `Could not create Synchronization ${start.name}: ${apiErrorMessage(error)}`;
      const cause = 'the API server fails';
      const failed = { type: 'Warning', reason: EVENT_REASONS.failedCreate, note, cause } as const;
      await tell(failed, snapshot.object, context, dependencies);
    }
    throw error;
  }
}

/** The name is taken: by a child of ours that a process made and could not tell of, or by another. */
async function adopt(
  { start, error }: { readonly start: StartDecision; readonly error: unknown },
  snapshot: Snapshot,
  context: ReconcileContext,
  { children }: ApplyDependencies,
): Promise<Snapshot> {
  const { namespace, uid } = snapshot.object.metadata;
  const child = await children.get({ namespace, name: start.name }, context.signal);
  // Deleted in between: the retry creates it, or finds out who did.
  if (child === undefined) throw error;
  if (controllerOf(child)?.uid !== uid) return { ...snapshot, takenName: start.name };
  context.logger.info('synchronization adopted', { synchronization: start.name });
  return withStarted(start, child, snapshot);
}

/**
 * The slot is the one decided on: with `@every` of less than a minute several slots share a name,
 * and the child that has it stands for all of them.
 */
function withStarted(start: StartDecision, object: KubeObject, snapshot: Snapshot): Snapshot {
  const child = readChild(object, snapshot.object);
  return withChild(snapshot, { ...child, slot: start.slot ?? child.slot });
}
