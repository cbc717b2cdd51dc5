/** A kind as the API server's paths know it. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

const ASSETS = { group: 'assets.astronetes.io', version: 'v1alpha1' };
const AUTOMATION = { group: 'automation.astronetes.io', version: 'v1alpha1' };

export const BUCKETS: ResourceType = { ...ASSETS, plural: 'buckets', kind: 'Bucket' };
export const DATABASES: ResourceType = { ...ASSETS, plural: 'databases', kind: 'Database' };
export const KUBERNETES_CLUSTERS: ResourceType = {
  ...ASSETS,
  plural: 'kubernetesclusters',
  kind: 'KubernetesCluster',
};
export const SYNCHRONIZATIONS: ResourceType = {
  ...AUTOMATION,
  plural: 'synchronizations',
  kind: 'Synchronization',
};
export const SYNCHRONIZATION_PLANS: ResourceType = {
  ...AUTOMATION,
  plural: 'synchronizationplans',
  kind: 'SynchronizationPlan',
};

export const JOBS: ResourceType = { group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job' };
export const PODS: ResourceType = { group: '', version: 'v1', plural: 'pods', kind: 'Pod' };
export const SECRETS: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'secrets',
  kind: 'Secret',
};
export const EVENTS: ResourceType = { group: '', version: 'v1', plural: 'events', kind: 'Event' };
export const LEASES: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
};

/** Every kind the operator deals with. */
export const RESOURCE_TYPES: readonly ResourceType[] = [
  BUCKETS,
  DATABASES,
  KUBERNETES_CLUSTERS,
  SYNCHRONIZATIONS,
  SYNCHRONIZATION_PLANS,
  JOBS,
  PODS,
  SECRETS,
  EVENTS,
  LEASES,
];

/** `batch/v1`, or `v1` for the core group. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** Where in the tree of the API server something lies. */
export interface ResourceLocation {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** Path of a collection, an object or a subresource, without the server's address. */
export function resourcePath(type: ResourceType, location: ResourceLocation = {}): string {
  const base = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const { namespace, name, subresource } = location;
  const parts = [
    base,
    ...(namespace === undefined ? [] : ['namespaces', encodeURIComponent(namespace)]),
    type.plural,
    ...(name === undefined ? [] : [encodeURIComponent(name)]),
    ...(subresource === undefined ? [] : [subresource]),
  ];
  return parts.join('/');
}
