import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { ReconcileContext } from '../../runtime/controller.ts';
import type { EventNote } from './event-note.ts';

/** Says something about a plan, to its owner and in the log. */
export async function tell(
  note: EventNote,
  regarding: KubeObject,
  { signal, logger }: Pick<ReconcileContext, 'signal' | 'logger'>,
  { events }: { readonly events: EventRecorder },
): Promise<void> {
  await events.record({ regarding, ...note }, signal);
  logger.info('event', { ...note });
}
