import { planNameOf } from '../../../api/names.ts';
import type { Clock } from '../../../common/clock.ts';
import type { AnnotationStore } from '../../kube/custom-resource-store.ts';
import { TrackingStatusStore } from '../../kube/tracking-status-store.ts';
import { controllerOf, type KubeObject, type ObjectKey } from '../../kube/objects.ts';
import type { Reconcile, ReconcileContext, ReconcileResult } from '../../runtime/controller.ts';
import { ScheduleParser } from '../../schedule/schedule-parser.ts';
import { apply, type ApplyDependencies } from './apply.ts';
import { planOf } from './child.ts';
import { decide, type Decision } from './decide.ts';
import { observe, type ObserveDependencies } from './observe.ts';
import type { Snapshot } from './snapshot.ts';

export type PlanDependencies = ObserveDependencies &
  ApplyDependencies & { readonly plans: AnnotationStore; readonly clock: Clock };

/** A run by hand and one by schedule take five steps; more than this many would be a loop. */
const MAX_STEPS = 8;

/**
 * Makes the reconcile of SynchronizationPlans: observe, decide, apply, until nothing follows at
 * once. Nothing is kept between calls but parsed schedules, and which version of a plan was written
 * here last: state is what the objects say.
 */
export function planReconcile(inputs: PlanDependencies): Reconcile {
  const { clock } = inputs;
  const plans = new TrackingStatusStore(inputs.plans);
  const dependencies = { ...inputs, plans };
  const parser = new ScheduleParser();
  let term: object | undefined;
  return async (key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> => {
    if (context.term !== term) plans.forget();
    term = context.term;
    const snapshot = await observe(key, dependencies, context);
    if (snapshot !== undefined) return takeSteps(key, snapshot, context);
    plans.forget(key);
    return {};
  };

  async function takeSteps(
    key: ObjectKey,
    first: Snapshot,
    context: ReconcileContext,
  ): Promise<ReconcileResult> {
    let snapshot: Snapshot | undefined = first;
    let isLive = false;
    for (let step = 0; step < MAX_STEPS && snapshot !== undefined; step++) {
      const decision = decide(snapshot, clock.now(), parser);
      if (decision === undefined) return {};
      isLive ||= plans.isCurrent(snapshot.object);
      if (!isLive && hasEffects(decision)) {
        // Known from then on to be what the server has.
        snapshot = await observeLive(key, context);
        continue;
      }
      const { requeueAfterMs, start } = decision;
      snapshot = await apply(decision, snapshot, context, dependencies);
      if (snapshot === undefined) return { requeueAfterMs };
      // If many plans are due at once, all runs are created before statuses and events are written.
      if (start !== undefined) await context.yieldToWaiting();
    }
    if (snapshot === undefined) return {};
    throw new Error(`no end after ${MAX_STEPS} steps`);
  }

  /** The plan as the server has it: a cache may not know yet what was done a moment ago. */
  async function observeLive(
    key: ObjectKey,
    context: ReconcileContext,
  ): Promise<Snapshot | undefined> {
    const plan = await plans.get(key, context.signal);
    return plan && observe(key, dependencies, { ...context, plan });
  }
}

/**
 * Whether more than the status would be written, whose write would be refused if the cache were
 * behind. Our own child often comes back by its watch before our own status does.
 */
function hasEffects({ notesUid, start, events, deletions, stops }: Decision): boolean {
  return (
    notesUid || start !== undefined || [events, deletions, stops].some((list) => list.length > 0)
  );
}

/**
 * The plan to look at when a Synchronization changes. One that somebody has taken from its plan is
 * known by its name: the plan may wait for its end, and looking in vain costs nothing.
 */
export function planOfChild(child: KubeObject): readonly ObjectKey[] {
  const { namespace, name } = child.metadata;
  const byName = controllerOf(child) === undefined ? planNameOf(name) : undefined;
  const plan = planOf(child) ?? (byName === undefined ? undefined : { namespace, name: byName });
  return plan === undefined ? [] : [plan];
}
