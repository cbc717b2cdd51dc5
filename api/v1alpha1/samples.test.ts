import { expect, test } from '@jest/globals';
import { readSamples } from '../testing/read-samples.ts';
import { parseBucket } from './bucket.ts';
import { parseDatabase } from './database.ts';
import { parseSynchronizationPlan } from './synchronization-plan.ts';
import { parseKubernetesCluster } from './kubernetes-cluster.ts';
import { parseSynchronization } from './synchronization.ts';

const config = {
  sourceName: 'zookeeper-source',
  destinationName: 'zookeeper-destination',
  rootPath: '/test',
};

test('the documented Databases parse', () => {
  const [, source, , destination] = readSamples('database.yaml');
  expect(parseDatabase(source)).toMatchObject({
    ok: true,
    value: {
      metadata: { name: 'zookeeper-source' },
      spec: {
        zookeeper: {
          client: {
            servers: ['172.18.0.4:30181'],
            authentication: 'Auto',
            tls: { enabled: false },
            sessionTimeoutSeconds: 30,
          },
        },
      },
      status: { observedGeneration: -1 },
    },
  });
  expect(parseDatabase(destination)).toMatchObject({
    ok: true,
    value: { spec: { zookeeper: { client: { servers: ['172.18.0.5:30181'] } } } },
  });
});

test('the documented Synchronization parses, with every default filled in', () => {
  const [sample] = readSamples('synchronization.yaml');
  expect(parseSynchronization(sample)).toEqual({
    ok: true,
    value: {
      apiVersion: 'automation.astronetes.io/v1alpha1',
      kind: 'Synchronization',
      metadata: { generateName: 'synchronize-zookeeper-' },
      spec: {
        plugin: 'zookeeper-to-zookeeper-nodes',
        config: {
          ...config,
          createRoutePath: true,
          deletion: { policy: 'Mirror', maxPercent: 50, minCount: 100, allowEmptySource: false },
          destinationDrift: 'Refuse',
          preserve: {
            acls: true,
            sequenceCounters: true,
            maxCounterRaise: 1_000_000,
            dataVersions: false,
          },
          sourceWitness: 'Auto',
          dryRun: false,
          verify: true,
        },
        backoffLimit: 3,
        worker: {
          resources: {
            requests: { cpu: '100m', memory: '256Mi' },
            limits: { cpu: '2', memory: '512Mi' },
          },
          imagePullSecrets: [{ name: 'pull-secret' }],
        },
      },
      status: { observedGeneration: -1 },
    },
  });
});

test('the documented SynchronizationPlan parses, its template as a Synchronization does', () => {
  const [plan] = readSamples('synchronization-plan.yaml');
  const [synchronization] = readSamples('synchronization.yaml');
  const parsed = parseSynchronization(synchronization);
  expect(parseSynchronizationPlan(plan)).toMatchObject({
    ok: true,
    value: {
      spec: {
        schedule: '10 * * * *',
        suspend: false,
        concurrencyPolicy: 'Forbid',
        successfulSynchronizationsHistoryLimit: 3,
        failedSynchronizationsHistoryLimit: 1,
        onResume: 'RunLatest',
        template: { spec: parsed.ok ? parsed.value.spec : null },
      },
    },
  });
});

test('the sample Bucket parses, and names the Secret that stands before it', () => {
  const [secret, bucket] = readSamples('bucket.yaml');
  expect(secret).toMatchObject({ kind: 'Secret', metadata: { name: 'backups' } });
  expect(parseBucket(bucket)).toMatchObject({
    ok: true,
    value: { spec: { awsS3: { secretName: 'backups', forcePathStyle: false } } },
  });
});

test('the sample KubernetesCluster parses', () => {
  const [cluster] = readSamples('kubernetes-cluster.yaml');
  expect(parseKubernetesCluster(cluster)).toMatchObject({
    ok: true,
    value: { spec: { secretName: 'destination-cluster' } },
  });
});
