import { AUTOMATION_API_VERSION } from '../../../api/groups.ts';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { jobName } from '../../../api/names.ts';
import { specHash } from '../../../api/spec-hash.ts';
import { parseSynchronization } from '../../../api/v1alpha1/synchronization.ts';
import type { WorkerResult } from '../../../api/worker-contract.ts';
import { parseKubeObject, type KubeObject } from '../../kube/objects.ts';
import { parsePod, type Pod } from '../../kube/pod.ts';

export const NAMESPACE = 'shop';
export const NAME = 'copy-1';
export const UID = '12345678-0000-4000-8000-000000000000';
export const JOB_UID = 'aaaaaaaa-0000-4000-8000-000000000000';
export const NOW = new Date('2026-03-28T00:10:00Z');
export const JOB_NAME = jobName({ name: NAME, uid: UID });

/** What the documented sample says. */
export const SPEC = {
  plugin: 'zookeeper-to-zookeeper-nodes',
  config: {
    sourceName: 'zookeeper-source',
    destinationName: 'zookeeper-destination',
    rootPath: '/test',
  },
};

type Json = Readonly<Record<string, unknown>>;

export interface JobInput {
  readonly metadata?: Json;
  readonly annotations?: Record<string, string>;
  readonly ownerUid?: string;
  readonly spec?: Json;
  readonly status?: Json;
}

/** The Job of {@link synchronizationObject}, let go and without pods. */
export function jobObject(input: JobInput = {}): KubeObject {
  return parseKubeObject({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: JOB_NAME,
      namespace: NAMESPACE,
      uid: JOB_UID,
      resourceVersion: '9',
      creationTimestamp: '2026-03-28T00:01:00Z',
      annotations: { [ANNOTATIONS.specHash]: hashOf(SPEC), ...input.annotations },
      ownerReferences: [
        {
          apiVersion: AUTOMATION_API_VERSION,
          kind: 'Synchronization',
          name: NAME,
          uid: input.ownerUid ?? UID,
          controller: true,
        },
      ],
      ...input.metadata,
    },
    spec: { backoffLimit: 3, suspend: false, ...input.spec },
    status: { startTime: '2026-03-28T00:01:01Z', ...input.status },
  });
}

/** A condition of a Job that has ended. */
export function jobEnd(type: 'Complete' | 'Failed', reason = '', message = ''): Json {
  return {
    ...(type === 'Complete' ? { completionTime: '2026-03-28T00:05:00Z' } : {}),
    conditions: [
      { type, status: 'True', reason, message, lastTransitionTime: '2026-03-28T00:05:00Z' },
    ],
  };
}

export interface PodInput {
  readonly name?: string;
  readonly createdAt?: string;
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly Json[];
  readonly state?: Json;
  /** States of containers that somebody else added, by name. */
  readonly others?: Readonly<Record<string, Json>>;
  /** The same, of native sidecars. */
  readonly sidecars?: Readonly<Record<string, Json>>;
  readonly initContainerStatuses?: readonly Json[];
  readonly metadata?: Json;
}

/** A pod of the Job; `state` is that of the worker's container. */
export function pod(input: PodInput = {}): Pod {
  const { name = 'copy-pod-1', state, others = {}, sidecars = {}, metadata, ...status } = input;
  const statuses = (states: Readonly<Record<string, Json>>) =>
    Object.entries(states).map(([container, each]) => ({ name: container, state: each }));
  return parsePod(
    parseKubeObject({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: NAMESPACE,
        uid: `uid-of-${name}`,
        resourceVersion: '11',
        creationTimestamp: input.createdAt ?? '2026-03-28T00:09:50Z',
        ownerReferences: [
          { apiVersion: 'batch/v1', kind: 'Job', name: JOB_NAME, uid: JOB_UID, controller: true },
        ],
        ...metadata,
      },
      spec: {
        terminationGracePeriodSeconds: 30,
        initContainers: Object.keys(sidecars).map((each) => ({
          name: each,
          restartPolicy: 'Always',
        })),
      },
      status: {
        phase: 'Pending',
        initContainerStatuses: statuses(sidecars),
        ...status,
        containerStatuses: statuses({
          ...(state === undefined ? {} : { worker: state }),
          ...others,
        }),
      },
    }),
  );
}

/** A pod whose worker ended. */
export function endedPod(
  exitCode: number,
  input: PodInput & {
    readonly report?: string;
    readonly word?: string;
    readonly endedAt?: string;
  } = {},
): Pod {
  const { report = '', word = exitCode === 0 ? 'Completed' : 'Error', endedAt, ...rest } = input;
  const terminated = { exitCode, reason: word, message: report, finishedAt: endedAt };
  return pod({
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    ...rest,
    state: { terminated },
  });
}

/** A pod whose worker ended that long ago, and that another container keeps running. */
export function lingeringPod(
  exitCode: number,
  { secondsAgo, ...input }: Parameters<typeof endedPod>[1] & { readonly secondsAgo: number },
): Pod {
  const endedAt = new Date(NOW.getTime() - secondsAgo * 1000).toISOString();
  const others = input.sidecars === undefined ? { 'mesh-proxy': { running: {} } } : {};
  return endedPod(exitCode, { phase: 'Running', others, endedAt, ...input });
}

/** A worker's report; verified unless told otherwise. */
export function workerResult(changes: Partial<WorkerResult> = {}): WorkerResult {
  return {
    version: 1,
    outcome: 'Success',
    message: 'Copied /test: 3 created.',
    dryRun: false,
    verified: true,
    fenced: true,
    settled: true,
    source: { zxid: '0x1a', time: '2026-03-28T00:02:00Z' },
    sourceHistory: { proved: true, reason: 'WitnessFound' },
    aclsVerifiedTime: '2026-03-28T00:02:00Z',
    counts: { created: 3, updated: 0, deleted: 0, unchanged: 1 },
    skipped: [{ reason: 'Ephemeral', count: 1, paths: ['/test/e'] }],
    notCarried: [{ what: 'acls' }, { what: 'ttlZnodes', remedy: 'Turn it on.' }],
    bytesWritten: 12,
    durations: { compareMs: 1, applyMs: 2, verifyMs: 3, totalMs: 6 },
    ...changes,
  };
}

/** The report as the worker writes it. */
export function report(changes: Partial<WorkerResult> = {}): string {
  return JSON.stringify(workerResult(changes));
}

/** Hash of a spec as a user writes it. */
export function hashOf(spec: unknown): string {
  const parsed = parseSynchronization({
    apiVersion: AUTOMATION_API_VERSION,
    kind: 'Synchronization',
    spec,
  });
  if (!parsed.ok) throw new Error('the spec is not valid');
  return specHash(parsed.value.spec);
}
