import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ANNOTATIONS, LABELS } from '../../api/labels.ts';
import { runNowName } from '../../api/names.ts';
import { startPodWebhook, type AdmittedPod, type PatchStep } from '../support/admission-webhook.ts';
import { findHostAddress, startRelay, type Relay } from '../support/host-servers.ts';
import {
  addressOf,
  createNamespace,
  installOperator,
  type Installation,
} from '../support/installation.ts';
import { database, plan, synchronization, type Manifest } from '../support/manifests.ts';
import { connectReferee, type Referee } from '../support/referee.ts';
import { look, type SeenObject } from '../support/seen-namespace.ts';
import { createUserNamespace, type UserNamespace } from '../support/user-namespace.ts';

// A real cluster on a busy machine takes its time; whatever is waited for has a deadline of its own.
jest.setTimeout(200_000);

/** Everything that this suite writes is below this, on both sides. */
const TOP = '/other-hands';
const NO_SECRET = { authentication: 'None' };
const SIDECAR = 'mesh-proxy';
const FINALIZER = 'other-hands.example/keep';
const PLAN = 'by-hand';
const PLAN_ID = `SynchronizationPlan/${PLAN}`;

/** No time of it comes while the test runs. */
const YEARLY = '0 0 1 1 *';

/** Namespaces in which nothing may start, to install the manifests in. */
const INSTALLATIONS = [
  { name: 'other-hands-client-first', flags: [[], ['--server-side']] },
  { name: 'other-hands-server-first', flags: [['--server-side'], []] },
] as const;

describe('what others do to our objects', () => {
  let installation: Installation;
  let user: UserNamespace;
  let limited: UserNamespace;
  let source: Referee;
  let destination: Referee;
  let slow: Relay;
  let webhook: AsyncDisposable;

  beforeAll(async () => {
    installation = await installOperator();
    const { cluster, kubectl } = installation;
    user = await createUserNamespace(installation, 'other-hands');
    limited = await createUserNamespace(installation, 'other-hands-limits');
    source = await connectReferee(addressOf(cluster.source));
    destination = await connectReferee(addressOf(cluster.destination));
    await Promise.all([source.removeTree(TOP), destination.removeTree(TOP)]);
    for (const run of ['sidecar', 'plan']) await source.put(`${TOP}/${run}/a`, 'of the source');
    const host = await findHostAddress(cluster.source);
    slow = await startRelay({ host, target: cluster.source, stopAfterBytes: 0 });
    webhook = await startPodWebhook(kubectl, {
      name: 'resiliency-operator-tests-other-hands',
      namespace: user.name,
      host,
      change: addSidecar,
    });
    await limited.apply(...databases(), limitRange());
    await user.apply(...databases());
    // All at once: what they do is waited for at the same time.
    await limited.apply(copy('refused'));
    await user.apply(copy('sidecar'), copy('failing'), planByHand());
  }, 420_000);

  afterAll(async () => {
    await webhook[Symbol.asyncDispose]();
    await slow.close();
    await Promise.all([source.removeTree(TOP), destination.removeTree(TOP)]);
    source.close();
    destination.close();
    await user.remove();
    await limited.remove();
  }, 150_000);

  test('kubectl wait for Finished returns for a run that fails', async () => {
    const id = 'synchronization/failing';
    await user.kubectl('wait', '--for=condition=Finished', '--timeout=120s', id);

    const seen = await look(installation.kubectl, user.name);
    expect(seen.condition('Synchronization/failing', 'Succeeded')).toMatchObject({
      ...{ status: 'False', reason: 'GuardRefused' },
    });
  });

  describe('a run of a plan that is deleted while somebody’s finalizer keeps it', () => {
    const child = runNowName(PLAN, 'first');
    const id = `Synchronization/${child}`;

    test('is followed to its end, and then the plan goes on', async () => {
      await askToRun('first');
      await user.see((now) => {
        expect(now.condition(id, 'Succeeded')).toMatchObject({ reason: 'Running' });
      });
      await user.kubectl(
        ...['patch', 'synchronization', child, '--type=merge'],
        `--patch=${JSON.stringify({ metadata: { finalizers: [FINALIZER] } })}`,
      );
      await user.kubectl('delete', 'synchronization', child, '--wait=false');
      slow.open();

      const seen = await user.see((now) => {
        expect(now.condition(id, 'Succeeded')).toMatchObject({ reason: 'Verified' });
        expect(now.object(PLAN_ID).status?.['active']).toBeUndefined();
      });
      const events = seen.events(PLAN_ID);
      expect(events).toContain(
        `Normal SawCompletedJob Synchronization ${child} succeeded (Verified).`,
      );
      expect(events.filter((event) => event.includes('MissingJob'))).toEqual([]);
      expect(seen.object(PLAN_ID).status).toMatchObject({
        lastSnapshotTime: expect.anything() as unknown,
      });
    });

    test('goes once that is removed', async () => {
      const patch = JSON.stringify({ metadata: { finalizers: null } });
      await user.kubectl('patch', 'synchronization', child, '--type=merge', `--patch=${patch}`);

      await user.kubectl('wait', '--for=delete', `synchronization/${child}`, '--timeout=60s');
    });
  });

  test('a plan that is restored without its status repeats no run by hand, and takes the next', async () => {
    await user.kubectl('patch', PLAN_ID, '--type=merge', '--patch={"spec":{"suspend":true}}');
    const backup = await user.see((now) => {
      const { uid } = now.object(PLAN_ID).metadata;
      expect(annotationsOf(now.object(PLAN_ID))).toMatchObject({
        [ANNOTATIONS.runNow]: 'first',
        [ANNOTATIONS.runNowUid]: uid,
      });
    });
    const lost = backup.object(PLAN_ID);
    await user.kubectl('delete', PLAN_ID, '--timeout=60s');
    const { apiVersion, kind, spec } = lost as unknown as Manifest & { readonly spec: unknown };
    const metadata = { name: PLAN, annotations: annotationsOf(lost) };
    await user.apply({ apiVersion, kind, metadata, spec });

    const seen = await user.see((now) => {
      const restored = now.object(PLAN_ID);
      expect(restored.metadata.uid).not.toBe(lost.metadata.uid);
      expect(annotationsOf(restored)[ANNOTATIONS.runNowUid]).toBe(restored.metadata.uid);
    });
    expect(seen.ownedBy(PLAN_ID, 'Synchronization')).toEqual([]);
    expect(seen.events(PLAN_ID)).toContainEqual(
      expect.stringMatching(`^Warning RunNowIgnored .*UID ${lost.metadata.uid}`),
    );
    await askToRun('second');
    await user.see((now) => {
      expect(now.ownedBy(PLAN_ID, 'Synchronization')).toMatchObject([
        { metadata: { name: runNowName(PLAN, 'second') } },
      ]);
    });
  });

  test('a pod that a LimitRange refuses is WorkerPending with that reason, in one event', async () => {
    const id = 'Synchronization/refused';
    const words = /maximum memory usage per Container is 16Mi/;
    const seen = await limited.see((now) => {
      // The Job controller tries again and again, each time with another name for the pod.
      expect(now.events(jobOf(now.object(id))).length).toBeGreaterThanOrEqual(3);
      expect(now.condition(id, 'Succeeded')).toMatchObject({
        ...{ status: 'Unknown', reason: 'WorkerPending' },
        message: expect.stringMatching(words) as unknown,
      });
    });

    expect(seen.events(id).filter((event) => event.startsWith('Warning '))).toEqual([
      expect.stringMatching(words),
    ]);
  });

  test('a container that a webhook adds and that never ends keeps no result back', async () => {
    const id = 'Synchronization/sidecar';
    const seen = await user.see((now) => {
      expect(now.condition(id, 'Succeeded')).toMatchObject({
        ...{ status: 'True', reason: 'Verified' },
        message: expect.stringContaining(`container ${SIDECAR}`) as unknown,
      });
      expect(now.ownedBy(id, 'Job')).toEqual([]);
    });

    expect(seen.events(id)).toContainEqual(
      expect.stringMatching(`^Warning ContainerStillRunning .*container ${SIDECAR}`),
    );
    expect(seen.object(id).status).toMatchObject({ attempts: 1 });
    const root = `${TOP}/sidecar`;
    expect(await destination.readTree(root)).toEqual(await source.readTree(root));
  });

  test.each(INSTALLATIONS)(
    'both manifests are taken by kubectl apply, with and without --server-side ($name)',
    async ({ name, flags }) => {
      const { kubectl } = installation;
      await createNamespace(kubectl, name);
      // Their roles are those of the operator that runs; their pods shall not be.
      await kubectl.run(['-n', name, 'create', 'quota', 'nothing', '--hard=pods=0']);

      for (const file of ['operator.yaml', 'operator-openshift.yaml']) {
        for (const way of flags) {
          const args = ['-n', name, 'apply', ...way, '-f', `manifests/${file}`];
          // A conflict ends it with 1; kubectl warns of what it tidies up by itself.
          const { exitCode, stderr } = await kubectl.attempt(args);
          expect({ file, way, exitCode, stderr }).toMatchObject({ file, way, exitCode: 0 });
        }
      }

      await kubectl.run(['delete', 'namespace', name, '--timeout=120s']);
    },
  );

  function databases(): readonly Manifest[] {
    const { cluster } = installation;
    return [
      database('source', addressOf(cluster.source), NO_SECRET),
      database('destination', addressOf(cluster.destination), NO_SECRET),
      database('slow', slow.address, { ...NO_SECRET, sessionTimeoutSeconds: 300 }),
    ];
  }

  async function askToRun(token: string): Promise<void> {
    await user.kubectl('annotate', '--overwrite', PLAN_ID, `${ANNOTATIONS.runNow}=${token}`);
  }
});

