import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import { digestAclId, permissions, type Acl, type MultiOp } from '../../zookeeper/index.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { importNativeClient } from '../storage/native/native-client.ts';
import { DRIVERS } from '../storage/session.ts';
import { runSynchronize, startWorker, type WorkerExit } from '../testing/run-worker.ts';
import { open, put, putMany, snapshot } from '../testing/znodes.ts';

const MIB = 1024 * 1024;
const SETUP_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 120_000;

const isNativeThere = await importNativeClient().then(
  () => true,
  () => false,
);

let source: ZooKeeperServer;
let destination: ZooKeeperServer;

/** Starts both sides with what a server takes of `jute.maxbuffer`; null for its default. */
function startBefore(
  sourceBytes: number | null,
  destinationBytes: number | null,
  destinationConfig: Readonly<Record<string, string | number>> = {},
): void {
  beforeAll(async () => {
    const start = (bytes: number | null, extraConfig = {}) =>
      startZooKeeperServer({
        jvmArgs: bytes === null ? [] : [`-Djute.maxbuffer=${bytes}`],
        extraConfig,
      });
    [source, destination] = await Promise.all([
      start(sourceBytes),
      start(destinationBytes, destinationConfig),
    ]);
  }, SETUP_TIMEOUT_MS);
  afterAll(async () => {
    await Promise.all([source.stop(), destination.stop()]);
  });
}

function synchronize(args: Partial<SynchronizeArguments> = {}): Promise<WorkerExit> {
  return runSynchronize({
    sourceServers: [source.address],
    destinationServers: [destination.address],
    rootPath: '/t',
    ...args,
  });
}

async function expectSameTrees(path = '/t'): Promise<void> {
  const [from, to] = await Promise.all([open(source), open(destination)]);
  expect(await snapshot(to, path)).toEqual(await snapshot(from, path));
  await Promise.all([from.close(), to.close()]);
}

/** Connections that the worker lost, by its log. */
function losses({ lines }: WorkerExit, side: 'source' | 'destination'): number {
  const lost = lines.filter(({ message }) => message === 'connection lost, reconnecting');
  return lost.filter((line) => line['side'] === side).length;
}

describe('servers that take less in one request than by default', () => {
  startBefore(65_536, 65_536);

  test(
    'are read and written in requests that fit, which are found once in a run',
    async () => {
      const client = await open(source);
      await put(client, { '/t': '' });
      const names = Array.from({ length: 2_000 }, (_, index) => `n${index}-${'x'.repeat(400)}`);
      for (let at = 0; at < names.length; at += 100) {
        const ops = names.slice(at, at + 100).map((name): MultiOp => ({
          ...{ type: 'create', path: `/t/${name}`, data: Buffer.from('v') },
        }));
        await client.multi(ops);
      }
      await client.close();
      const first = await synchronize();
      expect(first.result).toMatchObject({ outcome: 'Success', verified: true });
      expect(first.code).toBe(0);
      await expectSameTrees();
      const second = await synchronize();
      expect(second.result).toMatchObject({ outcome: 'Success', counts: { unchanged: 2_001 } });
      for (const run of [first, second]) expect(losses(run, 'source')).toBeLessThan(10);
      expect(losses(first, 'destination')).toBeLessThan(10);
    },
    TEST_TIMEOUT_MS,
  );
});

describe('servers that take more in one request than by default', () => {
  startBefore(8 * MIB, 8 * MIB);

  test(
    'are copied with all they hold, whatever that is',
    async () => {
      const client = await open(source);
      await put(client, { '/t': '' });
      for (const bytes of [2_000_000, 4 * MIB, 8 * MIB - 100]) {
        await client.create(`/t/n${bytes}`, Buffer.alloc(bytes, 'x'));
      }
      const { code, result, lines } = await synchronize();
      expect(result).toMatchObject({ outcome: 'Success', verified: true, fenced: true });
      expect(code).toBe(0);
      expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
      await expectSameTrees();
      expect((await synchronize()).result?.counts).toMatchObject({ unchanged: 4, updated: 0 });
      // Only its version differs from now on.
      await client.setData('/t/n2000000', Buffer.alloc(2_000_000, 'x'));
      const raised = await synchronize({ preserveDataVersions: true });
      expect(raised.result).toMatchObject({ outcome: 'Success', verified: true, notCarried: [] });
      await client.close();
    },
    TEST_TIMEOUT_MS,
  );
});

/** A list of about 1.5 MB that lets anybody in. */
function longAcl(): Acl[] {
  const id = digestAclId('user', 'password');
  const digests = Array.from({ length: 9_000 }, (_, index): Acl => ({
    ...{ permissions: permissions.all, scheme: 'digest' },
    id: `user-${index}-${'x'.repeat(120)}:${id.split(':')[1] ?? ''}`,
  }));
  return [...digests, { permissions: permissions.all, scheme: 'world', id: 'anyone' }];
}

