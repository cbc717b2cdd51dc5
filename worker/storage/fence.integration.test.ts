import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CONTROL_ROOT } from '../../api/znode-path.ts';
import { systemClock } from '../../common/clock.ts';
import {
  connect,
  creatorAllAcl,
  openAcl,
  permissions,
  type ZooKeeperClient,
} from '../../zookeeper/index.ts';
import {
  endSession,
  startFaultProxy,
  startZooKeeperServer,
  type Fault,
  type ZooKeeperServer,
} from '../../zookeeper/testing/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { silentLogger } from '../mirror/testing/run-mirror.ts';
import { controlDir } from './control-tree.ts';
import { Fence } from './fence.ts';
import { openSide } from './open-side.ts';
import { pipelinedDriver } from './pipelined/pipelined-driver.ts';
import { NO_RATE_LIMITS } from './pacing/rate-limits.ts';
import type { DataWrite } from './session.ts';
import type { Side } from './side.ts';
import { open } from '../testing/znodes.ts';
import { ZooKeeperSink } from './zookeeper-sink.ts';

const SETUP_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 60_000;

/** The shortest the servers grant: waiting for an expired session takes a third more. */
const SESSION_TIMEOUT_MS = 4_000;

let server: ZooKeeperServer;
let client: ZooKeeperClient;
let sides: Side[] = [];
let root = '';
let roots = 0;

beforeAll(async () => {
  server = await startZooKeeperServer();
  client = await open(server);
  // As the first run leaves it; whichever test is the first.
  await client.create(CONTROL_ROOT, null);
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await client.close();
  await server.stop();
});

afterEach(async () => {
  await Promise.all(sides.map((side) => side.session.close()));
  sides = [];
});

beforeEach(() => {
  root = `/root-${(roots += 1)}`;
});

const { signal } = new AbortController();

async function newFence(
  writerId: string,
  { rootPath = root, address = server.address } = {},
): Promise<{ side: Side; fence: Fence }> {
  const options = {
    servers: [address],
    chroot: '',
    credentialsDir: null,
    authentication: 'None' as const,
    tls: null,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  };
  const side = await openSide('destination', options, {
    driver: pipelinedDriver,
    logger: silentLogger,
    signal,
    pace: null,
  });
  sides.push(side);
  const fence = new Fence({
    side,
    rootPath,
    writerId,
    runUid: randomUUID(),
    clock: systemClock,
    logger: silentLogger,
    signal,
  });
  return { side, fence };
}

