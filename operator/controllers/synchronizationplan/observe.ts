import { LABELS } from '../../../api/labels.ts';
import type { SynchronizationPlanStatus } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import { SYNCHRONIZATION_PLAN } from '../../../api/v1alpha1/synchronization-plan.ts';
import type { ChildStore } from '../../kube/custom-resource-store.ts';
import type { ObjectReader } from '../../kube/object-reader.ts';
import type { KubeObject, ObjectKey } from '../../kube/objects.ts';
import type { WorkerReader } from '../../kube/worker-reader.ts';
import { parseResource } from '../parse-resource.ts';
import { planOf, readChild } from './child.ts';
import type { ChildReader } from './child-index.ts';
import type { ReplacedRun, Snapshot } from './snapshot.ts';

/** What looking at a plan needs. */
export interface ObserveDependencies {
  /** The watch's cache of plans. */
  readonly cache: ObjectReader;
  readonly childIndex: ChildReader;
  readonly children: Pick<ChildStore, 'get'>;
  readonly workers: WorkerReader;
}

/**
 * Gathers what a decision is made from, out of the caches of the watches. A child that the status
 * names and the cache does not have may only be late in coming, and is asked for at the server.
 *
 * @param plan the plan itself, if it has been read already
 * @returns undefined if there is no such plan
 */
export async function observe(
  key: ObjectKey,
  dependencies: ObserveDependencies,
  { signal, plan }: { readonly signal: AbortSignal; readonly plan?: KubeObject | undefined },
): Promise<Snapshot | undefined> {
  const object = plan ?? dependencies.cache.get(key);
  if (object === undefined) return undefined;
  const { spec, status } = parseResource(SYNCHRONIZATION_PLAN, object);
  const cached = dependencies.childIndex.childrenOf(key);
  const uids = new Set(cached.map((child) => child.metadata.uid));
  const unseen = (status.active ?? []).filter(({ uid }) => !uids.has(uid));
  const late = await Promise.all(
    unseen.map(({ name }) => dependencies.children.get({ namespace: key.namespace, name }, signal)),
  );
  const found = late.filter(
    (child) =>
      child !== undefined && planOf(child)?.name === key.name && !uids.has(child.metadata.uid),
  ) as readonly KubeObject[];
  return {
    object,
    spec,
    status,
    children: [...cached, ...found].map((child) => readChild(child, object)),
    replaced: await observeReplaced(key.namespace, status, { ...dependencies, signal }),
    takenName: undefined,
    refusals: {},
  };
}

async function observeReplaced(
  namespace: string,
  { replacing = [] }: SynchronizationPlanStatus,
  { workers, signal }: { readonly workers: WorkerReader; readonly signal: AbortSignal },
): Promise<readonly ReplacedRun[]> {
  return Promise.all(
    replacing.map(async ({ name, uid, since }) => {
      const selector = `${LABELS.synchronizationUid}=${uid}`;
      const remains = await workers.remains(namespace, selector, signal);
      return { name, uid, since: new Date(since), remains };
    }),
  );
}
