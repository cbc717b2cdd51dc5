import type { Parsed } from '../../../api/schema/problem.ts';
import type { DatabaseSpec, DatabaseStatus } from '../../../api/v1alpha1/database.ts';
import type {
  SynchronizationProgress,
  SynchronizationStatus,
} from '../../../api/v1alpha1/synchronization-status.ts';
import type { SynchronizationSpec } from '../../../api/v1alpha1/synchronization.ts';
import type { Job } from '../../kube/job.ts';
import type { Complaint } from '../../kube/event-reader.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Pod } from '../../kube/pod.ts';

/** A Database as far as a Synchronization depends on it. */
export interface DatabaseView {
  readonly generation: number;
  readonly spec: Parsed<DatabaseSpec>;
  readonly status: DatabaseStatus;
}

/** Everything a decision about a Synchronization is made from. */
export interface Snapshot {
  /** As it was read; writes are refused if it has changed since. */
  readonly object: KubeObject;
  readonly spec: Parsed<SynchronizationSpec>;
  readonly status: SynchronizationStatus;
  /** Looked at until the Job is there; undefined: it does not exist. */
  readonly source: DatabaseView | undefined;
  readonly destination: DatabaseView | undefined;
  /** The Job that has the name of ours, whoever made it. */
  readonly job: Job | undefined;
  readonly jobObject: KubeObject | undefined;
  /** The pods of our Job, oldest first. */
  readonly pods: readonly Pod[];
  /** What Kubernetes last complained of about a worker that does not start. */
  readonly complaint: Complaint | undefined;
  /** The newest that the running worker logged. */
  readonly progress: SynchronizationProgress | undefined;
  readonly now: Date;
}

/** True once it has ended, either way: nothing it says of the run changes any more. */
export function isFinished(status: SynchronizationStatus): boolean {
  return status.completionTime !== undefined;
}

/** The Job, if it is the one made for exactly this object. */
export function ownJob(snapshot: Snapshot): Job | undefined {
  const { job, object } = snapshot;
  return job?.controllerUid === object.metadata.uid ? job : undefined;
}
