import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../../testing/fake-clock.ts';
import { openAcl, type ZooKeeperClient } from '../../../zookeeper/index.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../../zookeeper/testing/index.ts';
import { eventually } from '../../../testing/eventually.ts';
import { silentLogger } from '../../mirror/testing/run-mirror.ts';
import type { TreeRead } from '../../tree/tree.ts';
import { open, putMany } from '../../testing/znodes.ts';
import { pipelinedDriver } from '../pipelined/pipelined-driver.ts';
import type { Session } from '../session.ts';
import { paced } from './paced-session.ts';
import { NO_RATE_LIMITS, type RateLimits } from './rate-limits.ts';
import { watchCalls, type WatchedCalls } from './testing/watch-calls.ts';

const SETUP_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 60_000;
const ZNODES = 100;
const DATA_BYTES = 10;

let server: ZooKeeperServer;
let client: ZooKeeperClient;
let unlimited: Session;
let calls: WatchedCalls;
let clock: FakeClock;
let stop: AbortController;
let root = '';
let roots = 0;

beforeAll(async () => {
  server = await startZooKeeperServer();
  client = await open(server);
  await putMany(client, '/data', { count: ZNODES, data: 'x'.repeat(DATA_BYTES) });
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await client.close();
  await server.stop();
});

beforeEach(async () => {
  root = `/root-${(roots += 1)}`;
  await client.create(root, null);
  clock = new FakeClock();
  stop = new AbortController();
  unlimited = await pipelinedDriver.open({ servers: [server.address], sessionTimeoutMs: 30_000 });
  calls = watchCalls(unlimited);
});

afterEach(async () => {
  await unlimited.close();
});

function sessionWith(limits: Partial<RateLimits>): Session {
  return paced(calls.session, {
    side: 'destination',
    limits: { ...NO_RATE_LIMITS, ...limits },
    probePath: '/',
    clock,
    logger: silentLogger,
    signal: stop.signal,
  });
}

/** By the session's clock, which stands still while the server has something to answer. */
async function msUntil(done: Promise<unknown>): Promise<number> {
  const startMs = clock.monotonicMs();
  let isDone = false;
  void done.then(() => {
    isDone = true;
  });
  await eventually(
    async () => {
      if (!isDone && calls.pending === 0) await clock.advance(clock.nextTimerInMs ?? 0);
      return isDone;
    },
    { timeoutMs: TEST_TIMEOUT_MS, intervalMs: 1 },
  );
  return clock.monotonicMs() - startMs;
}

const allZnodes = Array.from({ length: ZNODES }, (_, index): TreeRead => ({
  kind: 'znode',
  path: `/data/n${index}`,
}));

const create = (name: string, bytes = 0) =>
  ({ kind: 'create', path: `${root}/${name}`, data: Buffer.alloc(bytes) }) as const;

describe('a session with limits', () => {
  test('is the very same session if there are none', () => {
    expect(sessionWith({})).toBe(calls.session);
  });

  test(
    'reads in batches that are worth a tenth of a second, and answers all in order',
    async () => {
      const reading = sessionWith({ readsPerSecond: 100 }).read(allZnodes);
      // Ten batches of ten; one read is free.
      expect(await msUntil(reading)).toBe(890);
      expect(calls.names.filter((name) => name === 'read')).toHaveLength(10);
      const results = await reading;
      expect(results).toHaveLength(ZNODES);
      expect(results.every((result) => result.kind === 'znode' && result.data !== null)).toBe(true);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'counts bytes that were read once it knows them, lists of names among them',
    async () => {
      const session = sessionWith({ bytesPerSecond: 1_000 });
      expect(await msUntil(session.read(allZnodes))).toBe(0);
      // 1,000 bytes; ten are free.
      expect(await msUntil(session.getChildren('/data'))).toBe(990);
      const names = Array.from({ length: ZNODES }, (_, index) => `n${index}`).join('').length;
      expect(await msUntil(session.getData('/data/n0'))).toBe(names);
      expect(await msUntil(session.exists('/data'))).toBe(DATA_BYTES);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'counts every step that writes, and no check; and the bytes before they are sent',
    async () => {
      const session = sessionWith({ writesPerSecond: 10, bytesPerSecond: 1_000 });
      const check = { kind: 'check', path: root } as const;
      expect((await session.write([check, create('a')])).refusal).toBeNull();
      expect(await msUntil(session.write([check, check, create('b'), create('c')]))).toBe(90);
      expect(await msUntil(session.write([create('d', 500)]))).toBe(200);
      expect(await msUntil(session.delete(`${root}/d`))).toBe(490);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'keeps the order of calls of every kind, which the contract of a session promises',
    async () => {
      const session = sessionWith({ readsPerSecond: 10, writesPerSecond: 1 });
      const path = `${root}/own`;
      // From here on all writes wait.
      await session.write([create('first')]);
      const every = Promise.all([
        session.create(path, Buffer.from('1'), 'ephemeral', openAcl),
        session.acls?.set(path, openAcl, 0),
        session.write([{ kind: 'update', path, data: Buffer.from('22') }]),
        session.getData(path),
        session.acls?.get(path),
        session.getChildren(root),
        session.sync(path),
        session.countBelow(root),
        session.delete(path),
        session.exists(path),
      ]);
      expect(await msUntil(every)).toBeGreaterThan(3_000);
      const [, , written, read, acl, children, , count, , gone] = await every;
      expect([written.refusal, gone, count]).toEqual([null, null, 2]);
      expect([...children].sort()).toEqual(['first', 'own']);
      expect(read.data?.toString()).toBe('22');
      expect(acl?.stat.aversion).toBe(1);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'keeps nothing waiting once the run is told to stop',
    async () => {
      const session = sessionWith({ writesPerSecond: 1 });
      const writes = ['a', 'b', 'c', 'd'].map((name) => session.write([create(name)]));
      stop.abort();
      expect((await Promise.all(writes)).map(({ refusal }) => refusal)).toEqual(
        Array(4).fill(null),
      );
      expect(clock.monotonicMs()).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'closes after what was called before, without waiting for its turn',
    async () => {
      const session = sessionWith({ writesPerSecond: 1 });
      const writes = ['a', 'b', 'c'].map((name) => session.write([create(name)]));
      await session.close();
      expect((await Promise.all(writes)).map(({ refusal }) => refusal)).toEqual(
        Array(3).fill(null),
      );
      const { children } = await client.getChildren(root);
      expect(children.sort()).toEqual(['a', 'b', 'c']);
    },
    TEST_TIMEOUT_MS,
  );
});
