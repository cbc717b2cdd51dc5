import { describe, expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import type { Snapshot } from './snapshot.ts';
import {
  databaseView,
  endedPod,
  jobEnd,
  JOB_NAME,
  jobObject,
  pod,
  recordedStatus,
  report,
  SETTINGS,
  snapshot,
  SPEC,
  started,
  synchronizationObject,
  UID,
} from './testing/builders.ts';

interface Row {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly action: Decision['action'];
  readonly reason?: string;
  readonly says?: string;
}

function check({ snapshot, action, reason, says }: Row): void {
  const decision = decide(snapshot, SETTINGS);
  expect(decision).toMatchObject({ action, ...(reason === undefined ? {} : { reason }) });
  if (says !== undefined) expect((decision as { message: string }).message).toContain(says);
}

function withConfig(config: object, rest: object = {}) {
  return synchronizationObject({
    spec: { ...SPEC, ...rest, config: { ...SPEC.config, ...config } },
  });
}

const marked = { annotations: { [ANNOTATIONS.startedUid]: UID } };

describe('before the start', () => {
  test.each<Row>([
    { name: 'notes the UID first', snapshot: snapshot(), action: 'MarkStarted' },
    {
      name: 'makes the Job once the UID is noted',
      snapshot: snapshot({ object: synchronizationObject({ metadata: marked }) }),
      action: 'CreateJob',
    },
    {
      name: 'refuses a copy restored from a backup',
      snapshot: snapshot({
        object: synchronizationObject({
          metadata: { annotations: { [ANNOTATIONS.startedUid]: 'the-uid-before' } },
        }),
      }),
      action: 'Finish',
      reason: 'RestoredObject',
      says: 'the-uid-before',
    },
    {
      name: 'refuses an unknown plugin',
      snapshot: snapshot({ object: synchronizationObject({ spec: { ...SPEC, plugin: 'no' } }) }),
      action: 'Finish',
      reason: 'InvalidSpec',
      says: 'spec.plugin must be one of',
    },
    {
      name: 'accepts the other name of the plugin',
      snapshot: snapshot({
        object: synchronizationObject({
          spec: { ...SPEC, plugin: 'zookeeper-nodes-to-zookeeper' },
        }),
      }),
      action: 'MarkStarted',
    },
    {
      name: 'refuses a relative root path',
      snapshot: snapshot({ object: withConfig({ rootPath: 'test' }) }),
      action: 'Finish',
      reason: 'InvalidSpec',
      says: 'spec.config.rootPath must start with "/"',
    },
    {
      name: 'waits for a source that does not exist',
      snapshot: snapshot({ source: null }),
      action: 'Wait',
      reason: 'AssetNotFound',
      says: 'zookeeper-source',
    },
    {
      name: 'waits for a destination that does not exist',
      snapshot: snapshot({ destination: null }),
      action: 'Wait',
      reason: 'AssetNotFound',
      says: 'zookeeper-destination',
    },
    {
      name: 'waits for a Database that nobody has looked at',
      snapshot: snapshot({ source: databaseView('zookeeper-source', { ready: null }) }),
      action: 'Wait',
      reason: 'AssetPending',
      says: 'zookeeper-source',
    },
    {
      name: 'waits for a Secret, in the words of its Database',
      snapshot: snapshot({
        destination: databaseView('zookeeper-destination', {
          ready: { status: 'False', reason: 'SecretNotFound', message: 'The Secret x is missing.' },
        }),
      }),
      action: 'Wait',
      reason: 'SecretNotFound',
      says: 'The Database zookeeper-destination: The Secret x is missing.',
    },
    {
      name: 'waits for a key of a Secret',
      snapshot: snapshot({
        source: databaseView('zookeeper-source', {
          ready: { status: 'False', reason: 'SecretKeyMissing' },
        }),
      }),
      action: 'Wait',
      reason: 'SecretKeyMissing',
    },
    {
      name: 'waits for a Secret without a line break',
      snapshot: snapshot({
        source: databaseView('zookeeper-source', {
          ready: { status: 'False', reason: 'SecretTrailingNewline' },
        }),
      }),
      action: 'Wait',
      reason: 'SecretTrailingNewline',
    },
    {
      name: 'needs no Secret where there is no authentication',
      snapshot: snapshot({
        source: databaseView('zookeeper-source', {
          spec: { zookeeper: { client: { servers: ['a:1'], authentication: 'None' } } },
          ready: null,
        }),
      }),
      action: 'MarkStarted',
    },
    {
      name: 'does not wait until the operator reaches the servers',
      snapshot: snapshot({
        source: databaseView('zookeeper-source', {
          ready: { status: 'False', reason: 'ConnectTimeout' },
        }),
      }),
      action: 'MarkStarted',
    },
    {
      name: 'waits for a Database without a client',
      snapshot: snapshot({ source: databaseView('zookeeper-source', { spec: {} }) }),
      action: 'Wait',
      reason: 'ClientNotConfigured',
    },
    {
      name: 'waits for a Database whose spec is not valid',
      snapshot: snapshot({
        source: databaseView('zookeeper-source', {
          spec: { zookeeper: { client: { servers: ['zookeeper'] } } },
        }),
      }),
      action: 'Wait',
      reason: 'InvalidSpec',
      says: 'The Database zookeeper-source: spec.zookeeper.client.servers[0] must name a port',
    },
    {
      name: 'waits for the Secret of a Database that uses nothing of it but certificates',
      snapshot: snapshot({
        source: databaseView('zookeeper-source', {
          spec: {
            zookeeper: {
              client: { servers: ['a:1'], authentication: 'None', tls: { enabled: true } },
            },
          },
          ready: { status: 'False', reason: 'SecretKeyMissing', message: 'It has no tls.key.' },
        }),
      }),
      action: 'Wait',
      reason: 'SecretKeyMissing',
      says: 'It has no tls.key.',
    },
    {
      name: 'waits while a foreign Job has the name',
      snapshot: snapshot({ job: jobObject({ ownerUid: 'somebody-else' }) }),
      action: 'Wait',
      reason: 'JobNameTaken',
      says: JOB_NAME,
    },
  ])('$name', check);

  test('accepts everything that the API describes', () => {
    const object = withConfig({
      exclude: { presets: ['Kafka'] },
      nodeTypes: [{ glob: '/a', type: 'Container' }],
      limits: { readsPerSecond: 0, writesPerSecond: 10 },
      preserve: { dataVersions: true },
      destinationDrift: 'Overwrite',
    });
    expect(decide(snapshot({ object }), SETTINGS)).toEqual({ action: 'MarkStarted' });
  });
});

describe('from the Job on', () => {
  test.each<Row>([
    {
      name: 'adopts a Job of its own that was not recorded',
      snapshot: snapshot({
        object: synchronizationObject({ metadata: marked }),
        job: jobObject({ annotations: { [ANNOTATIONS.held]: 'true' } }),
      }),
      action: 'RecordJob',
      reason: 'WorkerPending',
    },
    {
      name: 'adopts it even if a Database is gone by now',
      snapshot: snapshot({
        object: synchronizationObject({ metadata: marked }),
        job: jobObject(),
        source: null,
      }),
      action: 'RecordJob',
    },
    {
      name: 'lets a recorded Job go',
      snapshot: started({
        job: jobObject({ annotations: { [ANNOTATIONS.held]: 'true' }, spec: { suspend: true } }),
      }),
      action: 'ReleaseJob',
    },
    {
      name: 'never makes a second Job for a recorded one that is gone',
      snapshot: snapshot({
        object: synchronizationObject({ metadata: marked, status: recordedStatus() }),
      }),
      action: 'Finish',
      reason: 'WorkerLost',
      says: JOB_NAME,
    },
    {
      name: 'takes a Job of that name that somebody else made for none',
      snapshot: started({ job: jobObject({ ownerUid: 'somebody-else' }) }),
      action: 'Finish',
      reason: 'WorkerLost',
    },
    { name: 'follows', snapshot: started(), action: 'Follow', reason: 'WorkerPending' },
    {
      name: 'says which pod no node takes',
      snapshot: started({
        pods: [
          pod({
            conditions: [
              { type: 'PodScheduled', status: 'False', message: '0/1 nodes are available.' },
            ],
          }),
        ],
      }),
      action: 'Follow',
      reason: 'WorkerPending',
      says: '0/1 nodes are available.',
    },
    {
      name: 'says that the image cannot be pulled',
      snapshot: started({
        pods: [pod({ state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } })],
      }),
      action: 'Follow',
      reason: 'WorkerImagePullFailed',
      says: 'not found',
    },
    {
      name: 'says why a container cannot be created',
      snapshot: started({
        pods: [
          pod({
            state: { waiting: { reason: 'CreateContainerConfigError', message: 'runs as root' } },
          }),
        ],
      }),
      action: 'Follow',
      reason: 'WorkerPending',
      says: 'runs as root',
    },
    {
      name: 'says where to look when there is no pod for long',
      snapshot: started(),
      action: 'Follow',
      says: `kubectl describe job ${JOB_NAME}`,
    },
    {
      name: 'says where to look when a pod does not start for long',
      snapshot: started({
        pods: [
          pod({
            createdAt: '2026-03-28T00:01:02Z',
            state: { waiting: { reason: 'ContainerCreating' } },
          }),
        ],
      }),
      action: 'Follow',
      says: 'kubectl describe pod copy-pod-1',
    },
    {
      name: 'says why the Job cannot create its pod',
      snapshot: started({
        complaint: { reason: 'FailedCreate', message: 'exceeded quota: pods=0' },
      }),
      action: 'Follow',
      reason: 'WorkerPending',
      says: 'exceeded quota: pods=0',
    },
    {
      name: 'says which volume a pod waits for',
      snapshot: started({
        pods: [pod({ state: { waiting: { reason: 'ContainerCreating' } } })],
        complaint: { reason: 'FailedMount', message: 'secret "zookeeper-source" not found' },
      }),
      action: 'Follow',
      reason: 'WorkerPending',
      says: 'secret "zookeeper-source" not found',
    },
    {
      name: 'leaves out complaints about what is past',
      snapshot: started({
        pods: [pod({ state: { waiting: { reason: 'ContainerCreating' } } })],
        complaint: { reason: 'FailedScheduling', message: '0/1 nodes are available.' },
      }),
      action: 'Follow',
      says: 'is starting',
    },
    {
      name: 'says that somebody else suspended the Job',
      snapshot: started({
        job: jobObject({ spec: { suspend: true } }),
        status: recordedStatus({ attempts: 1 }),
      }),
      action: 'Follow',
      says: 'suspended by somebody else',
    },
    {
      name: 'tells how far a running worker is',
      snapshot: started({
        pods: [pod({ phase: 'Running', state: { running: {} } })],
        progress: { phase: 'compare', done: 5, total: 10, percent: 50, summary: 'compare 50%' },
      }),
      action: 'Follow',
      reason: 'Running',
      says: 'compare 50%',
    },
    {
      name: 'tells how the attempt before failed',
      snapshot: started({
        pods: [
          endedPod(40, {
            name: 'one',
            report: report({ outcome: 'SourceUnavailable', message: 'No answer.' }),
          }),
          pod({ name: 'two', phase: 'Running', state: { running: {} } }),
        ],
      }),
      action: 'Follow',
      reason: 'Running',
      says: 'No answer.',
    },
    {
      name: 'finishes with the result of a Job that is complete',
      snapshot: started({
        job: jobObject({ status: jobEnd('Complete') }),
        pods: [endedPod(0, { report: report() })],
      }),
      action: 'Finish',
      reason: 'Verified',
    },
    {
      name: 'finishes a Job that ended before it was recorded as let go',
      snapshot: started({
        job: jobObject({
          annotations: { [ANNOTATIONS.held]: 'true' },
          status: jobEnd('Failed', 'DeadlineExceeded'),
        }),
      }),
      action: 'Finish',
      reason: 'DeadlineExceeded',
    },
  ])('$name', check);

  test('stops retries that are vain where Kubernetes cannot, and only there', () => {
    const failed = started({ pods: [endedPod(51)] });
    const at = (minor: number) =>
      decide(failed, { ...SETTINGS, serverVersion: { major: 1, minor } }).action;

    expect(at(24)).toBe('StopRetries');
    expect(at(25)).toBe('StopRetries');
    expect(at(26)).toBe('Follow');
  });

  test('stops them once', () => {
    const stopped = started({
      job: jobObject({ spec: { backoffLimit: 0 } }),
      pods: [endedPod(51)],
    });
    const old = { ...SETTINGS, serverVersion: { major: 1, minor: 24 } };

    expect(decide(stopped, old).action).toBe('Follow');
  });

  test.each([
    { name: 'a failure that can heal', pods: [endedPod(40)] },
    { name: 'a crash', pods: [endedPod(137)] },
    { name: 'a pod that is not there yet', pods: [] },
  ])('lets $name be retried', ({ pods }) => {
    const old = { ...SETTINGS, serverVersion: { major: 1, minor: 24 } };

    expect(decide(started({ pods }), old).action).toBe('Follow');
  });
});

