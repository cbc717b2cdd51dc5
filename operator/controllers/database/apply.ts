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
    const type = ready ? 'Normal' : 'Warning';
    await events.record({ regarding: object, type, reason, note: message }, signal);
    logger.info('database judged', { ready, reason });
  }
  await databases.writeStatus(object, status, signal);
}
