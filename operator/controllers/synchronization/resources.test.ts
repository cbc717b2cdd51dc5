import { describe, expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { EXIT_CODES, finalExitCodes } from '../../../api/worker-contract.ts';
import { synchronizeOptions } from '../../../api/options/options-file.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { DATABASE } from '../../../api/v1alpha1/database.ts';
import { SYNCHRONIZATION } from '../../../api/v1alpha1/synchronization.ts';
import { parseResource } from '../parse-resource.ts';
import { workerArguments } from '../../plugins/zookeeper-to-zookeeper-nodes.ts';
import { workerJob, type WorkerJobInput } from './resources.ts';
import { databaseObject, JOB_NAME, SPEC, synchronizationObject, UID } from './testing/builders.ts';

interface Json {
  readonly [field: string]: Json;
}

interface Input {
  readonly object?: KubeObject;
  readonly spec?: unknown;
  readonly minor?: number;
  readonly sourceClient?: object;
}

function input({ spec, minor = 34, sourceClient, object }: Input = {}): WorkerJobInput {
  const owner = object ?? synchronizationObject({ spec: spec ?? SPEC });
  const parsed = parseResource(SYNCHRONIZATION, owner).spec;
  if (!parsed.ok) throw new Error(parsed.problems.map((each) => each.message).join());
  return {
    owner,
    spec: parsed.value,
    source: client('zookeeper-source', sourceClient),
    destination: client('zookeeper-destination'),
    workerImage: 'registry.example/worker:v1',
    serverVersion: { major: 1, minor },
  };
}

function client(name: string, changes: object = {}) {
  const spec = { zookeeper: { client: { servers: [`${name}:2181`], ...changes } } };
  const parsed = parseResource(DATABASE, databaseObject(name, { spec })).spec;
  const found = parsed.ok ? parsed.value.zookeeper?.client : undefined;
  if (found === undefined) throw new Error('the Database is not valid');
  return found;
}

/** The Job as it goes over the wire. */
function job(changes: Input = {}): Json {
  return JSON.parse(JSON.stringify(workerJob(input(changes)))) as Json;
}

function podOf(changes: Input = {}): Json {
  return job(changes)['spec']!['template']!['spec']!;
}

describe('the Job of a worker', () => {
  test('is named after its Synchronization, belongs to it and begins suspended', () => {
    expect(job()).toMatchObject({
      metadata: {
        name: JOB_NAME,
        namespace: 'shop',
        labels: {
          'automation.astronetes.io/synchronization': 'copy-1',
          'automation.astronetes.io/synchronization-uid': UID,
        },
        annotations: {
          'automation.astronetes.io/spec-hash': expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
          'automation.astronetes.io/held': 'true',
        },
        ownerReferences: [{ uid: UID, controller: true, blockOwnerDeletion: false }],
      },
      spec: { suspend: true, completions: 1, parallelism: 1, backoffLimit: 3 },
    });
  });

  test('and its pod bear the recommended labels', () => {
    const labels = {
      'app.kubernetes.io/name': 'resiliency-worker',
      'app.kubernetes.io/instance': 'copy-1',
      'app.kubernetes.io/component': 'worker',
      'app.kubernetes.io/part-of': 'resiliency-operator',
      'app.kubernetes.io/managed-by': 'resiliency-operator',
    };
    expect(job()['metadata']!['labels']).toMatchObject(labels);
    expect(job()['spec']!['template']!['metadata']!['labels']).toMatchObject(labels);
  });

  test('runs the worker of this release, with time to tell of its end', () => {
    const pod = podOf();
    expect(pod).toMatchObject({
      terminationGracePeriodSeconds: 30,
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          ...{ name: 'worker', image: 'registry.example/worker:v1' },
          imagePullPolicy: 'IfNotPresent',
          securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
        },
      ],
    });
  });

  test('stays until its result has been read: it has no TTL', () => {
    expect(job()['spec']).not.toHaveProperty('ttlSecondsAfterFinished');
  });

  test('passes the restricted Pod Security level without naming a user', () => {
    const pod = podOf();

    expect(pod).toMatchObject({
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(pod['containers']).toMatchObject([
      {
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
        },
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ]);
    expect(JSON.stringify(pod)).not.toMatch(/runAsUser|runAsGroup|fsGroup/);
  });

  test('gets the Secrets as files, only the keys it uses, and no secret in its arguments', () => {
    const pod = podOf();
    const items = [
      { key: 'user', path: 'user' },
      { key: 'password', path: 'password' },
    ];

    expect(pod['volumes']).toMatchObject([
      { name: 'tmp', emptyDir: {} },
      { name: 'options' },
      {
        name: 'source-credentials',
        projected: {
          defaultMode: 0o444,
          sources: [{ secret: { name: 'zookeeper-source', items } }],
        },
      },
      {
        name: 'destination-credentials',
        projected: { sources: [{ secret: { name: 'zookeeper-destination', items } }] },
      },
    ]);
    expect(pod['containers']).toMatchObject([
      {
        volumeMounts: [
          { name: 'tmp', mountPath: '/tmp' },
          { name: 'options' },
          { mountPath: '/var/run/secrets/resiliency/source', readOnly: true },
          { mountPath: '/var/run/secrets/resiliency/destination', readOnly: true },
        ],
      },
    ]);
  });

  test('gets certificates as far as there are any, and with TLS alone nothing else', () => {
    const tls = { enabled: true };
    const changes = { sourceClient: { tls, authentication: 'None' } };
    const certificates = ['ca.crt', 'tls.crt', 'tls.key'].map((key) => ({ key, path: key }));
    const optional = { name: 'zookeeper-source', items: certificates, optional: true };

    expect(podOf(changes)['volumes']).toMatchObject([
      { name: 'tmp' },
      { name: 'options' },
      { projected: { sources: [{ secret: optional }] } },
      { name: 'destination-credentials' },
    ]);
    expect(podOf({ sourceClient: { tls } })['volumes']).toMatchObject([
      { name: 'tmp' },
      { name: 'options' },
      { projected: { sources: [{ secret: { name: 'zookeeper-source' } }, { secret: optional }] } },
      { name: 'destination-credentials' },
    ]);
  });

  test('mounts no Secret for a side without authentication', () => {
    const changes = { sourceClient: { authentication: 'None' } };

    expect(JSON.stringify(job(changes))).not.toContain('source-credentials');
    expect(workerArguments(input(changes))).not.toHaveProperty('sourceCredentialsDir');
    expect(workerArguments(input(changes))).toHaveProperty('destinationCredentialsDir');
  });

  test('mounts nothing of a destination without authentication either', () => {
    const none = client('zookeeper-destination', { authentication: 'None' });
    const made = workerArguments({ ...input(), destination: none });
    expect(made).not.toHaveProperty('destinationCredentialsDir');
    expect(made).toHaveProperty('sourceCredentialsDir');
  });

  test('mounts each Secret under the name of its volume', () => {
    const [container] = podOf()['containers'] as unknown as { volumeMounts: { name: string }[] }[];
    expect(container?.volumeMounts.map(({ name }) => name)).toEqual([
      ...['tmp', 'options', 'source-credentials', 'destination-credentials'],
    ]);
  });

  test.each([
    { tls: { enabled: true, serverName: 'zk.example' }, name: 'zk.example' },
    { tls: { enabled: true }, name: undefined },
    { tls: { enabled: false, serverName: 'zk.example' }, name: undefined },
  ])(
    'expects a name in certificates where there are some and one is given: $tls',
    ({ tls, name }) => {
      const made = workerArguments(input({ sourceClient: { tls } }));
      expect(made.sourceTlsServerName).toBe(name);
      expect('sourceTlsServerName' in made).toBe(name !== undefined);
    },
  );

  test('is told no limit and no deadline that nobody gave', () => {
    const made = workerArguments(input());
    expect('deadlineSeconds' in made).toBe(false);
    const given = { ...SPEC, activeDeadlineSeconds: 60 };
    expect(workerArguments(input({ spec: given })).deadlineSeconds).toBe(60);
  });

  test('fails for good by the exit codes of its own container', () => {
    const { rules } = job()['spec']!['podFailurePolicy'] as unknown as { rules: unknown[] };
    expect(rules[1]).toMatchObject({
      action: 'FailJob',
      onExitCodes: { containerName: 'worker', operator: 'In' },
    });
  });

  test.each([
    { minor: 24, failurePolicy: false, replacementPolicy: false },
    { minor: 25, failurePolicy: false, replacementPolicy: false },
    { minor: 26, failurePolicy: true, replacementPolicy: false },
    { minor: 28, failurePolicy: true, replacementPolicy: false },
    { minor: 29, failurePolicy: true, replacementPolicy: true },
    { minor: 34, failurePolicy: true, replacementPolicy: true },
  ])('holds only what Kubernetes 1.$minor knows', ({ minor, failurePolicy, replacementPolicy }) => {
    const spec = job({ minor })['spec']!;

    expect('podFailurePolicy' in spec).toBe(failurePolicy);
    expect('podReplacementPolicy' in spec).toBe(replacementPolicy);
  });

  test('is ended by final exit codes, and not by disruptions', () => {
    const { rules } = job()['spec']!['podFailurePolicy'] as unknown as {
      rules: { onExitCodes?: { values: number[] } }[];
    };

    expect(rules[0]).toEqual({
      action: 'Ignore',
      onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }],
    });
    const values = rules[1]?.onExitCodes?.values ?? [];
    // The API server refuses values that are not in order.
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(new Set(values)).toEqual(
      new Set([...finalExitCodes(), EXIT_CODES.DeadlineExceeded.code]),
    );
  });

  test('has a deadline after that of the worker, so that the worker can still report', () => {
    const spec = { ...SPEC, activeDeadlineSeconds: 10 };

    expect(job({ spec })['spec']).toMatchObject({ activeDeadlineSeconds: 40 });
    expect(workerArguments(input({ spec })).deadlineSeconds).toBe(10);
    expect(job()['spec']).not.toHaveProperty('activeDeadlineSeconds');
  });

  test('is placed as spec.worker says, and cannot lose its labels by it', () => {
    const spec = {
      ...SPEC,
      worker: {
        resources: { limits: { memory: '1Gi' } },
        nodeSelector: { disk: 'fast' },
        tolerations: [{ key: 'dedicated', operator: 'Exists' }],
        affinity: { podAntiAffinity: {} },
        priorityClassName: 'high',
        runtimeClassName: 'gvisor',
        serviceAccountName: 'copier',
        imagePullSecrets: [{ name: 'mine' }],
        dnsConfig: { nameservers: ['10.0.0.10'] },
        hostAliases: [{ ip: '10.0.0.1', hostnames: ['zk'] }],
        labels: { team: 'x', 'automation.astronetes.io/synchronization-uid': 'forged' },
        annotations: { 'sidecar.istio.io/inject': 'false' },
      },
    };
    const { resources, labels, annotations, ...placement } = spec.worker;

    expect(podOf({ spec })).toMatchObject(placement);
    expect(podOf({ spec })).not.toHaveProperty('resources');
    expect(podOf({ spec })['containers']).toMatchObject([{ resources }]);
    expect(job({ spec })['spec']!['template']!['metadata']).toMatchObject({
      labels: { team: labels.team, 'automation.astronetes.io/synchronization-uid': UID },
      annotations: { ...annotations, 'automation.astronetes.io/synchronization-name': 'copy-1' },
    });
  });

  test('stays out of service meshes, unless spec.worker says otherwise', () => {
    const inject = 'sidecar.istio.io/inject';
    const metadata = (worker: object) =>
      job({ spec: { ...SPEC, worker } })['spec']!['template']!['metadata'];

    expect(metadata({})).toMatchObject({
      labels: { [inject]: 'false' },
      annotations: { [inject]: 'false', 'linkerd.io/inject': 'disabled' },
    });
    expect(metadata({ labels: { [inject]: 'true' } })).toMatchObject({
      labels: { [inject]: 'true' },
      annotations: expect.not.objectContaining({ [inject]: expect.anything() }) as unknown,
    });
  });

  test('has requests, limits and the documented pull secret by default', () => {
    expect(podOf()['imagePullSecrets']).toEqual([{ name: 'pull-secret' }]);
    expect(podOf()['containers']).toMatchObject([
      {
        resources: {
          requests: { memory: expect.anything() },
          limits: { memory: expect.anything() },
        },
      },
    ]);
  });
});