describe.each([
  { what: 'takes them', bytes: 4 * MIB },
  { what: 'does not take them', bytes: null },
])('lists larger than servers take by default, with a destination that $what', ({ bytes }) => {
  startBefore(4 * MIB, bytes);

  test(
    'are carried where they can be, and named where not, at create and later',
    async () => {
      const client = await open(source);
      await put(client, { '/t': '', '/t/small': 's', '/t/later': 'v', '/t/at-once': 'v' });
      await client.setAcl('/t/at-once', longAcl());
      const first = await synchronize();
      await client.setAcl('/t/later', longAcl());
      await client.close();
      const second = await synchronize();
      if (bytes === null) {
        const named = (...paths: string[]) => [
          { reason: 'TooLarge', count: paths.length, paths: expect.arrayContaining(paths) },
        ];
        expect(first.result?.skipped).toEqual(named('/t/at-once'));
        expect(second.result?.skipped).toEqual(named('/t/at-once', '/t/later'));
        expect(second.result?.message).toContain('jute.maxbuffer');
        expect([first.code, second.code]).toEqual([54, 54]);
      } else {
        expect([first.code, second.code]).toEqual([0, 0]);
        const copy = await open(destination);
        for (const path of ['/t/at-once', '/t/later']) {
          expect((await copy.getAcl(path)).acl).toHaveLength(9_001);
        }
        await copy.close();
      }
    },
    TEST_TIMEOUT_MS,
  );
});

describe.each(DRIVERS)('by the driver %s, below chroots at both sides', (driver) => {
  startBefore(4 * MIB, 4 * MIB);
  const testWithDriver = driver === 'native' && !isNativeThere ? test.skip : test;

  testWithDriver(
    'what is larger than servers take by default is copied',
    async () => {
      const [from, to] = await Promise.all([open(source), open(destination)]);
      await put(from, { '/from/t': '' });
      await put(to, { '/to': '' });
      const sizes = [1_048_500, 2_000_000, 4 * MIB - 100];
      for (const bytes of sizes) await from.create(`/from/t/${bytes}`, Buffer.alloc(bytes, 'x'));
      const [, ...words] = synchronizeCommandLine({
        sourceServers: [`${source.address}/from`],
        destinationServers: [`${destination.address}/to`],
        rootPath: '/t',
      });
      const worker = await startWorker(['synchronize', ...words, `--driver=${driver}`]);
      const { code, result } = await worker.exited;
      expect(result).toMatchObject({ outcome: 'Success', verified: true, skipped: [] });
      expect(code).toBe(0);
      for (const bytes of sizes) {
        const { data } = await to.getData(`/to/t/${bytes}`);
        expect(data?.equals(Buffer.alloc(bytes, 'x'))).toBe(true);
      }
      await Promise.all([from.close(), to.close()]);
    },
    TEST_TIMEOUT_MS,
  );
});

describe.each([
  { name: 'by default', bytes: null, most: 1_048_575 },
  { name: 'when it is lowered', bytes: 65_536, most: 65_536 },
])('a destination that takes as much as $name', ({ bytes, most }) => {
  startBefore(4 * MIB, bytes);

  test(
    'gets what it takes, and the result tells how much that is, and what to do',
    async () => {
      const client = await open(source);
      await put(client, { '/t': '', '/t/small': 's' });
      for (const size of [60_000, 2_000_000]) {
        await client.create(`/t/n${size}`, Buffer.alloc(size, 'x'));
      }
      await client.close();
      const { code, result } = await synchronize();
      expect(result?.skipped).toEqual([{ reason: 'TooLarge', count: 1, paths: ['/t/n2000000'] }]);
      expect(result?.message).toContain(`takes requests of at most ${most} bytes`);
      expect(result?.message).toContain('jute.maxbuffer');
      expect(result?.counts.created).toBe(3);
      expect(code).toBe(54);
    },
    TEST_TIMEOUT_MS,
  );
});

describe('a destination that grants no second session', () => {
  startBefore(4 * MIB, null, { maxClientCnxns: 1 });

  test(
    'is taken for one at its default, and the result tells how to say otherwise',
    async () => {
      const client = await open(source);
      await put(client, { '/t': '' });
      await client.create('/t/large', Buffer.alloc(2_000_000, 'x'));
      await client.close();
      const { code, result } = await synchronize();
      expect(code).toBe(54);
      expect(result?.skipped).toEqual([{ reason: 'TooLarge', count: 1, paths: ['/t/large'] }]);
      expect(result?.message).toContain('was not found out');
      expect(result?.message).toContain('juteMaxBufferBytes');
    },
    TEST_TIMEOUT_MS,
  );
});

