import { ANNOTATIONS } from '../../../api/labels.ts';
import { SYNCHRONIZATION } from '../../../api/v1alpha1/synchronization.ts';
import type { ObjectReader } from '../../kube/object-reader.ts';
import { controllerOf, keyOf, type KubeObject, type ObjectKey } from '../../kube/objects.ts';
import type { Reconcile, ReconcileContext, ReconcileResult } from '../../runtime/controller.ts';
import { parseResource } from '../parse-resource.ts';
import { createAdmission, type RivalReader } from './admission.ts';
import { apply, type Applied, type ApplyDependencies } from './apply.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { observe, type ObserveDependencies } from './observe.ts';
import type { ServerVersionReader } from '../../workers/server-version.ts';
import { isFinished } from './snapshot.ts';

export type SynchronizationDependencies = ObserveDependencies &
  ApplyDependencies & {
    readonly serverVersion: ServerVersionReader;
    readonly rivals: RivalReader;
  };

/** A start takes four steps; more than this many at once would be a loop. */
const MAX_STEPS = 10;

/**
 * Makes the reconcile of Synchronizations: observe, decide, apply, until nothing follows at once.
 * Nothing is kept between calls: state is what the objects say, so a restart is nothing special.
 */
export function synchronizationReconcile(
  workerImage: string,
  dependencies: SynchronizationDependencies,
): Reconcile {
  const admission = createAdmission(dependencies.cache, dependencies.rivals);
  return async (key: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> => {
    for (let step = 0; step < MAX_STEPS; step++) {
      const snapshot = await observe(key, context, dependencies);
      if (snapshot === undefined) return {};
      const serverVersion = await dependencies.serverVersion(context.signal);
      const decision = decide(snapshot, { workerImage, serverVersion });
      context.logger.debug('decided', { action: decision.action });
      const carryOut = (wait: Decision = decision): Promise<Applied> =>
        apply(wait, snapshot, context, dependencies);
      const applied =
        decision.action === 'MarkStarted'
          ? await admission.enter(snapshot, context.signal, carryOut)
          : await carryOut();
      if (applied.next === 'Again') continue;
      return { requeueAfterMs: applied.requeueAfterMs };
    }
    throw new Error(`no end after ${MAX_STEPS} steps`);
  };
}

/** The Synchronization that a Job was made for. */
export function ownerOfJob(job: KubeObject): readonly ObjectKey[] {
  const owner = controllerOf(job);
  if (owner?.kind !== SYNCHRONIZATION.names.kind) return [];
  return [{ namespace: job.metadata.namespace, name: owner.name }];
}

/** The Synchronization that a worker's pod was made for. */
export function synchronizationOfPod({ metadata }: KubeObject): readonly ObjectKey[] {
  const name = metadata.annotations[ANNOTATIONS.synchronizationName];
  return name === undefined ? [] : [{ namespace: metadata.namespace, name }];
}

/** The Synchronizations that wait for a Database. */
export function waitingFor(
  synchronizations: ObjectReader,
): (database: KubeObject) => readonly ObjectKey[] {
  return (database) =>
    synchronizations
      .list(database.metadata.namespace)
      .filter((object) => waitsFor(object, database.metadata.name))
      .map(keyOf);
}

function waitsFor(object: KubeObject, database: string): boolean {
  const { spec, status } = parseResource(SYNCHRONIZATION, object);
  if (!spec.ok || status.jobName !== undefined || isFinished(status)) return false;
  const { sourceName, destinationName } = spec.value.config;
  return sourceName === database || destinationName === database;
}
