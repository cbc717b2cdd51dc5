import { AUTOMATION_API_VERSION, ASSETS_API_VERSION } from '../../../../api/groups.ts';
import { ANNOTATIONS } from '../../../../api/labels.ts';
import { DATABASE } from '../../../../api/v1alpha1/database.ts';
import { SYNCHRONIZATION } from '../../../../api/v1alpha1/synchronization.ts';
import { parseJob } from '../../../kube/job.ts';
import { parseKubeObject, type KubeObject } from '../../../kube/objects.ts';
import type { Pod } from '../../../kube/pod.ts';
import {
  jobObject,
  JOB_NAME,
  NAME,
  NAMESPACE,
  NOW,
  SPEC,
  UID,
} from '../../../workers/testing/builders.ts';
import { parseResource } from '../../parse-resource.ts';
import type { SynchronizationSettings } from '../decide.ts';
import type { DatabaseView, Snapshot } from '../snapshot.ts';

export * from '../../../workers/testing/builders.ts';

export const SETTINGS: SynchronizationSettings = {
  workerImage: 'registry.example/worker:v1',
  serverVersion: { major: 1, minor: 34 },
};

type Json = Readonly<Record<string, unknown>>;

export interface SynchronizationInput {
  readonly spec?: unknown;
  readonly status?: Json;
  readonly metadata?: Json;
}

/** A Synchronization as the API server would send it. */
export function synchronizationObject(input: SynchronizationInput = {}): KubeObject {
  return parseKubeObject({
    apiVersion: AUTOMATION_API_VERSION,
    kind: 'Synchronization',
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      uid: UID,
      resourceVersion: '7',
      generation: 1,
      creationTimestamp: '2026-03-28T00:00:00Z',
      ...input.metadata,
    },
    spec: input.spec ?? SPEC,
    status: input.status ?? { observedGeneration: -1 },
  });
}

/** A Database that the database controller has judged. */
export function databaseObject(
  name: string,
  input: { readonly spec?: unknown; readonly ready?: Json | null } = {},
): KubeObject {
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'Reachable',
    message: 'The server answers.',
    lastTransitionTime: '2026-03-28T00:00:00Z',
    ...input.ready,
  };
  return parseKubeObject({
    apiVersion: ASSETS_API_VERSION,
    kind: 'Database',
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: `uid-of-${name}`,
      resourceVersion: '3',
      generation: 1,
    },
    spec: input.spec ?? { zookeeper: { client: { servers: ['172.18.0.4:30181'] } } },
    status:
      input.ready === null
        ? { observedGeneration: -1 }
        : { observedGeneration: 1, conditions: [ready] },
  });
}

/** The same as a Synchronization sees it. */
export function databaseView(...args: Parameters<typeof databaseObject>): DatabaseView {
  const object = databaseObject(...args);
  return { generation: object.metadata.generation, ...parseResource(DATABASE, object) };
}

export interface SnapshotInput {
  readonly object?: KubeObject;
  readonly source?: DatabaseView | null;
  readonly destination?: DatabaseView | null;
  readonly job?: KubeObject;
  readonly pods?: readonly Pod[];
  readonly complaint?: Snapshot['complaint'];
  readonly progress?: Snapshot['progress'];
  readonly now?: Date;
}

/** A snapshot; Databases are there and ready unless null. */
export function snapshot(input: SnapshotInput = {}): Snapshot {
  const object = input.object ?? synchronizationObject();
  const view = (name: string, given: DatabaseView | null | undefined) =>
    given === null ? undefined : (given ?? databaseView(name));
  return {
    object,
    ...parseResource(SYNCHRONIZATION, object),
    source: view('zookeeper-source', input.source),
    destination: view('zookeeper-destination', input.destination),
    job: input.job && parseJob(input.job),
    jobObject: input.job,
    pods: input.pods ?? [],
    complaint: input.complaint,
    progress: input.progress,
    now: input.now ?? NOW,
  };
}

/** Status of a Synchronization whose Job has been recorded. */
export function recordedStatus(changes: Json = {}): Json {
  return {
    observedGeneration: 1,
    jobName: JOB_NAME,
    startTime: '2026-03-28T00:01:00Z',
    ...changes,
  };
}

/** A snapshot in which the Job was recorded and let go. */
export function started(
  input: Omit<SnapshotInput, 'object'> & SynchronizationInput = {},
): Snapshot {
  return snapshot({
    job: jobObject(),
    ...input,
    object: synchronizationObject({
      ...input,
      status: input.status ?? recordedStatus(),
      metadata: { annotations: { [ANNOTATIONS.startedUid]: UID }, ...input.metadata },
    }),
  });
}