/** A container that is like the worker in all that policies look at, and never ends. */
function addSidecar({ metadata, spec }: AdmittedPod): readonly PatchStep[] {
  if (metadata.labels[LABELS.synchronization] !== 'sidecar') return [];
  const [worker] = spec.containers;
  const sidecar = {
    ...{ name: SIDECAR, image: worker?.image, securityContext: worker?.securityContext },
    command: ['node', '--eval', 'setInterval(() => undefined, 1e9)'],
    resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '256Mi' } },
  };
  return [{ op: 'add', path: '/spec/containers/-', value: sidecar }];
}

function copy(name: string): Manifest {
  const rootPath = `${TOP}/${name}`;
  return synchronization({ name, source: 'source', destination: 'destination', rootPath });
}

/** Its runs wait until the line to their source is opened. */
function planByHand(): Manifest {
  const rootPath = `${TOP}/plan`;
  const names = { name: PLAN, source: 'slow', destination: 'destination' };
  return plan(PLAN, { schedule: YEARLY }, synchronization({ ...names, rootPath }));
}

/** No worker is so small. */
function limitRange(): Manifest {
  const limits = [{ type: 'Container', max: { memory: '16Mi' } }];
  return { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'small' }, spec: { limits } };
}

function jobOf({ status }: SeenObject): string {
  return `Job/${status?.jobName ?? ''}`;
}

function annotationsOf({ metadata }: SeenObject): Readonly<Record<string, string>> {
  const { annotations = {} } = metadata as { annotations?: Readonly<Record<string, string>> };
  return annotations;
}
