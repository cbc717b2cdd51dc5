import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '../../common/clock.ts';
import { eventually } from '../../testing/eventually.ts';
import type { ApiClient } from '../kube/api-client.ts';
import { CustomResourceStore } from '../kube/custom-resource-store.ts';
import { HttpApiClient } from '../kube/http-api-client.ts';
import { ApiLeaseStore } from '../kube/lease-store.ts';
import { keyOf, type Manifest } from '../kube/objects.ts';
import { ResourceClient } from '../kube/resource-client.ts';
import { LEASES } from '../kube/resources.ts';
import {
  createNamespace,
  deleteNamespace,
  TEST_KUBECONFIG,
} from '../kube/testing/real-api-server.ts';
import { Controller } from './controller.ts';
import { InformerSet } from './informer.ts';
import { LeaderElector } from './lease.ts';
import { RecordingLogger } from './testing/recording-logger.ts';

const kubeconfig = process.env[TEST_KUBECONFIG];
const WAIT = { timeoutMs: 60_000 };

(kubeconfig === undefined ? describe.skip : describe)('on a real API server', () => {
  let api: HttpApiClient;
  const namespaces: string[] = [];

  beforeAll(async () => {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig ?? '');
    api = new HttpApiClient({ kubeConfig: config, userAgent: 'resiliency-operator/test' });
    for (let count = 0; count < 2; count++) namespaces.push(await createNamespace(api));
  }, 30_000);

  afterAll(async () => {
    for (const namespace of namespaces) await deleteNamespace(api, namespace);
    api.close();
  }, 30_000);

  const lease = (namespace: string, name: string, app: string): Manifest => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace, name, labels: { app } },
    spec: { leaseDurationSeconds: 1 },
  });

  /** The real API with its lists and watches counted. */
  function counted() {
    const count = { lists: 0, watches: 0 };
    const counting: ApiClient = {
      request: (request) => {
        if (request.method === 'GET') count.lists++;
        return api.request(request);
      },
      text: (request) => api.text(request),
      watch: (request) => {
        count.watches++;
        return api.watch(request);
      },
    };
    return { count, counting };
  }

  test('caches follow two namespaces and a label through many short watches, listing once', async () => {
    const [one = '', two = ''] = namespaces;
    const { count, counting } = counted();
    const logger = new RecordingLogger();
    const informers = new InformerSet({
      api: counting,
      clock: systemClock,
      logger,
      namespaces: [one, two],
      timings: { watchSeconds: 1 },
    });
    const informer = informers.get(LEASES, { labelSelector: 'app=follow' });
    const client = new ResourceClient(api, LEASES);
    const told: string[] = [];
    informer.onChange(({ type, object }) => told.push(`${type} ${object.metadata.name}`));
    await client.create(lease(one, 'before', 'follow'));
    const stop = new AbortController();
    const ended = informers.run(stop.signal);
    await informer.whenSynced(stop.signal);
    expect(told).toEqual(['Added before']);

    await client.create(lease(two, 'other-namespace', 'follow'));
    await client.create(lease(one, 'other-label', 'else'));
    // Each watch lives for a second or two: the changes below fall into different ones.
    await eventually(() => count.watches >= 6, WAIT);
    const { name } = (await client.get({ namespace: one, name: 'before' }))?.metadata ?? {};
    await client.patch({ namespace: one, name: name ?? '' }, { spec: { leaseTransitions: 4 } });
    await eventually(() => count.watches >= 10, WAIT);
    const doomed = await client.get({ namespace: one, name: 'before' });
    await client.delete({ namespace: one, name: 'before' }, { uid: doomed?.metadata.uid ?? '' });
    await eventually(() => told.includes('Deleted before'), WAIT);
    expect(told).toEqual([
      'Added before',
      'Added other-namespace',
      'Updated before',
      'Deleted before',
    ]);
    expect(count.lists).toBe(2);
    expect(logger.messages('warn')).toEqual([]);
    stop.abort();
    await ended;
  }, 60_000);

  test('a controller brings many objects to where they should be, each change once', async () => {
    const [namespace = ''] = namespaces;
    const logger = new RecordingLogger();
    const informers = new InformerSet({
      api,
      clock: systemClock,
      logger,
      namespaces: [namespace],
    });
    const informer = informers.get(LEASES, { labelSelector: 'app=work' });
    const client = new ResourceClient(api, LEASES);
    const store = new CustomResourceStore(api, LEASES);
    const controller = new Controller({
      name: 'test',
      kind: 'Lease',
      watches: [{ informer }],
      clock: systemClock,
      logger,
      reconcile: async (key, { signal }) => {
        const object = informer.cache.get(key);
        if (object === undefined || object.metadata.annotations['done'] === 'yes') return {};
        await store.annotate(object, { done: 'yes' }, signal);
        return {};
      },
    });
    const stop = new AbortController();
    const caches = informers.run(stop.signal);
    const never = new AbortController().signal;
    const ended = controller.run({ stop: stop.signal, abort: never, drainMs: 5000 });
    const names = Array.from({ length: 50 }, (_, index) => `work-${index}`);
    await Promise.all(names.map((name) => client.create(lease(namespace, name, 'work'))));
    const isDone = (name: string) =>
      informer.cache.get({ namespace, name })?.metadata.annotations['done'] === 'yes';
    await eventually(() => names.every(isDone), WAIT);
    expect(logger.messages('warn')).toEqual([]);
    expect(logger.messages('error')).toEqual([]);
    stop.abort();
    await Promise.all([ended, caches]);
  }, 60_000);

  test('of two candidates one leads, and hands over when it ends', async () => {
    const [namespace = ''] = namespaces;
    const key = { namespace, name: 'election' };
    await new ResourceClient(api, LEASES).create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: key,
    });
    const candidate = (identity: string) => {
      const logger = new RecordingLogger();
      const elector = new LeaderElector({
        store: new ApiLeaseStore(api, key),
        identity,
        clock: systemClock,
        logger,
        timings: { leaseDurationMs: 3000, renewDeadlineMs: 2000, retryPeriodMs: 200 },
      });
      const shutdown = new AbortController();
      const ended = elector.run(
        shutdown.signal,
        (lost) =>
          new Promise((resolve) => {
            for (const signal of [lost, shutdown.signal]) {
              signal.addEventListener('abort', () => {
                resolve();
              });
            }
          }),
      );
      return { elector, logger, shutdown, ended };
    };
    const all = [candidate('pod-a'), candidate('pod-b')];
    const leaders = () => all.filter(({ elector }) => elector.isLeader);
    await eventually(() => leaders().length === 1, WAIT);
    const [first] = leaders();
    first?.shutdown.abort();
    await first?.ended;
    expect(first?.logger.messages('info')).toContain('leadership released');
    await eventually(() => leaders().length === 1 && leaders()[0] !== first, WAIT);
    const stored = await new ResourceClient(api, LEASES).get(key);
    expect(stored && keyOf(stored)).toEqual(key);
    expect(stored?.spec).toMatchObject({ leaseDurationSeconds: 3, leaseTransitions: 2 });
    leaders()[0]?.shutdown.abort();
    await Promise.all(all.map(({ ended }) => ended));
  }, 60_000);
});
