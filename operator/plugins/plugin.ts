import type { ZookeeperClient } from '../../api/v1alpha1/database.ts';
import type { SynchronizationSpec } from '../../api/v1alpha1/synchronization.ts';
import type { KubeObject } from '../kube/objects.ts';
import type { WorkerTask } from '../workers/worker-task.ts';

/** A run, and the assets that its config names. */
export interface PluginRun {
  /** The Synchronization. */
  readonly owner: KubeObject;
  readonly spec: SynchronizationSpec;
  readonly source: ZookeeperClient;
  readonly destination: ZookeeperClient;
}

/** What the operator does for a plugin; what users write for it stands in `api/v1alpha1/plugins/`. */
export interface OperatorPlugin {
  /** What the worker of a run has to do, and the Secrets that it needs. */
  taskOf(run: PluginRun): WorkerTask;
}
