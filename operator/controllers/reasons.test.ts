import { describe, expect, test } from '@jest/globals';
import type { Condition } from '../../api/conditions.ts';
import { ANNOTATIONS } from '../../api/labels.ts';
import { slotName } from '../../api/names.ts';
import { REASONS, type ReasonEntry, type ReasonKind } from '../../api/reasons.ts';
import { DATABASE } from '../../api/v1alpha1/database.ts';
import { EXIT_CODES, type ExitName } from '../../api/worker-contract.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { ZooKeeperError, type ErrorCode } from '../../zookeeper/index.ts';
import { CustomResourceStore } from '../kube/custom-resource-store.ts';
import { BUCKETS, KUBERNETES_CLUSTERS, type ResourceType } from '../kube/resources.ts';
import { FakeKube } from '../kube/testing/fake-kube.ts';
import { RecordingLogger } from '../runtime/testing/recording-logger.ts';
import { ScheduleParser } from '../schedule/schedule-parser.ts';
import { judgeSecret } from './database/judge-secret.ts';
import { decideDatabase, statusAtProbeStart, type DatabaseSnapshot } from './database/decide.ts';
import { connectionFailureOf } from '../../assets/zookeeper/connection-failure.ts';
import { NOT_PROBED_ASSETS, notProbedReconcile } from './not-probed/controller.ts';
import { parseResource } from './parse-resource.ts';
import { decide, decideForbiddenJob } from './synchronization/decide.ts';
import { waitForCapacity } from './synchronization/concurrency-limit.ts';
import type { Snapshot } from './synchronization/snapshot.ts';
import { statusFor, type ReportedDecision } from './synchronization/status.ts';
import * as run from './synchronization/testing/builders.ts';
import { decide as decidePlan } from './synchronization-plan/decide.ts';
import * as plan from './synchronization-plan/testing/builders.ts';

/** Reasons of the table that no code of this version gives, and what they wait for. */
const LATER: Readonly<Record<string, string>> = {
  LicenseInvalid: 'licenses',
};

type Conditions = readonly Condition[] | undefined;

/** `Kind/Type Reason` of each condition. */
function places(kind: ReasonKind, conditions: Conditions): readonly string[] {
  return (conditions ?? []).map(({ type, reason }) => `${kind}/${type} ${reason}`);
}

function inTable(...kinds: readonly ReasonKind[]): readonly string[] {
  return Object.entries<ReasonEntry>(REASONS)
    .filter(([reason]) => !(reason in LATER))
    .flatMap(([reason, { on }]) => on.map((place) => `${place} ${reason}`))
    .filter((place) => kinds.some((kind) => place.startsWith(`${kind}/`)))
    .sort();
}

function sorted(all: readonly string[]): readonly string[] {
  return [...new Set(all)].sort();
}

describe('every reason of the table is given, on the conditions that the table names and no other', () => {
  test('of Databases', () => {
    expect(sorted(givenOfDatabases())).toEqual(inTable('Database'));
  });

  test('of assets that nobody probes', async () => {
    expect(sorted(await givenOfAssets())).toEqual(inTable('Bucket', 'KubernetesCluster'));
  });

  test('of Synchronizations', () => {
    expect(sorted(givenOfSynchronizations())).toEqual(inTable('Synchronization'));
  });

  test('of plans', () => {
    expect(sorted(givenOfPlans())).toEqual(inTable('SynchronizationPlan'));
  });
});

test('each failure of a connection to a server has the reason that the table explains', () => {
  const reasonOf = (code: ErrorCode) => connectionFailureOf(new ZooKeeperError(code, 'why')).reason;
  const reasons = Object.fromEntries(PROBE_ERRORS.map((code) => [code, reasonOf(code)]));

  expect(reasons).toEqual({
    ConnectionRefused: 'ConnectionRefused',
    ConnectTimeout: 'ConnectTimeout',
    HostUnreachable: 'HostUnreachable',
    NameNotResolved: 'NameNotResolved',
    ClosedByServer: 'ConnectionClosed',
    ConnectionLoss: 'ConnectionClosed',
    NotZooKeeper: 'NotZooKeeper',
    ProtocolError: 'NotZooKeeper',
    NotServing: 'NotServing',
    NotReadOnly: 'NotServing',
    TlsFailed: 'TLSFailed',
    AuthFailed: 'AuthenticationFailed',
    SessionClosedRequireAuth: 'AuthenticationRequired',
    RuntimeInconsistency: 'Unreachable',
  });
});

