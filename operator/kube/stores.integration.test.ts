import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { eventually } from '../../testing/eventually.ts';
import { CustomResourceStore } from './custom-resource-store.ts';
import { isAlreadyExists, isConflict, isGone, isInvalid, KubeApiError } from './errors.ts';
import { ApiEventRecorder } from './event-recorder.ts';
import { HttpApiClient } from './http-api-client.ts';
import { ApiJobStore } from './job-store.ts';
import { parseJob } from './job.ts';
import { isJsonObject } from './json-fields.ts';
import { ApiLeaseStore } from './lease-store.ts';
import type { KubeObject, Manifest } from './objects.ts';
import { ApiPodStore } from './pod-store.ts';
import { ResourceClient } from './resource-client.ts';
import { EVENTS, LEASES, PODS, SECRETS } from './resources.ts';
import { ApiSecretReader } from './secret-reader.ts';
import {
  createNamespace,
  createProbeKind,
  deleteNamespace,
  deleteProbeKind,
  PROBES,
  TEST_KUBECONFIG,
} from './testing/real-api-server.ts';

const kubeconfig = process.env[TEST_KUBECONFIG];

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** What the fake of the unit tests claims of an API server, asked of a real one. */
(kubeconfig === undefined ? describe.skip : describe)('on a real API server', () => {
  let api: HttpApiClient;
  let namespace = '';
  const calls: string[] = [];

  beforeAll(async () => {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig ?? '');
    api = new HttpApiClient({
      kubeConfig: config,
      userAgent: 'resiliency-operator/integration-test',
      onCall: ({ method }) => calls.push(method),
    });
    namespace = await createNamespace(api);
    await createProbeKind(api);
    const probes = new ResourceClient(api, PROBES);
    await eventually(() => probes.list({ namespace }), { timeoutMs: 30_000 });
  }, 60_000);

  afterAll(async () => {
    await deleteProbeKind(api);
    await deleteNamespace(api, namespace);
    api.close();
  }, 60_000);

  describe('custom resources', () => {
    const manifest = (name: string): Manifest => ({
      apiVersion: 'test.astronetes.io/v1',
      kind: 'Probe',
      metadata: { namespace, name, annotations: { old: '1' } },
      spec: { a: 1 },
      status: { forged: true },
    });

    test('a status is written as a whole, by PUT, on the version that was read', async () => {
      const store = new CustomResourceStore(api, PROBES);
      const created = await store.create(manifest('status'));
      expect(created.status).toEqual({ observedGeneration: -1 });
      const status = { observedGeneration: 1, conditions: [{ type: 'A' }, { type: 'B' }], x: 1 };
      const first = await store.writeStatus(created, status);
      expect(first).toMatchObject({ status, spec: { a: 1 }, metadata: { generation: 1 } });
      const second = await store.writeStatus(first, { observedGeneration: 1, conditions: [] });
      expect(second.status).toEqual({ observedGeneration: 1, conditions: [] });
      expect(second.metadata.annotations).toEqual({ old: '1' });
      calls.length = 0;
      const same = await store.writeStatus(second, { conditions: [], observedGeneration: 1 });
      expect(same).toBe(second);
      expect(calls).toEqual([]);
      expect(isConflict(await rejection(store.writeStatus(first, { x: 2 })))).toBe(true);
    });

    test('annotations change one by one, and not on an old version', async () => {
      const store = new CustomResourceStore(api, PROBES);
      const created = await store.create(manifest('annotations'));
      const annotated = await store.annotate(created, { new: '2', old: null });
      expect(annotated.metadata.annotations).toEqual({ new: '2' });
      expect(annotated.metadata.generation).toBe(1);
      expect(isConflict(await rejection(store.annotate(created, { late: '3' })))).toBe(true);
    });

    test('a name that is taken, an object that is gone, an object that is another', async () => {
      const store = new CustomResourceStore(api, PROBES);
      const created = await store.create(manifest('names'));
      expect(isAlreadyExists(await rejection(store.create(manifest('names'))))).toBe(true);
      await store.delete(created);
      await eventually(async () => (await store.get(key('names'))) === undefined, {
        timeoutMs: 10_000,
      });
      await store.delete(created);
      expect(isConflict(await rejection(store.writeStatus(created, { x: 1 })))).toBe(true);
      const another = await store.create(manifest('names'));
      expect(isConflict(await rejection(store.delete(created)))).toBe(true);
      await store.delete(another);
    });
  });

  describe('Jobs', () => {
    const manifest = (name: string): Manifest => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { namespace, name },
      spec: {
        suspend: true,
        backoffLimit: 3,
        template: {
          spec: {
            restartPolicy: 'Never',
            containers: [{ name: 'worker', image: 'none.invalid/x' }],
          },
        },
      },
    });

    test('one is made, found again, bounded and deleted', async () => {
      const store = new ApiJobStore(api);
      const created = await store.create(manifest('job'));
      const again = await store.create(manifest('job'));
      expect([created.outcome, again.outcome]).toEqual(['Created', 'Exists']);
      expect(again.job.metadata.uid).toBe(created.job.metadata.uid);
      expect(parseJob(created.job)).toMatchObject({ backoffLimit: 3, suspended: true });
      const patched = await store.patchBackoffLimit(created.job, 0);
      expect(parseJob(patched).backoffLimit).toBe(0);
      const { metadata } = created.job;
      const former: KubeObject = {
        ...created.job,
        metadata: { ...metadata, uid: '00000000-0000-0000-0000-000000000000' },
      };
      expect(isInvalid(await rejection(store.patchBackoffLimit(former, 1)))).toBe(true);
      const released = store.release(former, 'test.astronetes.io/held');
      expect(isInvalid(await rejection(released))).toBe(true);
      expect(isConflict(await rejection(store.delete(former)))).toBe(true);
      expect(await new ApiPodStore(api).listForJob(created.job)).toEqual([]);
      await store.delete(created.job);
      await eventually(async () => (await store.get(key('job'))) === undefined, {
        timeoutMs: 10_000,
      });
    });
  });

  test('a pod that has not begun has an empty log, and so has one that is not there', async () => {
    await new ResourceClient(api, PODS).create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: 'waiting' },
      spec: {
        nodeSelector: { 'no-such-node': 'true' },
        containers: [{ name: 'worker', image: 'none.invalid/x' }],
      },
    });
    const reader = new ApiPodStore(api);
    const tail = { container: 'worker', tailLines: 10, limitBytes: 1000 };
    expect(await reader.tailLog(key('waiting'), tail)).toBe('');
    expect(await reader.tailLog(key('missing'), tail)).toBe('');
  });

  test('a Secret is read as bytes', async () => {
    const data = { password: Buffer.from([0, 255, 10]).toString('base64') };
    const metadata = { namespace, name: 'secret' };
    const manifest = { apiVersion: 'v1', kind: 'Secret', metadata, data };
    await new ResourceClient(api, SECRETS).create(manifest);
    const secret = await new ApiSecretReader(api).get(key('secret'));
    expect([...(secret?.data.get('password') ?? [])]).toEqual([0, 255, 10]);
  });

  test('an event is taken, and its repeat counts', async () => {
    const store = new CustomResourceStore(api, PROBES);
    const metadata = { namespace, name: 'regarding' };
    const regarding = await store.create({
      apiVersion: 'test.astronetes.io/v1',
      kind: 'Probe',
      metadata,
    });
    const recorder = new ApiEventRecorder({
      api,
      clock: systemClock,
      logger: createLogger({ level: 'error' }),
      component: 'integration-test',
      instance: 'pod-a',
    });
    const note = `${'ü'.repeat(2000)}`;
    for (let turn = 0; turn < 3; turn++) {
      await recorder.record({ regarding, type: 'Warning', reason: 'TestReason', note });
    }
    const { items } = await new ResourceClient(api, EVENTS).list({ namespace });
    const ours = items.filter((event) => event['reason'] === 'TestReason');
    expect(ours).toHaveLength(1);
    expect(ours[0]).toMatchObject({ count: 3, reportingInstance: 'pod-a' });
  });

  test('a Lease is made, taken over and given back, each on the version that was read', async () => {
    const store = new ApiLeaseStore(api, key('lease'));
    const options = { timeoutMs: 10_000 };
    expect(await store.get(options)).toBeUndefined();
    const time = '2026-01-01T00:00:00.000000Z';
    const record = {
      holderIdentity: 'pod-a',
      leaseDurationSeconds: 30,
      acquireTime: time,
      renewTime: time,
      leaseTransitions: 0,
    };
    const created = await store.create(record, options);
    expect(created.record).toEqual(record);
    expect(isAlreadyExists(await rejection(store.create(record, options)))).toBe(true);
    const free = { ...record, holderIdentity: '', leaseDurationSeconds: 1 };
    const released = await store.update(created, free, options);
    expect(released.record.holderIdentity).toBe('');
    expect(isConflict(await rejection(store.update(created, record, options)))).toBe(true);
    const taken = await store.update(released, { ...record, holderIdentity: 'pod-b' }, options);
    expect(taken.record.holderIdentity).toBe('pod-b');
  });

  test('a list comes in pages', async () => {
    const leases = new ResourceClient(api, LEASES);
    const labels = { page: 'yes' };
    const apiVersion = 'coordination.k8s.io/v1';
    for (const name of ['p1', 'p2', 'p3']) {
      await leases.create({ apiVersion, kind: 'Lease', metadata: { namespace, name, labels } });
    }
    const select = { namespace, labelSelector: 'page=yes' };
    const first = await leases.list({ ...select, limit: 2 });
    const second = await leases.list({ ...select, limit: 2, continue: first.continue });
    expect([...first.items, ...second.items].map((item) => item.metadata.name)).toEqual([
      ...['p1', 'p2', 'p3'],
    ]);
    expect(second.continue).toBeUndefined();
  });

  test('a watch from too long ago is gone', async () => {
    // The server began to watch this kind when its definition was applied, long after version 1; a
    // built-in kind it has watched from the start, and on a new cluster nothing is too long ago.
    const probes = new ResourceClient(api, PROBES);
    expect(isGone(await rejection(firstEvent(probes)))).toBe(true);
  });

  function key(name: string) {
    return { namespace, name };
  }

  /** Asks for the very first history; an error that comes as an event is thrown as one. */
  async function firstEvent(resources: ResourceClient): Promise<unknown> {
    for await (const event of resources.watch({ resourceVersion: '1', timeoutSeconds: 10 })) {
      if (!isJsonObject(event) || event['type'] !== 'ERROR') return event;
      const status = isJsonObject(event['object']) ? event['object'] : {};
      throw new KubeApiError({
        code: Number(status['code']),
        reason: String(status['reason']),
        message: String(status['message']),
        request: 'watch',
      });
    }
    return undefined;
  }
});