describe('the fence', () => {
  test('holds a root with an ephemeral that says who writes', async () => {
    const { fence } = await newFence('plan-a');
    await fence.take();
    expect(fence.isHeld).toBe(true);
    const { data, stat } = await client.getData(fence.holderPath);
    expect(JSON.parse(String(data))).toMatchObject({ writerId: 'plan-a' });
    expect(stat.ephemeralOwner).not.toBe(0n);
    const { data: about } = await client.getData(controlDir(root));
    expect(JSON.parse(String(about))).toEqual({ root });
  });

  interface Conflict {
    readonly name: string;
    readonly other: (root: string) => string;
    readonly refused: boolean;
  }

  const CONFLICTS: readonly Conflict[] = [
    { name: 'the same root', other: (path) => path, refused: true },
    { name: 'a root above it', other: () => '/', refused: true },
    { name: 'a root below it', other: (path) => `${path}/below`, refused: true },
    { name: 'a root beside it', other: (path) => `${path}-beside`, refused: false },
  ];

  test.each(CONFLICTS)('keeps another writer from $name: $refused', async ({ other, refused }) => {
    const first = await newFence('plan-a', { rootPath: other(root) });
    await first.fence.take();
    const second = await newFence('plan-b');
    const taken = second.fence.take();
    if (refused) {
      await expect(taken).rejects.toMatchObject({ outcome: 'AnotherWriter' });
      expect(await client.exists(second.fence.holderPath)).toBeNull();
      expect(second.fence.isHeld).toBe(false);
    } else {
      await taken;
      expect(second.fence.isHeld).toBe(true);
    }
    expect(await client.exists(first.fence.holderPath)).not.toBeNull();
  });

  test(
    'is taken over from a run of the same writer once its session is over',
    async () => {
      const first = await newFence('plan-a');
      await first.fence.take();
      await first.side.session.detach();
      const second = await newFence('plan-a');
      await second.fence.take();
      expect(second.fence.isHeld).toBe(true);
      expect(await client.exists(first.fence.holderPath)).toBeNull();
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'is not taken from a run of the same writer that lives',
    async () => {
      const first = await newFence('plan-a');
      await first.fence.take();
      const second = await newFence('plan-a');
      await expect(second.fence.take()).rejects.toMatchObject({ outcome: 'PreviousRunAlive' });
      expect(await client.exists(first.fence.holderPath)).not.toBeNull();
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'is held by one of two that come at the same time',
    async () => {
      const both = await Promise.all([newFence('plan-a'), newFence('plan-b')]);
      const results = await Promise.allSettled(both.map(({ fence }) => fence.take()));
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    },
    TEST_TIMEOUT_MS,
  );

  test('lets a run that lost it write nothing more', async () => {
    await client.create(root, null);
    const { side, fence } = await newFence('plan-a');
    await fence.take();
    await fence.adopt('tree');
    const sink = new ZooKeeperSink(side, fence, NO_RATE_LIMITS);
    const write = (name: string) =>
      sink.write([{ kind: 'create', path: `${root}/${name}`, data: null }]);
    expect(await write('before')).toEqual({ kind: 'done', zxid: expect.any(BigInt) });
    await client.delete(fence.holderPath);
    await expect(write('after')).rejects.toMatchObject({ outcome: 'AnotherWriter' });
    expect((await client.getChildren(root)).children).toEqual(['before']);
    const marked = await fence.lastWriteZxid();
    await expect(fence.adopt('tree')).rejects.toMatchObject({ outcome: 'AnotherWriter' });
    expect(await fence.lastWriteZxid()).toBe(marked);
  });

  test(
    'does not survive its session',
    async () => {
      await client.create(root, null);
      let fault: Fault | null = null;
      await using proxy = await startFaultProxy({ target: server, plan: () => fault });
      const { side, fence } = await newFence('plan-a', { address: proxy.address });
      await fence.take();
      const sink = new ZooKeeperSink(side, fence, NO_RATE_LIMITS);
      // While the holder cannot come back, somebody else attaches to its session and closes it.
      fault = { direction: 'requests', afterBytes: 0, kind: 'cut' };
      const attach = side.session.ticket;
      const thief = await connect({ servers: [server.address], attach });
      await thief.close();
      expect(await client.exists(fence.holderPath)).toBeNull();
      fault = null;
      // A batch that was on its way when the connection broke is `unknown`, and is sent again.
      const late = async (): Promise<void> => {
        let outcome = 'unknown';
        while (outcome === 'unknown') {
          outcome = (await sink.write([{ kind: 'create', path: `${root}/late`, data: null }])).kind;
        }
      };
      await expect(late()).rejects.toMatchObject({ outcome: 'SessionLost' });
      expect(await client.exists(`${root}/late`)).toBeNull();
    },
    TEST_TIMEOUT_MS,
  );

  test('refuses where there is a control tree that this user may not write', async () => {
    const acl = [{ permissions: permissions.read, scheme: 'world', id: 'anyone' }];
    await client.create(controlDir(root), Buffer.from(JSON.stringify({ root })), { acl });
    const { fence } = await newFence('plan-a');
    await expect(fence.take()).rejects.toMatchObject({ outcome: 'AuthenticationFailed' });
  });

  test(
    'refuses where there is a control tree that this user may not read',
    async () => {
      const admin = await open(server, 'admin:password');
      await admin.setAcl(CONTROL_ROOT, creatorAllAcl);
      const { fence } = await newFence('plan-a');
      await expect(fence.take()).rejects.toMatchObject({ outcome: 'AuthenticationFailed' });
      await admin.setAcl(CONTROL_ROOT, openAcl);
      await admin.close();
    },
    TEST_TIMEOUT_MS,
  );

  test('remembers the last write; of a run that found nothing, only once it has written', async () => {
    const { side, fence } = await newFence('writer');
    await fence.take();
    expect(await fence.lastWriteZxid()).toBeNull();
    await fence.adopt('nothing');
    expect(await fence.lastWriteZxid()).toBeNull();
    const sink = new ZooKeeperSink(side, fence, NO_RATE_LIMITS);
    await sink.write([{ kind: 'create', path: root, data: null }]);
    const written = await client.exists(root);
    expect(await fence.lastWriteZxid()).toBe(written?.czxid);
    await fence.adopt('tree');
    expect(await fence.lastWriteZxid()).toBeGreaterThan(written?.czxid ?? 0n);
  });

  describe('around a write that is too large to be in one request with its check', () => {
    const LARGEST = 1_048_500;
    const large = (fill: string) => Buffer.alloc(LARGEST, fill);

    /** A run that is writing, and what happens right before and right after its large write. */
    async function writer(
      events: { before?: () => Promise<void>; after?: () => Promise<void> } = {},
    ) {
      await client.create(root, null);
      const { side, fence } = await newFence('plan-a');
      await fence.take();
      await fence.adopt('tree');
      const writeAlone = async (step: DataWrite) => {
        await events.before?.();
        const reply = await side.session.writeAlone(step);
        await events.after?.();
        return reply;
      };
      const session = new Proxy(side.session, {
        get: (target, key) => {
          if (key === 'writeAlone') return writeAlone;
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
      const sink = new ZooKeeperSink({ ...side, session }, fence, NO_RATE_LIMITS);
      const write = (kind: DataWrite['kind'], fill: string) =>
        sink.writeLarge({ kind, path: `${root}/large`, data: large(fill) }, false);
      return { fence, side, write };
    }

    test('makes the write the last one', async () => {
      const { fence, write } = await writer();
      expect(await write('create', 'x')).toMatchObject({ kind: 'done' });
      const { data, stat } = await client.getData(`${root}/large`);
      expect(data?.equals(large('x'))).toBe(true);
      expect(await fence.lastWriteZxid()).toBeGreaterThan(stat.czxid);
    });

    test('lets nothing through once the run has lost it', async () => {
      const { fence, write } = await writer();
      await client.delete(fence.holderPath);
      await expect(write('create', 'x')).rejects.toMatchObject({ outcome: 'AnotherWriter' });
      expect(await client.exists(`${root}/large`)).toBeNull();
    });

    test('ends the run that loses it between the check and the write', async () => {
      let holderPath = '';
      const { fence, write } = await writer({ before: () => client.delete(holderPath) });
      ({ holderPath } = fence);
      await expect(write('create', 'x')).rejects.toMatchObject({ outcome: 'AnotherWriter' });
    });

    test('lets nothing through once the session is over', async () => {
      let end: () => Promise<void> = () => Promise.resolve();
      const { fence, side, write } = await writer({ before: () => end() });
      const isOver = async () => {
        await endSession(server.address, side.session.ticket);
        return (await client.exists(fence.holderPath)) === null;
      };
      end = async () => void (await eventually(isOver, { timeoutMs: 30_000 }));
      const written = write('create', 'x').then(({ kind }) => kind);
      await expect(written).rejects.toMatchObject({ outcome: 'SessionLost' });
      expect(await client.exists(`${root}/large`)).toBeNull();
    });

    test.each(['create', 'update'] as const)(
      'leaves word of a %s after which the run was killed',
      async (kind) => {
        const killed = new Error('killed');
        const { fence, write } = await writer({ after: () => Promise.reject(killed) });
        if (kind === 'update') await client.create(`${root}/large`, large('a'));
        await expect(write(kind, 'x')).rejects.toBe(killed);
        const written = await client.exists(`${root}/large`);
        expect(await fence.lastWriteZxid()).toBe(written?.mzxid);
        await client.setData(`${root}/large`, Buffer.from('by somebody else'));
        expect(await fence.lastWriteZxid()).toBeLessThan(written?.mzxid ?? 0n);
      },
    );

    test('takes no write of others for that of a run that was killed before its own', async () => {
      const killed = new Error('killed');
      const { fence, write } = await writer({ before: () => Promise.reject(killed) });
      await expect(write('create', 'x')).rejects.toBe(killed);
      const marked = await fence.lastWriteZxid();
      await client.create(`${root}/large`, large('y'));
      expect(await fence.lastWriteZxid()).toBe(marked);
      await client.delete(`${root}/large`);
      expect(await fence.lastWriteZxid()).toBe(marked);
    });
  });

  test('is not irritated by what others keep in the control tree', async () => {
    await client.create(`${CONTROL_ROOT}/notes`, Buffer.from('no JSON'));
    const { fence } = await newFence('plan-a');
    await fence.take();
    expect(fence.isHeld).toBe(true);
  });
});
