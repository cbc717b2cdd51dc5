/** Group, version and names of our five kinds, in the one place everybody reads them from. */

export const ASSETS_GROUP = 'assets.astronetes.io';
export const AUTOMATION_GROUP = 'automation.astronetes.io';
export const VERSION = 'v1alpha1';

export const ASSETS_API_VERSION = `${ASSETS_GROUP}/${VERSION}` as const;
export const AUTOMATION_API_VERSION = `${AUTOMATION_GROUP}/${VERSION}` as const;

/** What a REST path and an ownerReference need to know about a kind. */
export interface KindName {
  readonly group: string;
  readonly version: string;
  /** `group/version`, as it stands in a manifest. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  /** What may be typed instead of the plural: `kubectl get sync`. */
  readonly shortNames: readonly string[];
}

export const DATABASE_KIND = {
  group: ASSETS_GROUP,
  version: VERSION,
  apiVersion: ASSETS_API_VERSION,
  kind: 'Database',
  plural: 'databases',
  singular: 'database',
  shortNames: ['db'],
} as const satisfies KindName;

export const BUCKET_KIND = {
  group: ASSETS_GROUP,
  version: VERSION,
  apiVersion: ASSETS_API_VERSION,
  kind: 'Bucket',
  plural: 'buckets',
  singular: 'bucket',
  shortNames: ['bkt'],
} as const satisfies KindName;

export const KUBERNETES_CLUSTER_KIND = {
  group: ASSETS_GROUP,
  version: VERSION,
  apiVersion: ASSETS_API_VERSION,
  kind: 'KubernetesCluster',
  plural: 'kubernetesclusters',
  singular: 'kubernetescluster',
  shortNames: ['k8scluster'],
} as const satisfies KindName;

export const SYNCHRONIZATION_KIND = {
  group: AUTOMATION_GROUP,
  version: VERSION,
  apiVersion: AUTOMATION_API_VERSION,
  kind: 'Synchronization',
  plural: 'synchronizations',
  singular: 'synchronization',
  shortNames: ['sync'],
} as const satisfies KindName;

export const SYNCHRONIZATION_PLAN_KIND = {
  group: AUTOMATION_GROUP,
  version: VERSION,
  apiVersion: AUTOMATION_API_VERSION,
  kind: 'SynchronizationPlan',
  plural: 'synchronizationplans',
  singular: 'synchronizationplan',
  shortNames: ['syncplan'],
} as const satisfies KindName;

/** REST path of a kind: of one namespace or, without one, of all. */
export function resourcePath(kind: KindName, namespace?: string): string {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `/apis/${kind.group}/${kind.version}${scope}/${kind.plural}`;
}
