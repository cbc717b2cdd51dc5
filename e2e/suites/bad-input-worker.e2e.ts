import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../../testing/eventually.ts';
import { readClusterInfo } from '../cluster/index.ts';
import { findHostAddress, startRelay, type Relay } from '../support/host-servers.ts';
import {
  addressOf,
  installOperator,
  OPERATOR_NAMESPACE,
  type Installation,
} from '../support/installation.ts';
import { createKubectl } from '../support/kubectl.ts';
import { database, SMALL_WORKER, synchronization, type Manifest } from '../support/manifests.ts';
import { connectReferee, type Referee, type SeenTree } from '../support/referee.ts';
import { look, type SeenObject } from '../support/seen-namespace.ts';
import { readServerFeatures } from '../support/server-features.ts';
import { createUserNamespace, type UserNamespace } from '../support/user-namespace.ts';

jest.setTimeout(200_000);

/** Everything that this suite writes is below this, on both sides. */
const TOP = '/bad-input-worker';
const NO_SECRET = { authentication: 'None' };

/** So long a run that was killed keeps the next one waiting. */
const SHORT_SESSION = { ...NO_SECRET, sessionTimeoutSeconds: 10 };

/** A tree of 1.5 MiB goes in several batches; the line goes dead behind the first of them. */
const ZNODES = 1_000;
const ZNODE_DATA = 'x'.repeat(1_536);
const STOP_AFTER_BYTES = 800_000;

/** A label of the node, for a pod that shall not get one before the test has seen it wait. */
const NODE_LABEL = 'resiliency-operator-tests/image';
const NO_IMAGE = 'localhost:1/no-such-image:v1';

const { podFailurePolicy, countsDeletedPods } = await readServerFeatures(
  createKubectl(await readClusterInfo()),
);

/** Copies that are cut off in the middle; each has a line of its own to the destination. */
const HALFWAY = ['killed', 'evicted', 'namespace-deleted'] as const;
type Halfway = (typeof HALFWAY)[number];

