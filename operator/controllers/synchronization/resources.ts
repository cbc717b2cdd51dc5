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
import type { ZookeeperClient } from '../../../api/v1alpha1/database.ts';
import type { SynchronizationSpec } from '../../../api/v1alpha1/synchronization.ts';
import {
  CREDENTIALS_DIRS,
  DEADLINE_MARGIN_SECONDS,
  EXIT_CODES,
  finalExitCodes,
  nodeTypeArgument,
  synchronizeCommandLine,
  TERMINATION_MESSAGE_PATH,
  type SynchronizeArguments,
} from '../../../api/worker-contract.ts';
import {
  controllerOf,
  controllerReference,
  type KubeObject,
  type Manifest,
} from '../../kube/objects.ts';
import { needsSecret } from '../database/credentials.ts';
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
const SECRET_FILE_MODE = 0o444;

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

function podTemplate(input: WorkerJobInput): unknown {
  const { owner } = input;
  const { labels, annotations, ...placement } = input.spec.worker;
  const optOut = meshOptOut(input.spec.worker);
  return {
    metadata: {
      labels: { ...optOut.labels, ...labels, ...labelsOf(owner) },
      annotations: {
        ...optOut.annotations,
        ...annotations,
        [ANNOTATIONS.synchronizationName]: owner.metadata.name,
      },
    },
    spec: {
      ...placement,
      // The container's; pods got a field of that name in 1.32, with another meaning.
      resources: undefined,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [workerContainer(input)],
      volumes: [
        { name: 'tmp', emptyDir: {} },
        ...sidesWithCredentials(input).map(secretVolume(input)),
      ],
    },
  };
}

function workerContainer(input: WorkerJobInput): unknown {
  return {
    name: WORKER_CONTAINER,
    image: input.workerImage,
    imagePullPolicy: 'IfNotPresent',
    args: synchronizeCommandLine(workerArguments(input)),
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
    ...(sides.includes('source') ? { sourceCredentialsDir: CREDENTIALS_DIRS.source } : {}),
    ...(sides.includes('destination')
      ? { destinationCredentialsDir: CREDENTIALS_DIRS.destination }
      : {}),
    sourceAuthentication: source.authentication,
    destinationAuthentication: destination.authentication,
    sourceTls: source.tls.enabled,
    destinationTls: destination.tls.enabled,
    ...serverNames(input),
    sourceSessionTimeoutSeconds: source.sessionTimeoutSeconds,
    destinationSessionTimeoutSeconds: destination.sessionTimeoutSeconds,
    writerId: writerId(input.owner),
    ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }),
    createRootPath: config.createRoutePath,
    deletionPolicy: config.deletion.policy,
    deletionMaxPercent: config.deletion.maxPercent,
    deletionMinCount: config.deletion.minCount,
    allowEmptySource: config.deletion.allowEmptySource,
    destinationDrift: config.destinationDrift,
    ...(config.exclude?.paths === undefined ? {} : { excludePaths: config.exclude.paths }),
    ...(config.exclude?.presets === undefined ? {} : { excludePresets: config.exclude.presets }),
    ...(config.nodeTypes === undefined
      ? {}
      : { nodeTypes: config.nodeTypes.map(nodeTypeArgument) }),
    ...(config.maxBufferBytes === undefined ? {} : { maxBufferBytes: config.maxBufferBytes }),
    ...config.limits,
    preserveAcls: config.preserve.acls,
    preserveSequenceCounters: config.preserve.sequenceCounters,
    maxCounterRaise: config.preserve.maxCounterRaise,
    preserveDataVersions: config.preserve.dataVersions,
    dryRun: config.dryRun,
    verify: config.verify,
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

/** Without TLS there is no certificate that a name could be looked for in. */
function serverNames(input: WorkerJobInput): Partial<SynchronizeArguments> {
  const named = SIDES.map((side) => {
    const { enabled, serverName } = input[side].tls;
    return enabled && serverName !== undefined ? { [`${side}TlsServerName`]: serverName } : {};
  });
  return Object.assign({}, ...named) as Partial<SynchronizeArguments>;
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
      projected: { defaultMode: SECRET_FILE_MODE, sources },
    };
  };
}
