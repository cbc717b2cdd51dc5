import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../../testing/eventually.ts';
import { readClusterInfo, type ClusterInfo } from '../cluster/index.ts';
import {
  NEW_LICENSE,
  openDocumentedShell,
  type DocumentedShell,
} from '../support/documented-shell.ts';
import { addressOf, OPERATOR_DEPLOYMENTS, OPERATOR_NAMESPACE } from '../support/installation.ts';
import { createKubectl, type Kubectl } from '../support/kubectl.ts';
import { findLeftovers } from '../support/leftovers.ts';
import { connectReferee } from '../support/referee.ts';
import { createUserNamespace, type UserNamespace } from '../support/user-namespace.ts';

// A real cluster on a busy machine takes its time; whatever is waited for has a deadline of its own.
jest.setTimeout(150_000);

const USER_NAMESPACE = 'procedures';

/** On the ZooKeepers' network, but nobody's: a worker that goes there tries until it is stopped. */
const NOBODY = '172.18.0.254:30181';

const RELEASE = 'https://astronetes.io/deploy/resiliency-operator/v1.0.0';

/** The commands of the product documentation, word for word. */
const INSTALL_ON_OPENSHIFT = [
  'oc create namespace resiliency-operator',
  'oc -n resiliency-operator create -f pull-secret.yaml',
  'oc -n resiliency-operator create -f license-key.yaml',
  `oc apply -f ${RELEASE}/crds.yaml`,
  `oc -n resiliency-operator apply -f ${RELEASE}/operator-openshift.yaml`,
];

const UPDATE_LICENSE = [
  'kubectl -n resiliency-operator apply -f new-license-key.yaml',
  'kubectl -n resiliency-operator rollout restart deployment resiliency-operator-database-controller',
  'kubectl -n resiliency-operator rollout restart deployment resiliency-operator-synchronization-controller',
  'kubectl -n resiliency-operator rollout restart deployment resiliency-operator-synchronizationplan-controller',
];

const UNINSTALL = {
  synchronizations:
    'oc delete synchronizationplans.automation.astronetes.io,synchronizations.automation.astronetes.io -A --all',
  assets: 'oc delete databases.assets.astronetes.io -A --all',
  operator: `oc -n resiliency-operator delete -f ${RELEASE}/operator-openshift.yaml`,
  crds: `oc delete -f ${RELEASE}/crds.yaml`,
  pullSecret: 'oc -n resiliency-operator delete -f pull-secret.yaml',
  licenseKey: 'oc -n resiliency-operator delete -f license-key.yaml',
  // Of docs/operations/failures.md: the garbage collector of Kubernetes may miss kinds that are deleted while
  // it looks for new ones.
  jobs: 'oc delete jobs -A -l app.kubernetes.io/managed-by=resiliency-operator',
} as const;

type UninstallStep = keyof typeof UNINSTALL;

interface Order {
  readonly name: string;
  readonly installed: 'Kubernetes' | 'OpenShift';
  readonly steps: readonly UninstallStep[];
}

const DOCUMENTED_ORDER = 'in the documented order';

const ORDERS: readonly Order[] = [
  {
    name: DOCUMENTED_ORDER,
    installed: 'OpenShift',
    steps: ['synchronizations', 'assets', 'operator', 'crds', 'pullSecret', 'licenseKey'],
  },
  {
    name: 'with the operator deleted first',
    installed: 'Kubernetes',
    steps: ['operator', 'synchronizations', 'assets', 'crds', 'pullSecret', 'licenseKey'],
  },
  {
    name: 'with the kinds deleted under their objects and the operator',
    installed: 'OpenShift',
    steps: ['crds', 'operator', 'licenseKey', 'pullSecret', 'jobs'],
  },
];

/** The documentation has Kubernetes use kubectl and its own manifest. */
function wordsFor(platform: Order['installed'], commandLine: string): string {
  if (platform === 'OpenShift') return commandLine;
  return commandLine
    .replace(/^oc /, 'kubectl ')
    .replace('operator-openshift.yaml', 'operator.yaml');
}

