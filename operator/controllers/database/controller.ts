import type { StatusStore } from '../../kube/custom-resource-store.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import type { Reconcile, ReconcileContext, ReconcileResult } from '../../runtime/controller.ts';
import { applyDatabase } from './apply.ts';
import { decideDatabase } from './decide.ts';
import { observeDatabase, type DatabaseObserveDependencies } from './observe.ts';

export interface DatabaseDependencies extends DatabaseObserveDependencies {
  readonly databases: StatusStore;
  readonly events: EventRecorder;
}

/** Makes the reconcile of Databases: observe, decide, apply. */
export function databaseReconcile(dependencies: DatabaseDependencies): Reconcile {
  return async (key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> => {
    const observed = await observeDatabase(key, context.signal, dependencies);
    if (observed?.object.metadata.deletionTimestamp !== undefined) return {};
    if (observed === undefined) return {};
    const decision = decideDatabase(observed.snapshot);
    await applyDatabase(decision, observed.object, context, dependencies);
    const { requeueAfterMs } = decision;
    return requeueAfterMs === undefined ? {} : { requeueAfterMs };
  };
}
