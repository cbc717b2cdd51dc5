import type { SynchronizationPlanStatus } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import { SYNCHRONIZATION_PLAN } from '../../../api/v1alpha1/synchronization-plan.ts';
import type { ChildStore } from '../../kube/custom-resource-store.ts';
import { apiErrorMessage, KubeApiError } from '../../kube/errors.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { ObjectReader } from '../../kube/object-reader.ts';
import type { KubeObject, ObjectKey } from '../../kube/objects.ts';
import type { WorkerReader } from '../../kube/worker-reader.ts';
import type { ReconcileContext } from '../../runtime/controller.ts';
import { parseResource } from '../parse-resource.ts';
import { planOf, readChild } from './child.ts';
import type { ChildReader } from './child-index.ts';
import { EVENT_REASONS } from './event-note.ts';
import type { ReplacedRun, Snapshot } from './snapshot.ts';
import { tell } from './tell.ts';

/** What looking at a plan needs. */
export interface ObserveDependencies {
  /** The watch's cache of plans. */
  readonly cache: ObjectReader;
  readonly childIndex: ChildReader;
  readonly children: Pick<ChildStore, 'get'>;
  readonly workers: WorkerReader;
  readonly events: EventRecorder;
}

type ObserveContext = Pick<ReconcileContext, 'signal' | 'logger'>;

/**
 * Gathers what a decision is made from, out of the caches of the watches. A child that the status
 * names and the cache does not have may only be late in coming, and is asked for at the server.
 *
 * @param context with the plan itself, if it has been read already
 * @returns undefined if there is no such plan
 * @throws what the server says if it will not show a child: nothing is decided without it
 */
export async function observe(
  key: ObjectKey,
  dependencies: ObserveDependencies,
  context: ObserveContext & { readonly plan?: KubeObject | undefined },
): Promise<Snapshot | undefined> {
  const object = context.plan ?? dependencies.cache.get(key);
  if (object === undefined) return undefined;
  const { spec, status } = parseResource(SYNCHRONIZATION_PLAN, object);
  const cached = dependencies.childIndex.childrenOf(key);
  try {
    const late = await findLate(key, { cached, status }, { ...dependencies, ...context });
    return {
      object,
      spec,
      status,
      children: [...cached, ...late].map((child) => readChild(child, object)),
      replaced: await observeReplaced(key.namespace, status, { ...dependencies, ...context }),
      takenName: undefined,
      refusals: {},
      refusedNote: undefined,
    };
  } catch (error) {
    if (error instanceof KubeApiError) {
      const note = `Could not look at a Synchronization of this plan: ${apiErrorMessage(error)}`;
      const cause = 'the API server refuses';
      const failed = { type: 'Warning', reason: EVENT_REASONS.failedGet, note, cause } as const;
      await tell(failed, object, context, dependencies);
    }
    throw error;
  }
}

/**
 * Children that the status names and the cache does not show: those that are late, and those whose
 * owner reference somebody has removed while they go on.
 */
async function findLate(
  { namespace, name: plan }: ObjectKey,
  known: { readonly cached: readonly KubeObject[]; readonly status: SynchronizationPlanStatus },
  { children, signal }: Pick<ObserveDependencies, 'children'> & ObserveContext,
): Promise<readonly KubeObject[]> {
  const uids = new Set(known.cached.map((child) => child.metadata.uid));
  const unseen = (known.status.active ?? []).filter(({ uid }) => !uids.has(uid));
  const found = await Promise.all(
    unseen.map(({ name }) => children.get({ namespace, name }, signal)),
  );
  const named = new Set(unseen.map(({ uid }) => uid));
  return found.filter((child): child is KubeObject => {
    if (child === undefined || uids.has(child.metadata.uid)) return false;
    return named.has(child.metadata.uid) || planOf(child)?.name === plan;
  });
}

async function observeReplaced(
  namespace: string,
  { replacing = [] }: SynchronizationPlanStatus,
  { workers, signal }: Pick<ObserveDependencies, 'workers'> & ObserveContext,
): Promise<readonly ReplacedRun[]> {
  return Promise.all(
    replacing.map(async ({ name, uid, since }) => {
      const remains = await workers.remains({ namespace, name, uid }, signal);
      return { name, uid, since: new Date(since), remains };
    }),
  );
}
