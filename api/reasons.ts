import type { ConditionType } from './conditions.ts';

/** Kinds whose conditions carry reasons. */
export type ReasonKind =
  'Database' | 'Bucket' | 'KubernetesCluster' | 'Synchronization' | 'SynchronizationPlan';

/** Where the outcome of a run stands. */
const ENDED = [
  'Synchronization/Succeeded',
  'Synchronization/Ready',
  'Synchronization/Finished',
] as const;

/** Where that of one that failed does. */
const FAILED = [...ENDED, 'Synchronization/Stalled'] as const;

/** One row of the table that users look a reason up in. */
export interface ReasonEntry {
  /** Kinds and condition types on which the reason appears. */
  readonly on: readonly `${ReasonKind}/${ConditionType}`[];
  /** What is the case. */
  readonly meaning: string;
  /** What a person does about it; says so if nothing needs doing. */
  readonly whatToDo: string;
}

/**
 * Every reason of every condition. The documentation's tables are generated from it, and an event
 * about a condition carries the same reason.
 */
export const REASONS = {
  // Progress of a Synchronization
  WaitingForCapacity: {
    on: ['Synchronization/Succeeded', 'Synchronization/Reconciling'],
    meaning:
      'The destination has reached its limit of Synchronizations at a time (spec.maxConcurrentSynchronizations of the Database), or older ones come first.',
    whatToDo:
      'Nothing; it starts by itself, in the order of creation. If it takes too long, raise the limit.',
  },
  Pending: {
    on: ['Synchronization/Succeeded', 'Synchronization/Reconciling'],
    meaning:
      "The API server refuses the worker's Job: because of a quota, a role or an admission webhook. The message has its answer.",
    whatToDo: 'Remove the cause that the message names. The operator tries again by itself.',
  },
  JobNameTaken: {
    on: ['Synchronization/Succeeded', 'Synchronization/Reconciling'],
    meaning:
      'A Job that does not belong to this Synchronization has the name that its Job needs. The message names it.',
    whatToDo: 'Delete or rename that Job. The run starts by itself.',
  },
  WorkerPending: {
    on: ['Synchronization/Succeeded', 'Synchronization/Reconciling'],
    meaning: 'The worker was created, but its pod does not run yet; the message says why.',
    whatToDo:
      'If this does not change, read the message. Usual causes are a full cluster, a quota, or a node selector that fits no node.',
  },
  WorkerImagePullFailed: {
    on: ['Synchronization/Succeeded', 'Synchronization/Reconciling'],
    meaning: "The worker's image cannot be pulled.",
    whatToDo:
      'Check that the nodes reach the registry and that the namespace has the Secret named in spec.worker.imagePullSecrets (pull-secret). The run continues by itself.',
  },
  Running: {
    on: ['Synchronization/Succeeded', 'Synchronization/Reconciling'],
    meaning: 'The worker is copying; status.progress shows how far it is.',
    whatToDo: 'Nothing.',
  },
  // Outcomes of a Synchronization
  Verified: {
    on: ENDED,
    meaning: 'The destination was made equal to the source. It was read back, which proves this.',
    whatToDo: 'Nothing.',
  },
  NotVerified: {
    on: ENDED,
    meaning:
      'The copy ended without error, but was not verified: spec.config.verify is false, or the report was lost with its pod.',
    whatToDo: 'Do not count it as a copy. Run one with verify: true.',
  },
  DryRun: {
    on: ENDED,
    meaning: 'The trees were compared and nothing was written, because spec.config.dryRun is true.',
    whatToDo: 'Read the counts in status.result; create one without dryRun to copy.',
  },
  Incomplete: {
    on: FAILED,
    meaning: 'The run ended, but not everything could be copied or verified.',
    whatToDo:
      "Find the paths in status.result.skipped and in the worker's log. Remove the cause, and create a new Synchronization.",
  },
  GuardRefused: {
    on: FAILED,
    meaning:
      'A guard stopped the run before its first write, because it looked like an accident. The message names the guard: SameEnsemble, SourceRootMissing, DestinationRootMissing, EmptySource, MassDeletion, ServerTooOld or LocalSessions.',
    whatToDo:
      'Check source and destination. If they are as they should be, create a new Synchronization and set the field in it that the message names (spec.config.deletion, spec.config.createRoutePath).',
  },
  DestinationModified: {
    on: FAILED,
    meaning: 'Somebody else wrote to the destination since the last run, or clients live on it.',
    whatToDo:
      'If the destination was promoted, leave it alone and suspend the plan. If its changes may be lost, create a Synchronization with spec.config.destinationDrift: Overwrite.',
  },
  AnotherWriter: {
    on: FAILED,
    meaning: 'Another worker is writing to the same destination root, or to one above or below it.',
    whatToDo: 'Let only one plan write to a root. The message names the other writer.',
  },
  SourceUnavailable: {
    on: FAILED,
    meaning: 'No server of the source answered the worker.',
    whatToDo:
      "Check the addresses in the source Database, and the network from the worker's namespace to these servers.",
  },
  DestinationUnavailable: {
    on: FAILED,
    meaning: 'No server of the destination answered the worker.',
    whatToDo:
      "Check the addresses in the destination Database, and the network from the worker's namespace to these servers.",
  },
  DeadlineExceeded: {
    on: FAILED,
    meaning: 'The run took longer than spec.activeDeadlineSeconds.',
    whatToDo: 'Raise the deadline, or the limits in spec.config.limits that slow the run down.',
  },
  WorkerLost: {
    on: FAILED,
    meaning:
      'The Job disappeared before it reported a result. The operator never starts it a second time.',
    whatToDo:
      'Find out who deleted it. Each batch that it wrote is complete. A new Synchronization finishes the work.',
  },
  RetriesExhausted: {
    on: FAILED,
    meaning:
      'The worker failed more often than spec.backoffLimit allows; the message has the last failure.',
    whatToDo:
      'Remove the cause that the message names (out of memory: raise spec.worker.resources), then create a new Synchronization.',
  },
  Deleted: {
    on: FAILED,
    meaning:
      "The Synchronization was deleted before its worker had started, or its Job was deleted with it. Somebody's finalizer keeps the object.",
    whatToDo:
      'If you still want the copy, create a new Synchronization. The owner of the finalizer must remove it.',
  },
  // Waiting for other objects, and mistakes in objects
  AssetNotFound: {
    on: ['Synchronization/Succeeded', 'Synchronization/Reconciling'],
    meaning: 'A Database that spec.config names does not exist in this namespace.',
    whatToDo: 'Create it, or correct the name in a new Synchronization. It starts by itself.',
  },
  AssetPending: {
    on: ['Synchronization/Succeeded', 'Synchronization/Reconciling'],
    meaning:
      'The database controller has not yet looked at the newest version of a Database that spec.config names.',
    whatToDo:
      'Nothing; it starts by itself. If this does not change, check that the database controller runs.',
  },
  SecretNotFound: {
    on: [
      'Database/Ready',
      'Database/Reconciling',
      'Synchronization/Succeeded',
      'Synchronization/Reconciling',
    ],
    meaning:
      'The Secret with the credentials does not exist. It must have the name of its Database.',
    whatToDo:
      'Create it with the keys user and password, or set spec.zookeeper.client.authentication: None. The operator continues by itself.',
  },
  SecretKeyMissing: {
    on: [
      'Database/Ready',
      'Database/Reconciling',
      'Synchronization/Succeeded',
      'Synchronization/Reconciling',
    ],
    meaning: 'The Secret lacks a key, or the key is empty; the message names it.',
    whatToDo: 'Add the key. The operator continues by itself.',
  },
  SecretTrailingNewline: {
    on: [
      'Database/Ready',
      'Database/Reconciling',
      'Synchronization/Succeeded',
      'Synchronization/Reconciling',
    ],
    meaning:
      'A value in the Secret ends with a line break, which is almost never part of a password.',
    whatToDo:
      'Write it without the line break: `printf %s password | base64`, or stringData. The operator continues by itself.',
  },
  SecretKeyInvalid: {
    on: [
      'Database/Ready',
      'Database/Reconciling',
      'Synchronization/Succeeded',
      'Synchronization/Reconciling',
    ],
    meaning: 'A value in the Secret cannot be used: a user with a colon, or one that is not UTF-8.',
    whatToDo: 'Write a user without a colon, in UTF-8. The operator continues by itself.',
  },
  InvalidSpec: {
    on: [
      'Database/Ready',
      'Database/Stalled',
      'Bucket/Ready',
      'KubernetesCluster/Ready',
      ...FAILED,
      'Synchronization/Reconciling',
      'SynchronizationPlan/Ready',
      'SynchronizationPlan/Stalled',
    ],
    meaning:
      'A field has a value that is not allowed, or the worker got other options than the spec says. The message names field, value and remedy.',
    whatToDo: 'Correct the field. The spec of a Synchronization cannot change: create a new one.',
  },
  SpecChanged: {
    on: ['Synchronization/Stalled'],
    meaning: 'The spec was changed after the worker was created. The worker was left alone.',
    whatToDo: 'Create a new Synchronization with the new spec.',
  },
  RestoredObject: {
    on: FAILED,
    meaning:
      'This object is a copy of one that has already run: it was restored from a backup, or made from its YAML.',
    whatToDo: 'Delete it. If you want the copy again, create a new Synchronization.',
  },
  LicenseInvalid: {
    on: ['Synchronization/Succeeded', 'Synchronization/Stalled', 'SynchronizationPlan/Ready'],
    meaning:
      'The license key is missing, has expired or is not for this installation. Nothing new starts.',
    whatToDo: 'Apply a valid license key and restart the Deployments as documented.',
  },
  // Probes
  NotProbed: {
    on: ['Bucket/Ready', 'KubernetesCluster/Ready'],
    meaning: 'Nobody has tried to reach it.',
    whatToDo: 'Nothing: these kinds are accepted but not probed by this version.',
  },
  ClientNotConfigured: {
    on: [
      'Database/Ready',
      'Database/Stalled',
      'Synchronization/Succeeded',
      'Synchronization/Reconciling',
    ],
    meaning: 'The Database has no spec.zookeeper.client, so there is nothing to connect to.',
    whatToDo: 'Add spec.zookeeper.client.servers.',
  },
  Reachable: {
    on: ['Database/Ready'],
    meaning:
      'At least one server serves requests, and no server refused the credentials. The message says what could not be verified, and which servers do not answer.',
    whatToDo: 'Nothing. If the message names a server, look at status.servers.',
  },
  Unreachable: {
    on: ['Database/Ready', 'Database/Reconciling'],
    meaning: 'No server answers. The reason of each is in status.servers.',
    whatToDo: 'Look at status.servers, and correct the addresses, the network or the servers.',
  },
  ConnectionRefused: {
    on: ['Database/Ready', 'Database/Reconciling'],
    meaning: 'The host answers, but nothing listens on the port.',
    whatToDo: 'Start the server or correct the port.',
  },
  ConnectTimeout: {
    on: ['Database/Ready', 'Database/Reconciling'],
    meaning:
      'Nothing came back in time: a wrong address, a firewall that drops packets, or a server that hangs.',
    whatToDo:
      'Check the address, the network policies and firewalls on the way, and that the server works.',
  },
  HostUnreachable: {
    on: ['Database/Ready', 'Database/Reconciling'],
    meaning:
      'The network says that there is no way to the host: nobody has that address, no route leads there, or a firewall rejects it.',
    whatToDo: 'Check the address, and the routes, network policies and firewalls on the way.',
  },
  NameNotResolved: {
    on: ['Database/Ready', 'Database/Reconciling'],
    meaning: 'The host name cannot be resolved inside the cluster.',
    whatToDo: 'Correct the name. For a Service in another namespace, write name.namespace.',
  },
  ConnectionClosed: {
    on: ['Database/Ready', 'Database/Reconciling'],
    meaning: 'The server accepted the connection and closed it without an answer.',
    whatToDo:
      "Look into the server's log. It may have reached its limit of connections (maxClientCnxns from one address, maxCnxns in all), or be overloaded. Or the port expects TLS, or has none (spec.zookeeper.client.tls).",
  },
  NotZooKeeper: {
    on: ['Database/Ready', 'Database/Reconciling'],
    meaning: 'Something listens there, but it does not speak the ZooKeeper protocol.',
    whatToDo: 'Use the client port (2181; with TLS often 2281), not the admin or quorum port.',
  },
  NotServing: {
    on: ['Database/Ready', 'Database/Reconciling'],
    meaning: 'ZooKeeper runs, but serves no clients: it has no quorum, or is read-only.',
    whatToDo: 'Bring the ensemble to a quorum.',
  },
  ProbeUnfinished: {
    on: ['Database/Ready', 'Database/Reconciling'],
    meaning:
      'The last probe began and left no result: the operator ended meanwhile, or could not write the result. A server may have crashed the operator, so the next probe waits, and longer each time.',
    whatToDo:
      "Nothing, if the operator was only restarted. If the reason comes back, find out why its pod ended (kubectl describe pod), and look into the server's log.",
  },
  TLSFailed: {
    on: ['Database/Ready', 'Database/Reconciling'],
    meaning:
      'The TLS handshake failed: the other side does not trust a certificate, a certificate is for another name or has expired, or the port has no TLS. The message says which.',
    whatToDo:
      'Check port, ca.crt, tls.crt and tls.key of the Secret, and spec.zookeeper.client.tls.serverName.',
  },
  AuthenticationRequired: {
    on: ['Database/Ready', 'Database/Reconciling'],
    meaning:
      'The servers serve only clients that authenticate (enforce.auth). They got no credentials, or not those that they ask for.',
    whatToDo:
      'Name a Secret with user and password, set spec.zookeeper.client.authentication to what the servers ask for, or use TLS with a client certificate, as the message says. Kerberos is not supported.',
  },
  AuthenticationFailed: {
    on: ['Database/Ready', 'Database/Reconciling', ...FAILED],
    meaning:
      'The server refused the credentials, or the user lacks a right, or one side does not trust the certificate of the other. The message says which.',
    whatToDo:
      'Correct user and password in the Secret, or how they are used (spec.zookeeper.client.authentication). Or grant the right (source: read; destination: all). For certificates see TLSFailed.',
  },
  NoBackend: {
    on: ['Bucket/Ready'],
    meaning: 'The Bucket names no storage.',
    whatToDo: 'Set spec.awsS3 or spec.gcpCloudStorage.',
  },
  SeveralBackends: {
    on: ['Bucket/Ready'],
    meaning: 'The Bucket names more than one storage.',
    whatToDo: 'Keep one of spec.awsS3 and spec.gcpCloudStorage.',
  },
  // Plans
  Scheduled: {
    on: ['SynchronizationPlan/Ready'],
    meaning: 'The plan is valid. status.nextScheduleTime says when it runs next.',
    whatToDo: 'Nothing.',
  },
  Suspended: {
    on: ['SynchronizationPlan/Ready'],
    meaning: 'spec.suspend is true: nothing new starts.',
    whatToDo: 'Set it to false to continue. spec.onResume decides what happens then.',
  },
  NameTooLong: {
    on: ['SynchronizationPlan/Ready', 'SynchronizationPlan/Stalled'],
    meaning:
      "The plan's name has more than 52 characters. The names of its Synchronizations would be too long.",
    whatToDo: 'Create it under a shorter name.',
  },
  InvalidSchedule: {
    on: ['SynchronizationPlan/Ready', 'SynchronizationPlan/Stalled'],
    meaning: 'spec.schedule cannot be understood, or has no date within five years.',
    whatToDo: 'Write five fields as in a CronJob, for example "10 * * * *".',
  },
  UnknownTimeZone: {
    on: ['SynchronizationPlan/Ready', 'SynchronizationPlan/Stalled'],
    meaning: 'spec.timeZone is not in the time-zone database.',
    whatToDo: 'Write an IANA name, for example Europe/Madrid or Etc/UTC.',
  },
  CreateRefused: {
    on: ['SynchronizationPlan/Ready', 'SynchronizationPlan/Stalled'],
    meaning:
      'The API server refuses to create the Synchronization that is due: because of a quota, a role, an admission webhook or the schema. The message has its answer.',
    whatToDo:
      'Remove the cause that the message names: raise the quota, repair the webhook or the role, or correct spec.template. The operator tries again by itself.',
  },
  WithinRPO: {
    on: ['SynchronizationPlan/RPOMet'],
    meaning: 'The newest verified copy is younger than spec.rpo.',
    whatToDo: 'Nothing.',
  },
  RPOExceeded: {
    on: ['SynchronizationPlan/RPOMet'],
    meaning: 'The newest verified copy is older than spec.rpo.',
    whatToDo:
      'Look at the last Synchronizations of the plan and at status.misses: they say why none succeeded.',
  },
  NoCopyYet: {
    on: ['SynchronizationPlan/RPOMet'],
    meaning: 'No Synchronization of the plan has made a verified copy yet.',
    whatToDo: 'Wait for the first, or start one with the run-now annotation.',
  },
} as const satisfies Record<string, ReasonEntry>;

/** A reason of the table. */
export type Reason = keyof typeof REASONS;

/** Reasons that may stand on the conditions of a kind. */
export type ReasonOf<K extends ReasonKind> = {
  [R in Reason]: Extract<(typeof REASONS)[R]['on'][number], `${K}/${string}`> extends never
    ? never
    : R;
}[Reason];

/** Reasons that may stand on the conditions of a kind, in the table's order. */
export function reasonsOf(kind: ReasonKind): Reason[] {
  return (Object.entries(REASONS) as [Reason, ReasonEntry][])
    .filter(([, entry]) => entry.on.some((place) => place.startsWith(`${kind}/`)))
    .map(([reason]) => reason);
}
