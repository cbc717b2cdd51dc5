import {
  ANNOTATIONS,
  LABELS,
  labelValue,
  MANAGED_BY,
  PART_OF,
  WORKER_NAME,
} from '../../../api/labels.ts';
import { jobName } from '../../../api/names.ts';
import { specHash } from '../../../api/spec-hash.ts';
import {
  DEADLINE_MARGIN_SECONDS,
  EXIT_CODES,
  finalExitCodes,
} from '../../../api/worker-contract.ts';
import { controllerReference, type KubeObject, type Manifest } from '../../kube/objects.ts';
import type { PluginRun } from '../../plugins/plugin.ts';
import { operatorPlugin } from '../../plugins/registry.ts';
import { podTemplate, type WorkerPodInput } from '../../workers/pod-template.ts';
import {
  hasPodFailurePolicy,
  hasPodReplacementPolicy,
  type ServerVersion,
} from '../../workers/server-version.ts';
import { WORKER_CONTAINER } from '../../workers/worker-container.ts';

/** What a worker's Job is made from. */
export interface WorkerJobInput extends PluginRun {
  readonly workerImage: string;
  readonly serverVersion: ServerVersion;
}

/**
 * The Job of a Synchronization. It is created suspended (see {@link ANNOTATIONS.held}) and never
 * removed by Kubernetes itself (no TTL): its result must be read first.
 */
export function workerJob(input: WorkerJobInput): Manifest {
  const { owner, spec, serverVersion } = input;
  const { namespace, name, uid } = owner.metadata;
  const deadline = spec.activeDeadlineSeconds;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName({ name, uid }),
      namespace,
      labels: labelsOf(owner),
      annotations: { [ANNOTATIONS.specHash]: specHash(spec), [ANNOTATIONS.held]: 'true' },
      ownerReferences: [controllerReference(owner)],
    },
    spec: {
      suspend: true,
      completions: 1,
      parallelism: 1,
      backoffLimit: spec.backoffLimit,
      ...(deadline === undefined
        ? {}
        : { activeDeadlineSeconds: deadline + DEADLINE_MARGIN_SECONDS }),
      ...(hasPodFailurePolicy(serverVersion) ? { podFailurePolicy: podFailurePolicy() } : {}),
      // Two pods at a time would be two writers; the fence would hold, but one of them would fail.
      ...(hasPodReplacementPolicy(serverVersion) ? { podReplacementPolicy: 'Failed' } : {}),
      template: podTemplate(workerPod(input)),
    },
  };
}

/** Which failures end a Job at once, and which do not count. The first rule that fits decides. */
function podFailurePolicy(): unknown {
  // The deadline is the whole run's, so a second pod would only be cut off in turn.
  const final = [...finalExitCodes(), EXIT_CODES.DeadlineExceeded.code].sort((a, b) => a - b);
  return {
    rules: [
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      {
        action: 'FailJob',
        onExitCodes: { containerName: WORKER_CONTAINER, operator: 'In', values: final },
      },
    ],
  };
}

function labelsOf({ metadata }: KubeObject): Record<string, string> {
  return {
    [LABELS.name]: WORKER_NAME,
    [LABELS.instance]: labelValue(metadata.name),
    [LABELS.component]: 'worker',
    [LABELS.partOf]: PART_OF,
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.synchronization]: labelValue(metadata.name),
    [LABELS.synchronizationUid]: metadata.uid,
  };
}

/** What the worker's pod is made from. */
export function workerPod(input: WorkerJobInput): WorkerPodInput {
  const { owner, spec, workerImage } = input;
  return {
    image: workerImage,
    worker: spec.worker,
    task: operatorPlugin(spec.plugin).taskOf(input),
    labels: labelsOf(owner),
    annotations: { [ANNOTATIONS.synchronizationName]: owner.metadata.name },
  };
}