/** What the client throws when no session comes about; the last stands for all others. */
const PROBE_ERRORS = [
  ...['ConnectionRefused', 'ConnectTimeout', 'HostUnreachable', 'NameNotResolved'],
  ...[
    'ClosedByServer',
    'ConnectionLoss',
    'NotZooKeeper',
    'ProtocolError',
    'NotServing',
    'NotReadOnly',
  ],
  ...['TlsFailed', 'AuthFailed', 'SessionClosedRequireAuth', 'RuntimeInconsistency'],
] as readonly ErrorCode[];

function givenOfDatabases(): readonly string[] {
  const client = { servers: ['zk:2181'] };
  const whole = { zookeeper: { client } };
  const failures = PROBE_ERRORS.map((code) => connectionFailureOf(new ZooKeeperError(code, 'why')));
  const probes: readonly DatabaseSnapshot['probes'][] = [
    [{ address: 'zk:2181', reachable: true, credentials: 'NotUsed' }],
    ...failures.map((failure) => [
      { address: 'zk:2181', reachable: false, ...failure } satisfies DatabaseSnapshot['probes'][0],
    ]),
  ];
  const secrets = [
    undefined,
    { user: 'admin', password: '' },
    { user: 'admin', password: 'secret\n' },
    { user: 'ad:min', password: 'secret' },
  ];
  const begun = statusAtProbeStart(databaseSnapshot(whole));
  const unfinished = databaseSnapshot(whole, { status: begun, probes: 'Unfinished' });
  const snapshots = [
    databaseSnapshot({ zookeeper: { client: { servers: ['nowhere'] } } }),
    databaseSnapshot({}),
    ...probes.map((each) => databaseSnapshot(whole, { probes: each })),
    ...secrets.map((values) => databaseSnapshot(whole, { secretProblem: problemOf(values) })),
    unfinished,
  ];
  return snapshots.flatMap((each) => places('Database', decideDatabase(each).status.conditions));
}

function databaseSnapshot(spec: object, changes: Partial<DatabaseSnapshot> = {}): DatabaseSnapshot {
  const object = run.databaseObject('zk', { spec, ready: null });
  const parts = parseResource(DATABASE, object);
  return {
    uid: 'u',
    generation: 1,
    ...parts,
    secretProblem: undefined,
    probes: [],
    now: run.NOW,
    ...changes,
  };
}

/** What is wrong with a Secret that has these values. */
function problemOf(values: Readonly<Record<string, string>> | undefined) {
  const { spec } = databaseSnapshot({ zookeeper: { client: { servers: ['zk:2181'] } } });
  const client = spec.ok ? spec.value.zookeeper?.client : undefined;
  const entries = Object.entries(values ?? {});
  const data = new Map(entries.map(([key, value]) => [key, Buffer.from(value)] as const));
  const key = { namespace: run.NAMESPACE, name: 'zk' };
  const reading = judgeSecret(key, client!, values && { data });
  return reading.state === 'Problem' ? reading.problem : undefined;
}

async function givenOfAssets(): Promise<readonly string[]> {
  const s3 = { name: 'b', region: 'eu-west-1', secretName: 's' };
  const gcs = { name: 'b', secretName: 's' };
  const bucket = (spec: object) => assetPlaces('Bucket', BUCKETS, spec);
  const cluster = (spec: object) => assetPlaces('KubernetesCluster', KUBERNETES_CLUSTERS, spec);
  const all = await Promise.all([
    ...[{}, { awsS3: s3 }, { awsS3: s3, gcpCloudStorage: gcs }, { awsS3: 'no' }].map(bucket),
    ...[{ secretName: 's' }, {}].map(cluster),
  ]);
  return all.flat();
}

async function assetPlaces(
  kind: 'Bucket' | 'KubernetesCluster',
  type: ResourceType,
  spec: object,
): Promise<readonly string[]> {
  const clock = new FakeClock();
  const kube = new FakeKube({ clock });
  const key = { namespace: run.NAMESPACE, name: 'asset' };
  kube.put(type, { metadata: key, spec, status: { observedGeneration: -1 } });
  const asset = NOT_PROBED_ASSETS.find((each) => each.definition.names.kind === kind);
  const assets = new CustomResourceStore(kube, type);
  await notProbedReconcile(asset!, { assets, clock })(key, {
    signal: new AbortController().signal,
    logger: new RecordingLogger(),
    yieldToWaiting: () => Promise.resolve(),
    term: kube,
  });
  const { conditions } = kube.object(type, key)?.status as { readonly conditions: Conditions };
  return places(kind, conditions);
}

