import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { ApiClient } from '../kube/api-client.ts';
import { isJsonObject } from '../kube/json-fields.ts';
import { ApiLeaseStore } from '../kube/lease-store.ts';
import { LEASES } from '../kube/resources.ts';
import { FakeKube } from '../kube/testing/fake-kube.ts';
import { LeaderElector } from './lease.ts';
import { RecordingLogger } from './testing/recording-logger.ts';

const key = { namespace: 'op', name: 'synchronization-controller' };

function setUp() {
  const clock = new FakeClock();
  const kube = new FakeKube({ clock });
  const spec = () => {
    const found = kube.object(LEASES, key)?.spec;
    return isJsonObject(found) ? found : {};
  };
  return { clock, kube, spec };
}

type World = ReturnType<typeof setUp>;

interface Candidate {
  readonly elector: LeaderElector;
  readonly logger: RecordingLogger;
  /** What happened to it, in order. */
  readonly log: string[];
  readonly shutdown: AbortController;
  readonly ended: Promise<void>;
  /** Lets the work that runs end by itself. */
  finishWork: () => void;
}

/** Starts a candidate whose work lasts until its lease is lost, or it is shut down and finished. */
function candidate(world: World, identity: string, api: ApiClient = world.kube): Candidate {
  const logger = new RecordingLogger();
  const log: string[] = [];
  const shutdown = new AbortController();
  const elector = new LeaderElector({
    store: new ApiLeaseStore(api, key),
    identity,
    clock: world.clock,
    logger,
    random: () => 0,
    onChange: (isLeader) => log.push(isLeader ? 'leader' : 'not leader'),
  });
  const self = { elector, logger, log, shutdown, finishWork: () => undefined as void };
  const ended = elector.run(shutdown.signal, (lost) => {
    log.push('work begins');
    return new Promise((resolve) => {
      const end = () => {
        log.push('work ends');
        resolve();
      };
      self.finishWork = end;
      lost.addEventListener('abort', end);
    });
  });
  return Object.assign(self, { ended });
}

/** An API in front of the fake that one candidate cannot reach while `cut.now` is true. */
function cuttable(world: World): { api: ApiClient; cut: { now: false | 'before' | 'hang' } } {
  const cut: { now: false | 'before' | 'hang' } = { now: false };
  const api: ApiClient = {
    request: (request) => {
      if (cut.now === false) return world.kube.request(request);
      if (cut.now === 'before') return Promise.reject(new Error('cut'));
      return new Promise((_resolve, reject) => {
        request.signal?.addEventListener('abort', () => {
          reject(new Error('hung'));
        });
      });
    },
    text: (request) => world.kube.text(request),
    watch: (request) => world.kube.watch(request),
  };
  return { api, cut };
}