describe('a spec that was changed under way', () => {
  const edited = { ...SPEC, config: { ...SPEC.config, rootPath: '/other' } };

  test.each([
    { name: 'a changed field', spec: edited, generation: 2, changed: true },
    { name: 'a spec that is not valid any more', spec: {}, generation: 2, changed: true },
    {
      name: 'a default written out',
      spec: { ...SPEC, backoffLimit: 3 },
      generation: 2,
      changed: false,
    },
    { name: 'no edit at all', spec: SPEC, generation: 1, changed: false },
  ])('is noticed by its content: $name', ({ spec, generation, changed }) => {
    const decision = decide(started({ spec, metadata: { generation, ...marked } }), SETTINGS);

    expect(decision).toMatchObject({ action: 'Follow', specChanged: changed });
  });

  test('does not keep the result from being taken', () => {
    const decision = decide(
      started({
        spec: edited,
        metadata: { generation: 2, ...marked },
        job: jobObject({ status: jobEnd('Complete') }),
        pods: [endedPod(0, { report: report() })],
      }),
      SETTINGS,
    );

    expect(decision).toMatchObject({ action: 'Finish', reason: 'Verified', specChanged: true });
  });
});

describe('after the end', () => {
  const ended = recordedStatus({ completionTime: '2026-03-28T00:05:00Z' });
  const over = (input: Parameters<typeof started>[0]) =>
    started({ job: jobObject({ status: jobEnd('Complete') }), ...input });
  const expiring = { ...SPEC, ttlSecondsAfterFinished: 600 };

  test.each<Row & { readonly requeueAfterMs?: number }>([
    { name: 'does nothing', snapshot: over({ status: ended }), action: 'Nothing' },
    {
      name: 'does not miss a Job that is gone',
      snapshot: snapshot({
        object: synchronizationObject({ status: ended, metadata: marked }),
      }),
      action: 'Nothing',
    },
    {
      name: 'waits until its time is over',
      snapshot: over({ status: ended, spec: expiring }),
      action: 'Nothing',
      requeueAfterMs: 300_000,
    },
    {
      name: 'is deleted when its time is over',
      snapshot: over({
        status: ended,
        spec: expiring,
        now: new Date('2026-03-28T00:15:00Z'),
      }),
      action: 'Delete',
    },
    {
      name: 'judges a later change of the spec',
      snapshot: over({ status: ended, metadata: { generation: 2 }, spec: expiring }),
      action: 'Settle',
    },
  ])('$name', (row) => {
    check(row);
    if (row.requeueAfterMs !== undefined) {
      expect(decide(row.snapshot, SETTINGS)).toMatchObject({ requeueAfterMs: row.requeueAfterMs });
    }
  });
});
