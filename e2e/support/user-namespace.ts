import type { CommandResult, Kubectl } from './kubectl.ts';
import { createNamespace, readSample, type Installation } from './installation.ts';
import type { Manifest } from './manifests.ts';
import { seeEventually, type SeenNamespace } from './seen-namespace.ts';

/** What a suite reads of a Synchronization. */
export interface SeenSynchronization {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status?: {
    readonly jobName?: string;
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly attempts?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
    readonly result?: {
      readonly outcome: string;
      readonly verified: boolean;
      readonly created: number;
      readonly updated: number;
      readonly deleted: number;
      readonly unchanged: number;
      readonly skipped: readonly { readonly reason: string; readonly count: number }[];
      readonly source?: { readonly zxid: string };
    };
  };
}

/** A namespace as a user has it: two Databases with their Secrets, and Synchronizations. */
export interface UserNamespace {
  readonly name: string;
  /** Applies the documented Secrets and Databases, and waits until both are Ready. */
  applyDatabases(): Promise<void>;
  /** Creates the documented Synchronization; gives back the name the API server made. */
  createSynchronization(): Promise<string>;
  /** Creates a Synchronization with this configuration beside the documented names. */
  createSynchronizationOf(config: Readonly<Record<string, unknown>>): Promise<string>;
  /** `kubectl wait --for=condition=Succeeded`, as a user would. */
  waitSucceeded(synchronization: string): Promise<SeenSynchronization>;
  get(synchronization: string): Promise<SeenSynchronization>;
  /** `kubectl apply` of these objects, all at once. */
  apply(...manifests: readonly Manifest[]): Promise<void>;
  /** `kubectl create` of an object, however it ends. */
  tryCreate(manifest: Manifest, ...flags: readonly string[]): Promise<CommandResult>;
  /** Looks at the namespace until the assertion holds; rejects with what did not, after three minutes. */
  see(assertion: (seen: SeenNamespace) => void): Promise<SeenNamespace>;
  /** kubectl in this namespace. */
  kubectl(...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Creates the namespace, under the restricted Pod Security level; an older one goes first. */
export async function createUserNamespace(
  { kubectl, cluster }: Installation,
  name: string,
): Promise<UserNamespace> {
  await kubectl.run(['delete', 'namespace', name, '--ignore-not-found', '--timeout=90s']);
  await createNamespace(kubectl, name);
  const run = (...args: string[]): Promise<string> => kubectl.run(['-n', name, ...args]);
  const get = (synchronization: string): Promise<SeenSynchronization> =>
    kubectl.get(['-n', name, 'synchronization', synchronization]);
  return {
    name,
    kubectl: run,
    get,
    apply: async (...manifests) => {
      const list = { apiVersion: 'v1', kind: 'List', items: manifests };
      await kubectl.run(['-n', name, 'apply', '-f', '-'], JSON.stringify(list));
    },
    tryCreate: (object, ...flags) =>
      kubectl.attempt(['-n', name, 'create', '-f', '-', ...flags], JSON.stringify(object)),
    see: (assertion) => seeEventually(kubectl, name, assertion),
    applyDatabases: async () => {
      await kubectl.run(
        ['-n', name, 'apply', '-f', '-'],
        await readSample('database.yaml', cluster),
      );
      await run('wait', '--for=condition=Ready', 'databases', '--all', '--timeout=120s');
    },
    createSynchronization: async () =>
      createFrom(kubectl, name, await readSample('synchronization.yaml', cluster)),
    createSynchronizationOf: (config) => createFrom(kubectl, name, manifest(config)),
    waitSucceeded: async (synchronization) => {
      await run(
        ...['wait', '--for=condition=Succeeded', '--timeout=120s'],
        `synchronization/${synchronization}`,
      );
      return get(synchronization);
    },
    remove: async () => {
      await kubectl.run(['delete', 'namespace', name, '--wait=false', '--ignore-not-found']);
    },
  };
}

async function createFrom(kubectl: Kubectl, namespace: string, yaml: string): Promise<string> {
  const created = await kubectl.run(
    ['-n', namespace, 'create', '-f', '-', '-o', 'jsonpath={.metadata.name}'],
    yaml,
  );
  return created.trim();
}

function manifest(config: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    apiVersion: 'automation.astronetes.io/v1alpha1',
    kind: 'Synchronization',
    metadata: { generateName: 'synchronize-' },
    spec: {
      plugin: 'zookeeper-to-zookeeper-nodes',
      config: {
        sourceName: 'zookeeper-source',
        destinationName: 'zookeeper-destination',
        rootPath: '/test',
        ...config,
      },
    },
  });
}