describe('taking the lease', () => {
  test('where there is none it is created', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    expect(a.elector.isLeader).toBe(true);
    expect(a.log).toEqual(['leader', 'work begins']);
    expect(world.spec()).toEqual({
      holderIdentity: 'pod-a',
      leaseDurationSeconds: 30,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
  });

  test('where the manifest left an empty one it is taken, and keeps its labels', async () => {
    const world = setUp();
    world.kube.put(LEASES, { metadata: { ...key, labels: { app: 'x' } }, spec: {} });
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    expect(a.elector.isLeader).toBe(true);
    expect(world.kube.object(LEASES, key)?.metadata.labels).toEqual({ app: 'x' });
    expect(world.kube.writes.map((call) => call.method)).toEqual(['PUT']);
  });

  test('of several that begin at once one leads', async () => {
    const world = setUp();
    const all = ['pod-a', 'pod-b', 'pod-c'].map((identity) => candidate(world, identity));
    await world.clock.advance(60_000);
    expect(all.filter((each) => each.elector.isLeader)).toHaveLength(1);
  });

  test('a container that restarts in its pod resumes at once, and counts as no change', async () => {
    const world = setUp();
    world.kube.put(LEASES, {
      metadata: key,
      spec: {
        holderIdentity: 'pod-a',
        leaseDurationSeconds: 30,
        acquireTime: '2025-12-31T00:00:00.000000Z',
        leaseTransitions: 7,
      },
    });
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    expect(a.elector.isLeader).toBe(true);
    expect(world.spec()).toMatchObject({
      acquireTime: '2025-12-31T00:00:00.000000Z',
      leaseTransitions: 7,
    });
  });
});

describe('a lease that somebody else holds', () => {
  const foreign = (renewTime: string) => ({
    metadata: key,
    spec: { holderIdentity: 'pod-x', leaseDurationSeconds: 30, renewTime, leaseTransitions: 2 },
  });

  test('is taken once its record has not changed for its duration by our own clock', async () => {
    const world = setUp();
    // By its holder's clock it expired years ago, or will for years not: clocks differ.
    world.kube.put(LEASES, foreign('2001-01-01T00:00:00.000000Z'));
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    await world.clock.advance(29_000);
    expect(a.elector.isLeader).toBe(false);
    await world.clock.advance(6000);
    expect(a.elector.isLeader).toBe(true);
    expect(world.spec()).toMatchObject({ holderIdentity: 'pod-a', leaseTransitions: 3 });
  });

  test('is left alone as long as its record changes', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    world.kube.put(LEASES, foreign('2026-01-01T00:00:00.000000Z'));
    for (let minute = 0; minute < 10; minute++) {
      await world.clock.advance(20_000);
      world.kube.put(LEASES, foreign(`2026-01-01T00:00:${10 + minute}.000000Z`));
    }
    expect(a.elector.isLeader).toBe(false);
  });

  test('does not count as changed because somebody put a label on it', async () => {
    const world = setUp();
    const lease = foreign('2026-01-01T00:00:00.000000Z');
    world.kube.put(LEASES, lease);
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    await world.clock.advance(20_000);
    world.kube.put(LEASES, { ...lease, metadata: { ...key, labels: { touched: 'yes' } } });
    await world.clock.advance(15_000);
    expect(a.elector.isLeader).toBe(true);
  });
});

describe('keeping it', () => {
  test('it is renewed every five seconds, by one call', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    const before = world.kube.calls.length;
    await world.clock.advance(60_000);
    expect(world.kube.calls.length - before).toBe(12);
    expect(a.elector.isLeader).toBe(true);
    expect(world.spec()['renewTime']).toBe('2026-01-01T00:01:00.000000Z');
  });

  test('a reply that was lost costs nothing', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    let faults = 1;
    world.kube.intercept = () => (faults-- > 0 ? { fail: 'after' } : undefined);
    await world.clock.advance(60_000);
    expect(a.log).toEqual(['leader', 'work begins']);
  });

  test('a call that hangs does not cost it', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    let faults = 1;
    world.kube.intercept = () => (faults-- > 0 ? { fail: 'hang' } : undefined);
    await world.clock.advance(60_000);
    expect(a.log).toEqual(['leader', 'work begins']);
  });

  test('somebody deleted the Lease: it is made again', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    world.kube.remove(LEASES, key);
    await world.clock.advance(15_000);
    expect(a.log).toEqual(['leader', 'work begins']);
    expect(world.spec()['holderIdentity']).toBe('pod-a');
  });
});