describe('workers in trouble', () => {
  let installation: Installation;
  let user: UserNamespace;
  let doomed: UserNamespace;
  let source: Referee;
  let destination: Referee;
  let silent: Relay;
  let relays: Readonly<Record<Halfway, Relay>>;
  let node: string;
  /** UID of a pod. */
  let killedForGood: string;
  /** What stood at the destination when the worker was interrupted. */
  const halfway: Partial<Record<Halfway, SeenTree>> = {};

  beforeAll(async () => {
    installation = await installOperator();
    const { cluster } = installation;
    user = await createUserNamespace(installation, 'bad-input-worker');
    doomed = await createUserNamespace(installation, 'bad-input-doomed');
    source = await connectReferee(addressOf(cluster.source));
    destination = await connectReferee(addressOf(cluster.destination));
    node = await installation.kubectl.run(['get', 'nodes', '-o', 'jsonpath={..metadata.name}']);
    await plantTrees();
    const host = await findHostAddress(cluster.source);
    const target = cluster.destination;
    const newRelay = (stopAfterBytes: number) => startRelay({ host, target, stopAfterBytes });
    silent = await newRelay(0);
    relays = {
      killed: await newRelay(STOP_AFTER_BYTES),
      evicted: await newRelay(STOP_AFTER_BYTES),
      'namespace-deleted': await newRelay(STOP_AFTER_BYTES),
    };
    await doomed.apply(...databases(), copy('namespace-deleted'));
    await user.apply(
      ...databases(),
      copy('killed'),
      // Where Kubernetes can tell that it took the pod away itself, that is no failed attempt.
      copy('evicted', { backoffLimit: podFailurePolicy ? 0 : 3 }),
      copy('killed-for-good', { backoffLimit: 0 }, 'silent'),
      copy('job-deleted', {}, 'silent'),
      copy('out-of-memory', { backoffLimit: 0, worker: tinyWorker() }, 'destination'),
      copy('no-image', { worker: { ...SMALL_WORKER, nodeSelector: selector() } }, 'destination'),
    );
    await Promise.all([
      interrupt('killed', () => killPod('killed')),
      interrupt('evicted', () => evictPod('evicted')),
      relays['namespace-deleted'].stopped.then(() => deleteNamespace()),
      runningPod('killed-for-good').then(async () => {
        killedForGood = (await podOf('killed-for-good')).uid;
        await killPod('killed-for-good');
      }),
      runningPod('job-deleted').then(() => deleteJob('job-deleted')),
    ]);
  }, 420_000);

  afterAll(async () => {
    await installation.kubectl.run(['label', 'node', node, `${NODE_LABEL}-`]);
    await Promise.all([silent, ...Object.values(relays)].map((relay) => relay.close()));
    await user.remove();
    await doomed.remove();
    await Promise.all([source.removeTree(TOP), destination.removeTree(TOP)]);
    source.close();
    destination.close();
  }, 150_000);

  test.each(['killed', 'evicted'] as const)(
    'a worker that is %s halfway is followed by one that finishes the copy',
    async (name) => {
      expect(Object.keys(halfway[name] ?? {}).length).toBeGreaterThan(1);
      expect(Object.keys(halfway[name] ?? {}).length).toBeLessThan(ZNODES);

      const seen = await user.see((now) => {
        expect(now.condition(`Synchronization/${name}`, 'Succeeded')).toMatchObject({
          ...{ status: 'True', reason: 'Verified' },
        });
      });

      const { created, unchanged } = seen.object(`Synchronization/${name}`).status?.result ?? {};
      expect(Number(created)).toBeGreaterThan(0);
      expect(Number(unchanged)).toBeGreaterThan(1);
      expect(seen.ownedBy(`Synchronization/${name}`, 'Job')).toHaveLength(1);
      const root = `${TOP}/${name}`;
      expect(await destination.readTree(root)).toEqual(await source.readTree(root));
    },
  );

  if (countsDeletedPods) {
    test('a worker that is killed once too often is RetriesExhausted', async () => {
      await seeFailed(
        'killed-for-good',
        'RetriesExhausted',
        /pods is left to tell more|told to stop|crashed/,
      );
    });
  } else {
    test('a worker whose pod is deleted is followed by another, since nobody counts it', async () => {
      await user.see((now) => {
        const id = 'Synchronization/killed-for-good';
        expect(now.condition(id, 'Succeeded')).toMatchObject({ reason: 'Running' });
        const [pod, ...others] = now.ownedBy(jobOf(now.object(id)), 'Pod');
        expect(others).toEqual([]);
        expect(pod?.metadata.uid).not.toBe(killedForGood);
      });
    });
  }

  test('a Job that is deleted is WorkerLost, and never made again', async () => {
    await seeFailed(
      ...(['job-deleted', 'WorkerLost'] as const),
      /^The Job job-deleted-[0-9a-f]{8} disappeared before it reported a result\. It is not made ag/,
    );
    const seen = await look(installation.kubectl, user.name);

    expect(seen.ownedBy('Synchronization/job-deleted', 'Job')).toEqual([]);
  });

  test('a worker without enough memory says so, and which field to raise', async () => {
    await seeFailed(
      ...(['out-of-memory', 'RetriesExhausted'] as const),
      /needed more memory than its limit \(OOMKilled\): raise spec\.worker\.resources\.limits\.memory/,
    );

    const kept = await destination.readTree(`${TOP}/out-of-memory`);
    expect(Object.keys(kept)).toEqual([`${TOP}/out-of-memory`, `${TOP}/out-of-memory/kept`]);
  });

  test('a worker that no node takes, then without an image, starts once both are there', async () => {
    const id = 'Synchronization/no-image';
    await seeWaiting(id, 'WorkerPending', /^No node takes the pod no-image-/);

    const { name } = await podOf('no-image');
    const [container = '', image = ''] = (
      await user.kubectl(
        ...['get', 'pod', name, '-o'],
        'jsonpath={.spec.containers[0].name} {.spec.containers[0].image}',
      )
    ).split(' ');
    await user.kubectl('set', 'image', `pod/${name}`, `${container}=${NO_IMAGE}`);
    const { kubectl } = installation;
    await kubectl.run(['label', 'node', node, `${NODE_LABEL}=${user.name}`, '--overwrite']);
    await seeWaiting(
      id,
      'WorkerImagePullFailed',
      /^The worker's image cannot be pulled \((ErrImagePull|ImagePullBackOff)\): .*no-such-image/,
    );

    await user.kubectl('set', 'image', `pod/${name}`, `${container}=${image}`);
    await user.see((now) => {
      expect(now.condition(id, 'Succeeded')).toMatchObject({ reason: 'Verified' });
    });
  });

  test('a namespace that is deleted while a worker runs is gone soon', async () => {
    const root = `${TOP}/namespace-deleted`;
    // It has been waited for with a deadline; only then the line was repaired.
    const { exitCode } = await installation.kubectl.attempt(['get', 'namespace', doomed.name]);
    expect(exitCode).toBe(1);

    const left = await destination.readTree(root);
    expect(Object.keys(left).length).toBeLessThan(ZNODES);
    expect(await source.readTree(root)).toMatchObject(left);
    const log = await installation.kubectl.run([
      ...['-n', OPERATOR_NAMESPACE, 'logs', '--tail=-1'],
      'deployment/resiliency-operator-synchronization-controller',
    ]);
    const complaints = log
      .split('\n')
      .filter((line) => line.includes(doomed.name) && /"level":"(warn|error)"/.test(line));
    expect(complaints).toEqual([]);
  });

  function databases(): readonly Manifest[] {
    const { cluster } = installation;
    return [
      database('source', addressOf(cluster.source), NO_SECRET),
      database('destination', addressOf(cluster.destination), NO_SECRET),
      database('silent', silent.address, { ...NO_SECRET, sessionTimeoutSeconds: 300 }),
      ...HALFWAY.map((name) => database(name, relays[name].address, SHORT_SESSION)),
    ];
  }

  /** Copies to the Database of its own name, unless another is given. */
  function copy(
    name: string,
    spec: Readonly<Record<string, unknown>> = {},
    to: string = name,
  ): Manifest {
    const rootPath = `${TOP}/${name}`;
    return synchronization({ name, source: 'source', destination: to, rootPath, spec });
  }

  async function plantTrees(): Promise<void> {
    await Promise.all([source.removeTree(TOP), destination.removeTree(TOP)]);
    for (const name of HALFWAY) {
      await source.put(`${TOP}/${name}`);
      await Promise.all(
        Array.from({ length: ZNODES }, (_, index) =>
          source.put(`${TOP}/${name}/${index}`, ZNODE_DATA),
        ),
      );
    }
    for (const name of ['killed-for-good', 'job-deleted', 'out-of-memory', 'no-image']) {
      await source.put(`${TOP}/${name}/new`, 'of the source');
      await destination.put(`${TOP}/${name}/kept`, 'of the destination');
    }
  }

  /** Waits until nothing passes any more, ends the worker, and then repairs the line. */
  async function interrupt(name: Halfway, act: () => Promise<void>): Promise<void> {
    await relays[name].stopped;
    halfway[name] = await firstBatchOf(name);
    const { uid } = await podOf(name);
    await act();
    await user.see((now) => {
      const pods = now.ownedBy(jobOf(now.object(`Synchronization/${name}`)), 'Pod');
      const first = pods.find(({ metadata }) => metadata.uid === uid);
      expect(first?.status?.phase).not.toBe('Running');
    });
    // A pod that is deleted by force is gone before its worker is.
    await relays[name].abandoned;
    relays[name].open();
  }

  /** What has passed is on its way, and a busy server takes it in later. */
  function firstBatchOf(name: Halfway): Promise<SeenTree> {
    return eventually(
      async () => {
        const tree = await destination.readTree(`${TOP}/${name}`);
        return Object.keys(tree).length > 1 && tree;
      },
      { timeoutMs: 60_000, intervalMs: 50, description: `a first batch of ${name}` },
    );
  }

  async function deleteNamespace(): Promise<void> {
    await installation.kubectl.run(['delete', 'namespace', doomed.name, '--timeout=60s']);
    relays['namespace-deleted'].open();
  }

  async function killPod(synchronized: string): Promise<void> {
    const { name } = await podOf(synchronized);
    await user.kubectl('delete', 'pod', name, '--force', '--grace-period=0', '--wait=false');
  }

  async function evictPod(synchronized: string): Promise<void> {
    const { name } = await podOf(synchronized);
    const metadata = { name, namespace: user.name };
    await installation.kubectl.run(
      ['create', '--raw', `/api/v1/namespaces/${user.name}/pods/${name}/eviction`, '-f', '-'],
      JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata }),
    );
  }

  async function deleteJob(synchronized: string): Promise<void> {
    const seen = await look(installation.kubectl, user.name);
    const name = seen.object(`Synchronization/${synchronized}`).status?.jobName ?? '';
    await user.kubectl('delete', 'job', name, '--wait=false');
  }

  async function podOf(synchronized: string): Promise<SeenObject['metadata']> {
    const seen = await user.see((now) => {
      expect(now.ownedBy(jobOf(now.object(`Synchronization/${synchronized}`)), 'Pod')).toHaveLength(
        1,
      );
    });
    const [pod] = seen.ownedBy(jobOf(seen.object(`Synchronization/${synchronized}`)), 'Pod');
    return pod!.metadata;
  }

  async function runningPod(synchronized: string): Promise<void> {
    await user.see((now) => {
      const { reason } = now.condition(`Synchronization/${synchronized}`, 'Succeeded') ?? {};
      expect(reason).toBe('Running');
    });
  }

  async function seeWaiting(id: string, reason: string, message: RegExp): Promise<void> {
    const expected = { reason, message: expect.stringMatching(message) as unknown };
    const seen = await user.see((now) => {
      expect(now.condition(id, 'Succeeded')).toMatchObject({ status: 'Unknown', ...expected });
    });

    expect(seen.events(id)).toContainEqual(
      expect.stringMatching(new RegExp(`^Warning ${reason} .*${message.source.replace('^', '')}`)),
    );
  }

  async function seeFailed(name: string, reason: string, message: RegExp): Promise<void> {
    const id = `Synchronization/${name}`;
    const expected = { reason, message: expect.stringMatching(message) as unknown };
    const seen = await user.see((now) => {
      expect(now.condition(id, 'Succeeded')).toMatchObject({ status: 'False', ...expected });
    });

    expect(seen.condition(id, 'Stalled')).toMatchObject({ status: 'True', ...expected });
    expect(seen.events(id)).toContainEqual(expect.stringContaining(`Warning ${reason} `));
    expect(Object.keys(await destination.readTree(`${TOP}/${name}`))).not.toContain(
      `${TOP}/${name}/new`,
    );
  }

  function selector(): Readonly<Record<string, string>> {
    return { [NODE_LABEL]: user.name };
  }
});

function jobOf({ status }: SeenObject): string {
  return `Job/${status?.jobName ?? ''}`;
}

/** Enough to start a container, and too little for what runs in it. */
function tinyWorker(): unknown {
  const memory = '12Mi';
  return { resources: { requests: { cpu: '10m', memory }, limits: { cpu: '2', memory } } };
}
