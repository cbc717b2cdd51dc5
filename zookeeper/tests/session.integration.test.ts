import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, type ZooKeeperClient } from '../client.ts';
import { ZooKeeperError } from '../errors.ts';
import type { ConnectOptions } from '../options.ts';
import { startFaultProxy, startZooKeeperServer, type ZooKeeperServer } from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';

const START_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 60_000;

/** The shortest session this server grants: twice its tick. */
const TICK_TIME_MS = 1_000;
const SESSION_TIMEOUT_MS = 2 * TICK_TIME_MS;

let server: ZooKeeperServer;

beforeAll(async () => {
  server = await startZooKeeperServer({ extraConfig: { tickTime: TICK_TIME_MS } });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await server.stop();
});

function open(options: Partial<ConnectOptions> = {}): Promise<ZooKeeperClient> {
  return connect({ servers: [server.address], ...options });
}

function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'done',
    (reason: unknown) => reason,
  );
}

test('the server decides on the timeout', async () => {
  const short = await open({ sessionTimeoutMs: 1, connectTimeoutMs: 10_000 });
  const long = await open({ sessionTimeoutMs: 3_600_000, connectTimeoutMs: 10_000 });
  expect(short.negotiatedTimeoutMs).toBe(2 * TICK_TIME_MS);
  expect(long.negotiatedTimeoutMs).toBe(20 * TICK_TIME_MS);
  await short.close();
  await long.close();
});

test(
  'an idle session outlives its timeout many times over, thanks to pings',
  async () => {
    const client = await open({ sessionTimeoutMs: SESSION_TIMEOUT_MS });
    const other = await open();
    await client.create('/idle', null, { mode: 'ephemeral' });
    const { ctime } = (await other.exists('/idle')) ?? { ctime: 0n };
    const isOldEnough = async (): Promise<boolean> => {
      const { mtime } = await other.setData('/', null);
      return mtime - ctime > BigInt(4 * SESSION_TIMEOUT_MS);
    };
    await eventually(isOldEnough, { timeoutMs: 8 * SESSION_TIMEOUT_MS, intervalMs: 100 });
    expect(await other.exists('/idle')).not.toBeNull();
    expect(client.state).toBe('connected');
    await client.close();
    await other.close();
  },
  TEST_TIMEOUT_MS,
);

describe('a server that stops without closing its connections', () => {
  test(
    'is noticed by its silence; the session expires here when it does not come back',
    async () => {
      const frozen = await startZooKeeperServer({ extraConfig: { tickTime: TICK_TIME_MS } });
      try {
        const client = await connect({
          servers: [frozen.address],
          sessionTimeoutMs: SESSION_TIMEOUT_MS,
        });
        await client.create('/a', null);
        await frozen.kill('SIGSTOP');
        const write = outcomeOf(client.setData('/a', Buffer.from('x')));
        const read = outcomeOf(client.getData('/a'));
        expect(await write).toMatchObject({ code: 'ConnectionLoss', isOutcomeUnknown: true });
        expect(await read).toMatchObject({ code: 'ConnectionLoss', isOutcomeUnknown: false });
        expect((await client.closed).reason).toBe('expired');
      } finally {
        await frozen.stop();
      }
    },
    TEST_TIMEOUT_MS,
  );
});

describe('a session that is without a server for longer than its timeout', () => {
  test(
    'has expired for the server too, which says so when it is reached in time',
    async () => {
      const { host, port } = server;
      await using proxy = await startFaultProxy({ target: { host, port }, plan: () => null });
      const observer = await open();
      const client = await open({ servers: [proxy.address], sessionTimeoutMs: 8_000 });
      await client.create('/expired', null, { mode: 'ephemeral' });
      proxy.isRefusing = true;
      proxy.cut();
      const isGone = async (): Promise<boolean> => (await observer.exists('/expired')) === null;
      await eventually(isGone, { timeoutMs: 30_000 });
      proxy.isRefusing = false;
      expect(await client.closed).toMatchObject({
        reason: 'expired',
        error: { message: expect.stringContaining('does not know the session any more') },
      });
      await expect(client.getData('/')).rejects.toMatchObject({
        code: 'SessionExpired',
        isOutcomeUnknown: false,
      });
      await observer.close();
    },
    TEST_TIMEOUT_MS,
  );
});

describe('a server that restarts', () => {
  test(
    'finds its sessions again; each pipelined write either happened or says that it may have',
    async () => {
      const client = await open({ sessionTimeoutMs: 20_000 });
      const { sessionId } = client;
      const total = 3_000;
      await client.create('/restart', null);
      await client.create('/restart/e', null, { mode: 'ephemeral' });
      const writes = Array.from({ length: total }, (_, n) =>
        outcomeOf(client.create(`/restart/${n}`, null)),
      );
      await writes[total / 10];
      await server.kill('SIGKILL');
      await server.restart();
      const outcomes = await Promise.all(writes);
      const { children } = await client.getChildren('/restart');
      const there = new Set(children);
      expect(client.sessionId).toBe(sessionId);
      expect(there.has('e')).toBe(true);
      const lost = outcomes.filter((outcome) => outcome !== 'done');
      for (const error of lost) {
        expect(error).toBeInstanceOf(ZooKeeperError);
        expect(error).toMatchObject({ code: 'ConnectionLoss', isOutcomeUnknown: true });
      }
      const doneButMissing = outcomes.filter(
        (outcome, n) => outcome === 'done' && !there.has(String(n)),
      );
      expect(doneButMissing).toEqual([]);
      expect(lost.length).toBeLessThanOrEqual(1_000);
      await client.close();
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'does not find a session that is older than its data: it is over',
    async () => {
      const wiped = await startZooKeeperServer({ extraConfig: { tickTime: TICK_TIME_MS } });
      const client = await connect({
        servers: [wiped.address],
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
      });
      for (let round = 0; round < 5; round++) await client.setData('/', null);
      const { port } = wiped;
      await wiped.stop();
      const fresh = await startZooKeeperServer({ port, extraConfig: { tickTime: TICK_TIME_MS } });
      try {
        expect((await client.closed).reason).toBe('expired');
        const next = await connect({
          servers: [fresh.address],
          sessionTimeoutMs: SESSION_TIMEOUT_MS,
        });
        expect(await next.exists('/')).not.toBeNull();
        await next.close();
      } finally {
        await fresh.stop();
      }
    },
    TEST_TIMEOUT_MS,
  );
});

describe('two clients on one session', () => {
  test(
    'push each other out: the first comes back when the second leaves',
    async () => {
      const states: string[] = [];
      const first = await open({ onStateChange: (state) => states.push(state) });
      const attach = { sessionId: first.sessionId, password: first.sessionPassword };
      const second = await open({ attach });
      await second.detach();
      await eventually(() => states.includes('disconnected') && first.state === 'connected', {
        timeoutMs: 10_000,
      });
      expect(await first.exists('/')).not.toBeNull();
      await first.close();
    },
    TEST_TIMEOUT_MS,
  );
});
