import type { StatusStore } from '../../kube/custom-resource-store.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { ObjectKey } from '../../kube/objects.ts';
import type { Reconcile, ReconcileContext, ReconcileResult } from '../../runtime/controller.ts';
import { applyDatabase, applyProbeStart } from './apply.ts';
import { decideDatabase, statusAtProbeStart } from './decide.ts';
import {
  observeDatabase,
  type DatabaseObserveDependencies,
  type ObservedDatabase,
} from './observe.ts';
import type { Prober } from './probe.ts';

export interface DatabaseDependencies extends DatabaseObserveDependencies {
  readonly databases: StatusStore;
  readonly probe: Prober;
  readonly events: EventRecorder;
}

/** Makes the reconcile of Databases: observe, probe if it is time, decide, apply. */
export function databaseReconcile(dependencies: DatabaseDependencies): Reconcile {
  return async (key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> => {
    const observed = await observeDatabase(key, context.signal, dependencies);
    if (observed?.object.metadata.deletionTimestamp !== undefined) return {};
    if (observed === undefined) return {};
    const { object, snapshot } = await probed(observed, context, dependencies);
    const decision = decideDatabase(snapshot);
    await applyDatabase(decision, object, context, dependencies);
    return { requeueAfterMs: decision.requeueAfterMs };
  };
}

/** Adds what a probe finds, if it is time for one; that it begins is written first. */
async function probed(
  { object, snapshot, probeRequest }: ObservedDatabase,
  context: ReconcileContext,
  { databases, probe, clock }: DatabaseDependencies,
): Promise<Pick<ObservedDatabase, 'object' | 'snapshot'>> {
  if (probeRequest === undefined) return { object, snapshot };
  const begun = await applyProbeStart(statusAtProbeStart(snapshot), object, context, { databases });
  const probes = await probe(probeRequest, context.signal);
  return { object: begun, snapshot: { ...snapshot, probes, now: clock.now() } };
}