describe('losing it', () => {
  test.each(['before', 'hang'] as const)(
    'cut off (%s), the work ends before anybody else may begin, and begins again later',
    async (kind) => {
      const world = setUp();
      const { api, cut } = cuttable(world);
      const a = candidate(world, 'pod-a', api);
      await world.clock.advance(0);
      const b = candidate(world, 'pod-b');
      await world.clock.advance(12_000);
      cut.now = kind;
      let overlap = 0;
      for (let second = 0; second < 60; second++) {
        await world.clock.advance(1000);
        if (a.elector.isLeader && b.elector.isLeader) overlap++;
        if (!a.elector.isLeader && a.log.at(-1) !== 'work ends') overlap++;
      }
      expect(overlap).toBe(0);
      expect(a.log).toEqual(['leader', 'work begins', 'not leader', 'work ends']);
      expect(b.elector.isLeader).toBe(true);
      cut.now = false;
      b.shutdown.abort();
      b.finishWork();
      await world.clock.advance(10_000);
      expect(a.log.slice(4)).toEqual(['leader', 'work begins']);
    },
  );

  test('the work ends 20 s after the last renewal was sent', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    world.kube.intercept = () => ({ fail: 'before' });
    await world.clock.advance(19_999);
    expect(a.elector.isLeader).toBe(true);
    await world.clock.advance(1);
    expect(a.elector.isLeader).toBe(false);
    expect(a.log.at(-1)).toBe('work ends');
    expect(a.logger.messages('warn')).toEqual(['leadership lost; the work stops']);
  });

  test('somebody else took it by hand: the work ends as soon as that is seen', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    const spec = { holderIdentity: 'intruder', leaseDurationSeconds: 30 };
    world.kube.put(LEASES, { metadata: key, spec });
    await world.clock.advance(10_000);
    expect(a.elector.isLeader).toBe(false);
    expect(world.spec()['holderIdentity']).toBe('intruder');
  });
});

describe('the end', () => {
  test('on shutdown it is held until the work has ended, then given back', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    a.shutdown.abort();
    await world.clock.advance(40_000);
    expect(a.elector.isLeader).toBe(true);
    expect(world.spec()['renewTime']).toBe('2026-01-01T00:00:40.000000Z');
    a.finishWork();
    await world.clock.advance(0);
    await a.ended;
    expect(a.elector.isLeader).toBe(false);
    expect('holderIdentity' in world.spec() && world.spec()['holderIdentity'] !== null).toBe(false);
    expect(world.spec()['leaseDurationSeconds']).toBe(1);
  });

  test('the next leader begins within its retry period', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    const b = candidate(world, 'pod-b');
    await world.clock.advance(3000);
    a.shutdown.abort();
    a.finishWork();
    await world.clock.advance(5000);
    expect(b.elector.isLeader).toBe(true);
    expect(world.spec()).toMatchObject({ holderIdentity: 'pod-b', leaseTransitions: 1 });
  });

  test('a renewal under way at the end does not spoil the release', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    let faults = 1;
    world.kube.intercept = () => (faults-- > 0 ? { fail: 'after' } : undefined);
    await world.clock.advance(5000);
    a.shutdown.abort();
    a.finishWork();
    await world.clock.advance(0);
    await a.ended;
    expect(a.logger.messages('info')).toContain('leadership released');
  });

  test('an API server that is away does not hold the process up', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    world.kube.intercept = () => ({ fail: 'hang' });
    a.shutdown.abort();
    a.finishWork();
    await world.clock.advance(0);
    await world.clock.advance(3000);
    await a.ended;
    expect(a.logger.messages('warn')).toEqual(['leadership not released; it expires by itself']);
  });

  test('one that never led just ends', async () => {
    const world = setUp();
    candidate(world, 'pod-a');
    await world.clock.advance(0);
    const b = candidate(world, 'pod-b');
    await world.clock.advance(1000);
    b.shutdown.abort();
    await b.ended;
    expect(b.log).toEqual([]);
  });

  test('work that ends by itself gives the lease back and begins again after a pause', async () => {
    const world = setUp();
    const a = candidate(world, 'pod-a');
    await world.clock.advance(0);
    a.finishWork();
    await world.clock.advance(0);
    expect(a.log).toEqual(['leader', 'work begins', 'work ends', 'not leader']);
    await world.clock.advance(5000);
    expect(a.log.slice(4)).toEqual(['leader', 'work begins']);
  });
});
