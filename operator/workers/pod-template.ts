import { ANNOTATIONS } from '../../api/labels.ts';
import { OPTIONS_DIR, OPTIONS_FILE_NAME } from '../../api/options/options-file.ts';
import type { WorkerPod } from '../../api/v1alpha1/worker-pod.ts';
import { TERMINATION_MESSAGE_PATH } from '../../api/worker-contract.ts';
import { meshOptOut } from './mesh-opt-out.ts';
import { WORKER_CONTAINER } from './worker-container.ts';
import type { SecretMount, WorkerTask } from './worker-task.ts';

/** What a worker's pod is made from, whether a Job or a Deployment runs it. */
export interface WorkerPodInput {
  readonly image: string;
  /** What the user writes for the pod. */
  readonly worker: WorkerPod;
  readonly task: WorkerTask;
  /** By which we find the pod again; these win over the user's. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The worker ends its sessions and reports within this, once told to stop. */
const TERMINATION_GRACE_SECONDS = 30;

/** Everybody in the container may read it: its uid is the namespace's choice, not ours. */
const FILE_MODE = 0o444;

const OPTIONS_VOLUME = 'options';

/** The template of a worker's pod. */
export function podTemplate(input: WorkerPodInput): unknown {
  const { worker, task, labels } = input;
  return {
    metadata: {
      labels: { ...meshOptOut(worker).labels, ...worker.labels, ...labels },
      annotations: podAnnotations(input),
    },
    spec: {
      ...placementOf(worker),
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [workerContainer(input)],
      volumes: [
        { name: 'tmp', emptyDir: {} },
        OPTIONS_FROM_ANNOTATION,
        ...task.secrets.map(secretVolume),
      ],
    },
  };
}

/** Annotations of the worker's pod; what the worker is told to do is one of them. */
export function podAnnotations({
  worker,
  task,
  annotations,
}: Pick<WorkerPodInput, 'worker' | 'task' | 'annotations'>): Readonly<Record<string, string>> {
  return {
    ...meshOptOut(worker).annotations,
    ...worker.annotations,
    ...annotations,
    [ANNOTATIONS.workerOptions]: task.options.json,
  };
}

/**
 * Fields of the pod that a user writes for it. `resources` are the container's: pods got a field of
 * that name in 1.32, with another meaning.
 */
function placementOf({
  labels: _labels,
  annotations: _annotations,
  resources: _resources,
  ...placement
}: WorkerPod): object {
  return placement;
}

/** The kubelet writes an annotation into a file as it is; arguments and variables it rewrites. */
const OPTIONS_FROM_ANNOTATION = {
  name: OPTIONS_VOLUME,
  downwardAPI: {
    defaultMode: FILE_MODE,
    items: [
      {
        path: OPTIONS_FILE_NAME,
        fieldRef: { fieldPath: `metadata.annotations['${ANNOTATIONS.workerOptions}']` },
      },
    ],
  },
};

function workerContainer({ image, worker, task }: WorkerPodInput): unknown {
  return {
    name: WORKER_CONTAINER,
    image,
    imagePullPolicy: 'IfNotPresent',
    args: task.options.commandLine,
    resources: worker.resources,
    // Nothing here names a uid: OpenShift and hardened clusters choose it for the namespace.
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    terminationMessagePath: TERMINATION_MESSAGE_PATH,
    terminationMessagePolicy: 'File',
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: OPTIONS_VOLUME, mountPath: OPTIONS_DIR, readOnly: true },
      ...task.secrets.map(({ volume, mountPath }) => ({
        name: volume,
        mountPath,
        readOnly: true,
      })),
    ],
  };
}

/** Only the keys that are used reach the worker. */
function secretVolume(mount: SecretMount): unknown {
  const { volume, secretName, requiredKeys, optionalKeys } = mount;
  const source = (keys: readonly string[], more: object): readonly unknown[] => {
    if (keys.length === 0) return [];
    const items = keys.map((key) => ({ key, path: key }));
    return [{ secret: { name: secretName, items, ...more } }];
  };
  const sources = [...source(requiredKeys, {}), ...source(optionalKeys, { optional: true })];
  return { name: volume, projected: { defaultMode: FILE_MODE, sources } };
}
