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
import { argumentsOfConfig } from '../../../api/v1alpha1/plugins/arguments-of-config.ts';
import { configNode } from '../../../api/v1alpha1/plugins/registry.ts';
import type { ZookeeperClient } from '../../../api/v1alpha1/database.ts';
import type { SynchronizationSpec } from '../../../api/v1alpha1/synchronization.ts';
import { type SynchronizeArguments } from '../../../api/options/synchronize-options.ts';
import {
  CREDENTIALS_DIRS,
  DEADLINE_MARGIN_SECONDS,
  EXIT_CODES,
  finalExitCodes,
  TERMINATION_MESSAGE_PATH,
} from '../../../api/worker-contract.ts';
import {
  OPTIONS_DIR,
  OPTIONS_FILE_NAME,
  synchronizeOptions,
  type WorkerOptions,
} from '../../../api/options/options-file.ts';
import {
  controllerOf,
  controllerReference,
  type KubeObject,
  type Manifest,
} from '../../kube/objects.ts';
import { needsSecret } from '../../../assets/zookeeper/credentials.ts';
import { meshOptOut } from './mesh-opt-out.ts';
import {
  hasPodFailurePolicy,
  hasPodReplacementPolicy,
  type ServerVersion,
} from './server-version.ts';
import { WORKER_CONTAINER } from './worker-container.ts';

/** What a worker's Job is made from. */
export interface WorkerJobInput {
  /** The Synchronization. */
  readonly owner: KubeObject;
  readonly spec: SynchronizationSpec;
  readonly source: ZookeeperClient;
  readonly destination: ZookeeperClient;
  readonly workerImage: string;
  readonly serverVersion: ServerVersion;
}

type Side = keyof typeof CREDENTIALS_DIRS;
const SIDES = ['source', 'destination'] as const satisfies readonly Side[];

/** The worker ends its sessions and reports within this, once told to stop. */
const TERMINATION_GRACE_SECONDS = 30;

/** Everybody in the container may read it: its uid is the namespace's choice, not ours. */
const FILE_MODE = 0o444;

const OPTIONS_VOLUME = 'options';

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
      template: podTemplate(input),
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

/** Annotations of the worker's pod; what the worker is told to do is one of them. */
export function podAnnotations(
  { owner, spec }: WorkerJobInput,
  { json }: WorkerOptions,
): Readonly<Record<string, string>> {
  return {
    ...meshOptOut(spec.worker).annotations,
    ...spec.worker.annotations,
    [ANNOTATIONS.synchronizationName]: owner.metadata.name,
    [ANNOTATIONS.workerOptions]: json,
  };
}

/** What the worker is told to do, from the spec and the two Databases. */
export function workerOptions(input: WorkerJobInput): WorkerOptions {
  return synchronizeOptions(workerArguments(input));
}

function podTemplate(input: WorkerJobInput): unknown {
  const { owner, spec } = input;
  const options = workerOptions(input);
  return {
    metadata: {
      labels: { ...meshOptOut(spec.worker).labels, ...spec.worker.labels, ...labelsOf(owner) },
      annotations: podAnnotations(input, options),
    },
    spec: {
      ...placementOf(spec.worker),
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [workerContainer(input, options)],
      volumes: [
        { name: 'tmp', emptyDir: {} },
        OPTIONS_FROM_ANNOTATION,
        ...sidesWithCredentials(input).map(secretVolume(input)),
      ],
    },
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
}: SynchronizationSpec['worker']): object {
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

function workerContainer(input: WorkerJobInput, { commandLine }: WorkerOptions): unknown {
  return {
    name: WORKER_CONTAINER,
    image: input.workerImage,
    imagePullPolicy: 'IfNotPresent',
    args: commandLine,
    resources: input.spec.worker.resources,
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
      ...sidesWithCredentials(input).map((side) => ({
        name: volumeName(side),
        mountPath: CREDENTIALS_DIRS[side],
        readOnly: true,
      })),
    ],
  };
}

/** The arguments of the worker, from the spec and the two Databases. */
export function workerArguments(input: WorkerJobInput): SynchronizeArguments {
  const { spec, source, destination } = input;
  const { config, activeDeadlineSeconds: deadlineSeconds } = spec;
  const sides = sidesWithCredentials(input);
  return {
    sourceServers: source.servers,
    destinationServers: destination.servers,
    rootPath: config.rootPath,
    ...argumentsOfConfig(configNode(spec.plugin), config),
    ...(sides.includes('source') ? { sourceCredentialsDir: CREDENTIALS_DIRS.source } : {}),
    ...(sides.includes('destination')
      ? { destinationCredentialsDir: CREDENTIALS_DIRS.destination }
      : {}),
    sourceAuthentication: source.authentication,
    destinationAuthentication: destination.authentication,
    sourceTls: source.tls.enabled,
    destinationTls: destination.tls.enabled,
    ...ofSides('TlsServerName', (side) => serverNameOf(input[side])),
    ...ofSides('JuteMaxBufferBytes', (side) => input[side].juteMaxBufferBytes),
    sourceSessionTimeoutSeconds: source.sessionTimeoutSeconds,
    destinationSessionTimeoutSeconds: destination.sessionTimeoutSeconds,
    writerId: writerId(input.owner),
    ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }),
  };
}

/**
 * A plan's runs are one writer, whichever slot they are for; a run of its own is its own. The UID
 * tells writers apart, the rest tells a person who it is; the worker takes 253 characters.
 */
function writerId(owner: KubeObject): string {
  const plan = controllerOf(owner);
  const { kind, name, uid } = plan ?? { kind: owner.kind, ...owner.metadata };
  return `${kind.toLowerCase()}/${owner.metadata.namespace}/${labelValue(name)}/${uid}`;
}

function sidesWithCredentials(input: WorkerJobInput): readonly Side[] {
  return SIDES.filter((side) => needsSecret(input[side]));
}

/** An option of each side that has one. */
function ofSides(
  option: 'TlsServerName' | 'JuteMaxBufferBytes',
  valueOf: (side: Side) => string | number | undefined,
): Partial<SynchronizeArguments> {
  const named = SIDES.map((side) => [`${side}${option}`, valueOf(side)] as const);
  return Object.fromEntries(named.filter(([, value]) => value !== undefined));
}

/** Without TLS there is no certificate that a name could be looked for in. */
function serverNameOf({ tls }: ZookeeperClient): string | undefined {
  return tls.enabled ? tls.serverName : undefined;
}

function volumeName(side: Side): string {
  return `${side}-credentials`;
}

/** The Secret has the name of its Database; only the keys that are used reach the worker. */
function secretVolume(input: WorkerJobInput): (side: Side) => unknown {
  const { sourceName, destinationName } = input.spec.config;
  const names = { source: sourceName, destination: destinationName };
  return (side) => {
    const { authentication, tls } = input[side];
    const secret = (keys: readonly string[], more: object = {}): unknown => ({
      secret: { name: names[side], items: keys.map((key) => ({ key, path: key })), ...more },
    });
    const sources = [
      ...(authentication === 'None' ? [] : [secret(['user', 'password'])]),
      // Each of these may be missing, and so may then the Secret as a whole.
      ...(tls.enabled ? [secret(['ca.crt', 'tls.crt', 'tls.key'], { optional: true })] : []),
    ];
    return {
      name: volumeName(side),
      projected: { defaultMode: FILE_MODE, sources },
    };
  };
}