describe('what a worker is told to do', () => {
  const config = {
    ...SPEC.config,
    rootPath: '/a/dol$$x/$(KUBERNETES_SERVICE_PORT)',
    exclude: { paths: ['/a/$$/**', '/$(HOME)'] },
    nodeTypes: [{ glob: '/a/$(X)=$$', type: 'Container' }],
  };
  const sourceClient = {
    servers: ['a:1', 'b:2/$$/$(HOME)'],
    tls: { enabled: true, serverName: 'zk$$.$(HOME)' },
  };
  const changes = {
    spec: { ...SPEC, config, worker: { annotations: { mine: '$$', [ANNOTATIONS.held]: 'x' } } },
    sourceClient,
  };

  test('is an annotation of its pod, and a file made of that', () => {
    const { json, commandLine } = synchronizeOptions(workerArguments(input(changes)));

    expect(job(changes)['spec']!['template']!['metadata']!['annotations']).toMatchObject({
      mine: '$$',
      [ANNOTATIONS.held]: 'x',
      [ANNOTATIONS.synchronizationName]: 'copy-1',
      [ANNOTATIONS.workerOptions]: json,
    });
    expect(podOf(changes)).toMatchObject({
      containers: [
        {
          args: commandLine,
          volumeMounts: [
            { name: 'tmp' },
            { name: 'options', mountPath: '/var/run/resiliency', readOnly: true },
            ...[expect.anything(), expect.anything()],
          ],
        },
      ],
    });
    expect((podOf(changes)['volumes'] as unknown as readonly Json[])[1]).toEqual({
      name: 'options',
      downwardAPI: {
        defaultMode: 0o444,
        items: [
          {
            path: 'options.json',
            fieldRef: {
              fieldPath: "metadata.annotations['automation.astronetes.io/worker-options']",
            },
          },
        ],
      },
    });
  });

  test('stands nowhere where the kubelet would rewrite it', () => {
    // It expands command, args, the values of env, and subPathExpr; nothing else of a pod.
    const [container] = podOf(changes)['containers'] as unknown as readonly Json[];

    expect(JSON.stringify(container)).not.toContain('$');
    expect(Object.keys(container ?? {})).not.toEqual(expect.arrayContaining(['command']));
    expect(Object.keys(container ?? {})).not.toEqual(expect.arrayContaining(['env']));
    expect(podOf(changes)).not.toHaveProperty('initContainers');
  });
});

