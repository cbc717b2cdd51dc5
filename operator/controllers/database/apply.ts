import type { DatabaseStatus } from '../../../api/v1alpha1/database.ts';
import type { StatusStore } from '../../kube/custom-resource-store.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import { isConflict } from '../../kube/errors.ts';
import { keyOf, type KubeObject } from '../../kube/objects.ts';
import type { ReconcileContext } from '../../runtime/controller.ts';
import type { DatabaseDecision } from './decide.ts';

/** What carrying a decision out needs. */
export interface DatabaseApplyDependencies {
  readonly databases: Pick<StatusStore, 'get' | 'writeStatus'>;
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
  await writeUnlessRespecified(object, status, signal, databases);
}

/**
 * A probe takes seconds, in which somebody may label or annotate the Database: what was found holds
 * all the same, as long as it is that Database with that spec.
 */
async function writeUnlessRespecified(
  object: KubeObject,
  status: DatabaseStatus,
  signal: AbortSignal,
  databases: DatabaseApplyDependencies['databases'],
): Promise<void> {
  try {
    await databases.writeStatus(object, status, signal);
  } catch (error) {
    if (!isConflict(error)) throw error;
    const now = await databases.get(keyOf(object), signal);
    const { uid, generation } = object.metadata;
    const isSame = now?.metadata.uid === uid && now.metadata.generation === generation;
    if (!isSame) throw error;
    await databases.writeStatus(now, status, signal);
  }
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
  { databases }: { readonly databases: Pick<StatusStore, 'writeStatus'> },
): Promise<KubeObject> {
  return databases.writeStatus(object, status, signal);
}