describe('a destination that takes less in one request than the source', () => {
  startBefore(4 * MIB, 2 * MIB);

  test(
    'is told what it does not take, by its limit, and gets the rest',
    async () => {
      const client = await open(source);
      await put(client, { '/t': '', '/t/small': 's' });
      for (const bytes of [1_500_000, 2 * MIB, 3 * MIB]) {
        await client.create(`/t/n${bytes}`, Buffer.alloc(bytes, 'x'));
      }
      await client.close();
      const { code, result, lines } = await synchronize();
      expect(code).toBe(54);
      expect(result?.counts.created).toBe(3);
      const paths = [`/t/n${2 * MIB}`, `/t/n${3 * MIB}`];
      expect(result?.skipped).toEqual([{ reason: 'TooLarge', count: 2, paths }]);
      expect(result?.message).toContain(
        `The destination takes requests of at most ${2 * MIB} bytes`,
      );
      expect(result?.message).toContain('jute.maxbuffer');
      expect(lines.filter(({ message }) => message.includes('connection lost'))).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'is not tried where its limit is configured, which the result names',
    async () => {
      const client = await open(source);
      await put(client, { '/configured': '' });
      await client.create('/configured/large', Buffer.alloc(1_500_000, 'x'));
      await client.close();
      const { code, result } = await synchronize({
        rootPath: '/configured',
        destinationJuteMaxBufferBytes: 1_200_000,
      });
      expect(code).toBe(54);
      expect(result?.message).toContain('juteMaxBufferBytes');
      expect(result?.message).toContain('1200000');
    },
    TEST_TIMEOUT_MS,
  );
});

describe('servers at their default', () => {
  startBefore(null, null);

  test(
    'are read in parts where many small znodes are followed by many large ones',
    async () => {
      const client = await open(source);
      await putMany(client, '/parts/a', { count: 1_200, data: 'v' });
      await put(client, { '/parts/b': '' });
      for (let index = 0; index < 300; index += 1) {
        await client.create(`/parts/b/n${index}`, Buffer.alloc(100_000, 'x'));
      }
      const first = await synchronize({ rootPath: '/parts' });
      expect(first.result).toMatchObject({ outcome: 'Success', verified: true });
      const again = await synchronize({ rootPath: '/parts' });
      expect(again.result).toMatchObject({ outcome: 'Success', counts: { unchanged: 1_503 } });
      expect(again.lines.filter(({ message }) => message.includes('smaller batches'))).toEqual([]);
      await client.close();
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'take from a run what they take from any client, fence included',
    async () => {
      const client = await open(source);
      await put(client, { '/near': '' });
      const sizes = [1_048_180, 1_048_400, 1_048_500];
      for (const bytes of sizes) await client.create(`/near/${bytes}`, Buffer.alloc(bytes, 'x'));
      const first = await synchronize({ rootPath: '/near' });
      expect(first.result).toMatchObject({ outcome: 'Success', verified: true, fenced: true });
      await expectSameTrees('/near');
      for (const bytes of sizes) await client.setData(`/near/${bytes}`, Buffer.alloc(bytes, 'y'));
      const second = await synchronize({ rootPath: '/near' });
      expect(second.result).toMatchObject({ outcome: 'Success', counts: { updated: 3 } });
      await expectSameTrees('/near');
      expect((await synchronize({ rootPath: '/near' })).result?.counts).toMatchObject({
        unchanged: 4,
      });
      for (const run of [first, second]) expect(losses(run, 'destination')).toBe(0);
      await client.close();
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'take a znode whose list is so long that it does not fit beside the data',
    async () => {
      const client = await open(source);
      const acl = Array.from({ length: 200 }, (_, index) => ({
        ...{ permissions: permissions.all, scheme: 'digest' },
        id: digestAclId(`user-${index}-${'x'.repeat(100)}`, 'password'),
      }));
      acl.push({ permissions: permissions.all, scheme: 'world', id: 'anyone' });
      await client.create('/listed', Buffer.alloc(1_048_400, 'x'));
      await client.setAcl('/listed', acl);
      const { result } = await synchronize({ rootPath: '/listed' });
      expect(result).toMatchObject({ outcome: 'Success', verified: true, fenced: true });
      const copy = await open(destination);
      expect((await copy.getAcl('/listed')).acl).toHaveLength(201);
      await copy.close();
      await client.close();
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'are asked for so few znodes at once that their paths fit into a request',
    async () => {
      const client = await open(source);
      await put(client, { '/few': '' });
      for (let index = 0; index < 800; index += 1) {
        await client.create(`/few/n${index}-${'x'.repeat(5_000)}`, Buffer.from('v'));
      }
      await client.close();
      const run = await synchronize({ rootPath: '/few' });
      expect(run.result).toMatchObject({ outcome: 'Success', verified: true });
      await expectSameTrees('/few');
      expect(losses(run, 'source') + losses(run, 'destination')).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );
});