describe('the arguments of a worker', () => {
  test('say what the spec and the Databases say', () => {
    const config = {
      ...SPEC.config,
      createRoutePath: false,
      exclude: { paths: ['/test/locks/**', '/test/a,b'], presets: ['Kafka', 'Solr'] },
      nodeTypes: [
        { glob: '/test/locks/*', type: 'Container' },
        { glob: '/test/cache=,/**', type: 'TTL', ttlMs: 60_000 },
      ],
      deletion: { policy: 'Keep', maxPercent: 7, minCount: 3, allowEmptySource: true },
      destinationDrift: 'Overwrite',
      maxBufferBytes: 2_097_152,
      limits: { readsPerSecond: 0, bytesPerSecond: 1_024 },
      dryRun: true,
      verify: false,
    };
    const sourceClient = {
      servers: ['a:1', '[::1]:2/app'],
      sessionTimeoutSeconds: 12,
      juteMaxBufferBytes: 8_388_608,
      authentication: 'Sasl',
      tls: { enabled: true, serverName: 'zk.example' },
    };

    expect(workerArguments(input({ spec: { ...SPEC, config }, sourceClient }))).toEqual({
      sourceServers: ['a:1', '[::1]:2/app'],
      destinationServers: ['zookeeper-destination:2181'],
      preserveAcls: true,
      preserveSequenceCounters: true,
      maxCounterRaise: 1_000_000,
      preserveDataVersions: false,
      sourceWitness: 'Auto',
      rootPath: '/test',
      sourceCredentialsDir: '/var/run/secrets/resiliency/source',
      destinationCredentialsDir: '/var/run/secrets/resiliency/destination',
      sourceAuthentication: 'Sasl',
      destinationAuthentication: 'Auto',
      sourceTls: true,
      destinationTls: false,
      sourceTlsServerName: 'zk.example',
      sourceSessionTimeoutSeconds: 12,
      sourceJuteMaxBufferBytes: 8_388_608,
      destinationSessionTimeoutSeconds: 30,
      writerId: `synchronization/shop/copy-1/${UID}`,
      createRootPath: false,
      deletionPolicy: 'Keep',
      deletionMaxPercent: 7,
      deletionMinCount: 3,
      allowEmptySource: true,
      destinationDrift: 'Overwrite',
      excludePaths: ['/test/locks/**', '/test/a,b'],
      excludePresets: ['Kafka', 'Solr'],
      nodeTypes: ['/test/locks/*=Container', '/test/cache=,/**=TTL:60000'],
      maxBufferBytes: 2_097_152,
      readsPerSecond: 0,
      bytesPerSecond: 1_024,
      dryRun: true,
      verify: false,
    });
  });

  test('name one writer for all runs of a plan, however long its name', () => {
    const name = 'p'.repeat(253);
    const object = synchronizationObject({
      metadata: {
        ownerReferences: [
          {
            apiVersion: 'x/v1',
            kind: 'SynchronizationPlan',
            name,
            uid: 'plan-uid',
            controller: true,
          },
        ],
      },
    });
    const { writerId = '' } = workerArguments(input({ object }));

    expect(writerId).toMatch(/^synchronizationplan\/shop\/p+-[0-9a-f]{8}\/plan-uid$/);
    expect(writerId.length).toBeLessThan(254);
  });
});