describe('the documented procedures', () => {
  let cluster: ClusterInfo;
  let kubectl: Kubectl;
  let shell: DocumentedShell;
  let user: UserNamespace;

  beforeAll(async () => {
    cluster = await readClusterInfo();
    kubectl = createKubectl(cluster);
    shell = await openDocumentedShell(cluster);
    await makeBare(kubectl);
    const source = await connectReferee(addressOf(cluster.source));
    await source.removeTree('/test');
    await source.put('/test/a/b', 'c');
    source.close();
  }, 300_000);

  afterAll(async () => {
    await shell.remove();
    await makeBare(kubectl);
  }, 300_000);

  describe.each(ORDERS)('uninstalled $name', ({ name, installed, steps }) => {
    beforeAll(async () => {
      for (const line of INSTALL_ON_OPENSHIFT) await shell.run(wordsFor(installed, line));
      user = await createUserNamespace({ cluster, kubectl }, USER_NAMESPACE);
      await waitForOperator(kubectl);
    }, 200_000);

    afterAll(async () => {
      await kubectl.run(['delete', 'namespace', USER_NAMESPACE, OPERATOR_NAMESPACE]);
    }, 120_000);

    test('the installed operator carries out the documented samples', async () => {
      await user.applyDatabases();
      const finished = await user.waitSucceeded(await user.createSynchronization());

      expect(finished.status?.result).toMatchObject({ outcome: 'Success', verified: true });
    }, 200_000);

    if (name === DOCUMENTED_ORDER) {
      test('a new license key comes into force by restarts, and work goes on', async () => {
        const before = await operatorPods(kubectl);
        for (const line of UPDATE_LICENSE) await shell.run(line);
        await waitForOperator(kubectl);
        const after = await eventually(
          async () => {
            const pods = await operatorPods(kubectl);
            return pods.length === OPERATOR_DEPLOYMENTS.length && pods;
          },
          { timeoutMs: 120_000, intervalMs: 500, description: 'one pod a Deployment' },
        );

        expect(before.filter((uid) => after.includes(uid))).toEqual([]);
        expect(await licenseKey(kubectl)).toBe(NEW_LICENSE);
        const finished = await user.waitSucceeded(await user.createSynchronization());
        expect(finished.status?.result).toMatchObject({ outcome: 'Success' });
      }, 300_000);
    }

    test('no command hangs, whatever is running, and nothing of ours is left', async () => {
      await leaveWorkGoingOn(user, kubectl);
      await garbageCollectorKnowsTheKinds(user);
      for (const step of steps) await shell.run(wordsFor(installed, UNINSTALL[step]));

      await eventually(
        async () => {
          expect(await findLeftovers(kubectl, USER_NAMESPACE)).toEqual([]);
          return true;
        },
        {
          timeoutMs: 300_000,
          intervalMs: 1_000,
          description: 'a cluster without anything of ours',
        },
      );
      const secrets = await user.kubectl('get', 'secrets', '-o', 'name');
      expect(secrets).toContain('secret/zookeeper-source');
    }, 600_000);
  });
});

/** What may be going on when somebody uninstalls: a plan, a running Job, one that waits. */
async function leaveWorkGoingOn(user: UserNamespace, kubectl: Kubectl): Promise<void> {
  await user.kubectl('apply', '-f', 'manifests/samples/synchronization-plan.yaml');
  await user.createSynchronizationOf({ sourceName: 'not-there-yet' });
  await kubectl.run(['-n', user.name, 'apply', '-f', '-'], databaseNobodyServes());
  const stuck = await user.createSynchronizationOf({ destinationName: 'nobody' });
  await eventually(
    async () => {
      const { status } = await user.get(stuck);
      const pods = await user.kubectl(
        ...['get', 'pods', '-l', `job-name=${status?.jobName ?? '-'}`],
        ...['-o', 'jsonpath={.items[*].status.phase}'],
      );
      return pods === 'Running';
    },
    { timeoutMs: 60_000, intervalMs: 250, description: 'a worker that runs' },
  );
}

/**
 * The garbage collector of Kubernetes looks for new kinds every 30 s. What is owned by an object of a
 * kind that came and went in between is never collected, by whatever operator (docs/operations/failures.md).
 * A cluster on which something was installed for a while is past that.
 */
async function garbageCollectorKnowsTheKinds(user: UserNamespace): Promise<void> {
  const owner = await user.createSynchronizationOf({ sourceName: 'not-there-yet' });
  const { metadata } = await user.get(owner);
  const apiVersion = 'automation.astronetes.io/v1alpha1';
  const ownerReferences = [
    { apiVersion, kind: 'Synchronization', name: metadata.name, uid: metadata.uid },
  ];
  await user.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'owned', ownerReferences },
  });
  await user.kubectl('delete', 'synchronization', owner);
  await eventually(
    async () =>
      (await user.kubectl('get', 'configmap', 'owned', '--ignore-not-found', '-o', 'name')) === '',
    { timeoutMs: 180_000, intervalMs: 500, description: 'the garbage collector at work' },
  );
}

function databaseNobodyServes(): string {
  const metadata = { name: 'nobody' };
  const spec = { zookeeper: { client: { servers: [NOBODY] } } };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { user: 'u', password: 'p' } },
      { apiVersion: 'assets.astronetes.io/v1alpha1', kind: 'Database', metadata, spec },
    ],
  });
}

async function waitForOperator(kubectl: Kubectl): Promise<void> {
  for (const deployment of OPERATOR_DEPLOYMENTS) {
    await kubectl.run([
      ...['-n', OPERATOR_NAMESPACE, 'rollout', 'status', `deployment/${deployment}`],
      '--timeout=150s',
    ]);
  }
}

async function operatorPods(kubectl: Kubectl): Promise<string[]> {
  const listed = await kubectl.run([
    ...['-n', OPERATOR_NAMESPACE, 'get', 'pods'],
    ...['-o', 'jsonpath={.items[*].metadata.uid}'],
  ]);
  return listed.split(' ').filter((uid) => uid !== '');
}

async function licenseKey(kubectl: Kubectl): Promise<string> {
  const encoded = await kubectl.run([
    ...['-n', OPERATOR_NAMESPACE, 'get', 'secret', 'license-key'],
    ...['-o', 'jsonpath={.data.license}'],
  ]);
  return Buffer.from(encoded, 'base64').toString();
}

/** A cluster on which the operator was never installed, whatever another suite has left. */
async function makeBare(kubectl: Kubectl): Promise<void> {
  const gone = ['--ignore-not-found', '--timeout=120s'];
  await kubectl.run(['delete', 'namespace', USER_NAMESPACE, ...gone]);
  await kubectl.run([
    ...['-n', OPERATOR_NAMESPACE, 'delete', '-f', 'manifests/operator.yaml', ...gone],
  ]);
  await kubectl.run(['delete', '-f', 'manifests/crds.yaml', ...gone]);
  await kubectl.run(['delete', 'namespace', OPERATOR_NAMESPACE, ...gone]);
}
