import { expect, test } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.ts';
import { ApiLeaseStore } from '../kube/lease-store.ts';
import { LEASES, SYNCHRONIZATIONS } from '../kube/resources.ts';
import { FakeKube } from '../kube/testing/fake-kube.ts';
import { Controller, type Reconcile, type WorkTerm } from './controller.ts';
import { HealthServer } from './health.ts';
import { InformerSet } from './informer.ts';
import { LeaderElector } from './lease.ts';
import { Lifecycle } from './lifecycle.ts';
import { untilAborted } from './signals.ts';
import { RecordingLogger } from './testing/recording-logger.ts';

const leaseKey = { namespace: 'op', name: 'lease' };

function setUp(options: { reconcile?: Reconcile; leaseless?: boolean } = {}) {
  const clock = new FakeClock();
  const kube = new FakeKube({ clock });
  const logger = new RecordingLogger();
  const log: string[] = [];
  const informers = new InformerSet({ api: kube, clock, logger, namespaces: [] });
  const reconcile: Reconcile =
    options.reconcile ??
    ((key) => {
      log.push(key.name);
      return Promise.resolve({});
    });
  const watches = [{ informer: informers.get(SYNCHRONIZATIONS) }] as const;
  const common = { kind: 'Synchronization', watches, clock, logger };
  const controllers = [
    new Controller({ name: 'first', reconcile, ...common }),
    new Controller({ name: 'second', reconcile: () => Promise.resolve({}), ...common }),
  ];
  const elector = new LeaderElector({
    store: new ApiLeaseStore(kube, leaseKey),
    identity: 'pod-a',
    clock,
    logger,
    random: () => 0,
  });
  const lifecycle = new Lifecycle({
    informers,
    controllers,
    logger,
    drainMs: 10_000,
    ...(options.leaseless === true ? {} : { elector }),
  });
  const put = (name: string) => kube.put(SYNCHRONIZATIONS, { metadata: { name, namespace: 'ns' } });
  const holder = () =>
    (kube.object(LEASES, leaseKey)?.spec as { holderIdentity?: string } | undefined)
      ?.holderIdentity ?? '';
  return { clock, kube, logger, log, informers, lifecycle, elector, put, holder };
}

test('it leads, works, and on its way out ends the work before it gives the lease back', async () => {
  let finish: () => void = () => undefined;
  const { clock, kube, put, lifecycle, holder, logger } = setUp({
    reconcile: () =>
      new Promise((resolve) => {
        finish = () => {
          resolve({});
        };
      }),
  });
  put('a');
  await lifecycle.start();
  await clock.advance(0);
  expect(holder()).toBe('pod-a');
  lifecycle.stop();
  lifecycle.stop();
  await clock.advance(5000);
  expect(holder()).toBe('pod-a');
  expect(kube.openWatches).toBe(1);
  finish();
  await clock.advance(0);
  await lifecycle.finished;
  expect(holder()).toBe('');
  expect(kube.openWatches).toBe(0);
  expect(clock.pendingTimers).toBe(0);
  expect(logger.messages('info').at(-1)).toBe('operator stopped');
});

test('without the lease it fills its caches but touches nothing', async () => {
  const { clock, kube, put, lifecycle, informers, log } = setUp();
  const spec = { holderIdentity: 'pod-x', leaseDurationSeconds: 30 };
  kube.put(LEASES, { metadata: leaseKey, spec });
  put('a');
  await lifecycle.start();
  await clock.advance(20_000);
  expect(log).toEqual([]);
  expect(informers.unsynced).toEqual([]);
  await clock.advance(20_000);
  expect(log).toEqual(['a']);
});

test('losing the lease ends the work but not the process: it works again once it leads again', async () => {
  const { clock, kube, put, lifecycle, elector, log } = setUp();
  put('a');
  await lifecycle.start();
  await clock.advance(0);
  kube.intercept = (call) => (call.path.includes('/leases') ? { fail: 'before' } : undefined);
  await clock.advance(21_000);
  expect(elector.isLeader).toBe(false);
  put('b');
  await clock.advance(0);
  expect(log).toEqual(['a']);
  kube.intercept = undefined;
  await clock.advance(6000);
  expect(log).toEqual(['a', 'a', 'b']);
});

test('where no lease is used it works at once', async () => {
  const { clock, put, lifecycle, log } = setUp({ leaseless: true });
  put('a');
  await lifecycle.start();
  await clock.advance(0);
  expect(log).toEqual(['a']);
  lifecycle.stop();
  await clock.advance(0);
  await lifecycle.finished;
});

test('if a controller breaks, the others end too, and the process learns of it', async () => {
  const { clock, informers, logger } = setUp();
  const ended: string[] = [];
  const broken = { name: 'broken', run: () => Promise.reject(new Error('a bug')) };
  const other = {
    name: 'other',
    run: ({ abort }: WorkTerm) => untilAborted(abort).then(() => void ended.push('other')),
  };
  const lifecycle = new Lifecycle({ informers, controllers: [other, broken], logger });
  await lifecycle.start();
  const outcome = lifecycle.finished.catch((error: unknown) => error);
  await clock.advance(0);
  expect(await outcome).toMatchObject({ message: 'a bug' });
  expect(ended).toEqual(['other']);
  expect(logger.messages('info').at(-1)).toBe('operator stopped');
});

test('probes are answered from the start to the end', async () => {
  const { clock, logger, informers } = setUp();
  const health = new HealthServer({
    port: 0,
    host: '127.0.0.1',
    ready: () => informers.unsynced.map((plural) => `${plural} have not been listed`),
    metrics: { contentType: 'text/plain', metrics: () => Promise.resolve('') },
    logger,
  });
  const lifecycle = new Lifecycle({ informers, controllers: [], health, logger });
  await lifecycle.start();
  const port = logger.entries.find((entry) => entry.message === 'operator started')?.fields['port'];
  await clock.advance(0);
  expect((await fetch(`http://127.0.0.1:${String(port)}/readyz`)).status).toBe(200);
  lifecycle.stop();
  await lifecycle.finished;
  await expect(fetch(`http://127.0.0.1:${String(port)}/readyz`)).rejects.toThrow();
});
