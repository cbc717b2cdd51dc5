/** Objects as a user would write them, each with just what a suite cares about. */

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly Readonly<Record<string, string>>[];
  };
  readonly [field: string]: unknown;
}

/** Secret whose values are taken byte for byte. */
export function secret(name: string, data: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: data };
}

/** Database with one server, `host:port`, and whatever else is given of `spec.zookeeper.client`. */
export function database(
  name: string,
  server: string,
  client: Readonly<Record<string, unknown>> = {},
): Manifest {
  return {
    apiVersion: 'assets.astronetes.io/v1alpha1',
    kind: 'Database',
    metadata: { name },
    spec: { zookeeper: { client: { servers: [server], ...client } } },
  };
}

/** What a run of a test needs, so that many have room on one small node. */
export const SMALL_WORKER = {
  resources: {
    requests: { cpu: '10m', memory: '32Mi' },
    limits: { cpu: '2', memory: '512Mi' },
  },
} as const;

export interface SynchronizationManifest {
  readonly name: string;
  readonly source: string;
  readonly destination: string;
  readonly rootPath: string;
  /** Further fields of `spec.config`. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Further fields of `spec`, or others in the place of those that it has by default. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Synchronization with a small worker. */
export function synchronization(options: SynchronizationManifest): Manifest {
  const { name, source, destination, rootPath, config, spec } = options;
  return {
    apiVersion: 'automation.astronetes.io/v1alpha1',
    kind: 'Synchronization',
    metadata: { name },
    spec: {
      plugin: 'zookeeper-to-zookeeper-nodes',
      config: { sourceName: source, destinationName: destination, rootPath, ...config },
      worker: SMALL_WORKER,
      ...spec,
    },
  };
}

/** SynchronizationPlan of a Synchronization, with whatever else is given of its spec. */
export function plan(
  name: string,
  spec: Readonly<Record<string, unknown>>,
  template: Manifest,
): Manifest {
  return {
    apiVersion: 'automation.astronetes.io/v1alpha1',
    kind: 'SynchronizationPlan',
    metadata: { name },
    spec: { ...spec, template: { spec: template['spec'] } },
  };
}