function givenOfSynchronizations(): readonly string[] {
  const given = snapshotsOfSynchronizations().flatMap((snapshot) => {
    const decision = decide(snapshot, run.SETTINGS) as ReportedDecision;
    return places('Synchronization', statusFor(decision, snapshot).conditions);
  });
  const place = { destination: run.SPEC.config.destinationName, limit: 0 };
  const waits = [
    waitForCapacity(run.synchronizationObject(), [], place),
    decideForbiddenJob('quota'),
  ].flatMap((decision) => {
    const { conditions } = statusFor(decision as ReportedDecision, run.snapshot());
    return places('Synchronization', conditions);
  });
  return [...given, ...waits];
}

function snapshotsOfSynchronizations(): readonly Snapshot[] {
  const { databaseView, endedPod, jobEnd, jobObject, pod, report, snapshot, started } = run;
  const failed = { job: jobObject({ status: jobEnd('Failed') }) };
  const done = { job: jobObject({ status: jobEnd('Complete') }) };
  const secretReasons = [
    ...['SecretNotFound', 'SecretKeyMissing', 'SecretTrailingNewline', 'SecretKeyInvalid'],
  ];
  const exits = (Object.keys(EXIT_CODES) as ExitName[]).filter((name) => name !== 'Success');
  const restored = { annotations: { [ANNOTATIONS.startedUid]: 'another' } };
  const withoutPlugin = { ...run.SPEC, plugin: 'no' };
  const withoutServers = { spec: { zookeeper: { client: { servers: ['no-port'] } } } };
  return [
    // Before the start.
    snapshot({ source: null }),
    snapshot({ source: databaseView('zookeeper-source', { ready: null }) }),
    snapshot({ source: databaseView('zookeeper-source', { spec: {} }) }),
    snapshot({ source: databaseView('zookeeper-source', withoutServers) }),
    ...secretReasons.map((reason) =>
      snapshot({
        source: databaseView('zookeeper-source', { ready: { status: 'False', reason } }),
      }),
    ),
    snapshot({ object: run.synchronizationObject({ spec: withoutPlugin }) }),
    snapshot({ object: run.synchronizationObject({ metadata: restored }) }),
    snapshot({ object: run.synchronizationObject({ metadata: { deletionTimestamp: 'now' } }) }),
    snapshot({ job: jobObject({ ownerUid: 'somebody-else' }) }),
    // Under way.
    started(),
    started({ pods: [pod({ phase: 'Running', state: { running: {} } })] }),
    started({ pods: [pod({ state: { waiting: { reason: 'ErrImagePull', message: 'no' } } })] }),
    started({ spec: { ...run.SPEC, backoffLimit: 9 }, metadata: { generation: 2 } }),
    // At the end.
    snapshot({ object: run.synchronizationObject({ status: run.recordedStatus() }) }),
    started({ ...done, pods: [endedPod(0, { report: report() })] }),
    started({ ...done, pods: [endedPod(0, { report: report({ dryRun: true }) })] }),
    started({ ...done, pods: [] }),
    ...exits.map((exit) => started({ ...failed, pods: [endedPod(EXIT_CODES[exit].code)] })),
  ];
}

function givenOfPlans(): readonly string[] {
  const now = plan.at('10:01');
  const due = slotName(plan.PLAN, plan.at('10:00'));
  const { template } = plan.SPEC;
  const copied = (time: string) => ({ observedGeneration: 1, lastSnapshotTime: plan.iso(time) });
  const snapshots = [
    plan.snapshot(),
    plan.snapshot({ spec: { suspend: true } }),
    plan.snapshot({ metadata: { name: 'p'.repeat(53) } }),
    plan.snapshot({ spec: { schedule: 'never' } }),
    plan.snapshot({ spec: { timeZone: 'Mars/Crater' } }),
    plan.snapshot({ spec: { template: { spec: { ...template.spec, plugin: 'no' } } } }),
    { ...plan.snapshot(), refusals: { [due]: 'exceeded quota' } },
    plan.snapshot({ spec: { rpo: '1h' } }),
    plan.snapshot({ spec: { rpo: '1h' }, status: copied('10:00') }),
    plan.snapshot({ spec: { rpo: '1h' }, status: copied('08:00') }),
  ];
  return snapshots.flatMap((each) =>
    places('SynchronizationPlan', decidePlan(each, now, new ScheduleParser())?.status.conditions),
  );
}
