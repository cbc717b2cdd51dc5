import type { DatabaseStatus } from '../../../api/v1alpha1/database.ts';
import type { StatusStore } from '../../kube/custom-resource-store.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { ReconcileContext } from '../../runtime/controller.ts';
import type { DatabaseDecision } from './decide.ts';

/** What carrying a decision out needs. */
export interface DatabaseApplyDependencies {
  readonly databases: Pick<StatusStore, 'writeStatus'>;
  readonly events: EventRecorder;
}

/** Tells what is new in an event, then writes the status if it is another one. */
export async function applyDatabase(
  decision: DatabaseDecision,
  object: KubeObject,
  { signal, logger }: ReconcileContext,
  { databases, events }: DatabaseApplyDependencies,
): Promise<void> {
  const { event, status } = decision;
  if (event !== undefined) {
    const { ready, reason, message } = event;
    const type = ready === true ? 'Normal' : 'Warning';
    await events.record({ regarding: object, type, reason, note: message }, signal);
    logger.info('database judged', { ready, reason });
  }
  await databases.writeStatus(object, status, signal);
}

/**
 * Says in the status that a probe begins: whoever finds it there later knows that it left no result.
 *
 * @returns the object as it is then
 */
export async function applyProbeStart(
  status: DatabaseStatus,
  object: KubeObject,
  { signal }: Pick<ReconcileContext, 'signal'>,
  { databases }: Pick<DatabaseApplyDependencies, 'databases'>,
): Promise<KubeObject> {
  return databases.writeStatus(object, status, signal);
}
