import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import { digestAclId, permissions, type MultiOp } from '../../zookeeper/index.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { importNativeClient } from '../storage/native/native-client.ts';
import { startWorker, type WorkerExit } from '../testing/run-worker.ts';
import { open, put } from '../testing/znodes.ts';

const SETUP_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 120_000;

/** One request at a time, and every other one that had to wait for a moment is turned away (-127). */
const THROTTLED = [
  '-Dzookeeper.request_throttle_max_requests=1',
  '-Dzookeeper.request_throttle_stall_time=20',
  '-Dzookeeper.throttled_op_wait_time=1',
];

const ZNODES = 600;

let dir: string;
let server: ZooKeeperServer;

/** The tree is written before the server throttles, for that client of the test asks only once. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'throttled-'));
  await using before = await startZooKeeperServer({ dataDir: dir });
  const client = await open(before);
  await put(client, { '/source/t': '' });
  const acl = ['some', 'other'].map((user) => ({
    permissions: permissions.all,
    scheme: 'digest',
    id: digestAclId(user, 'password'),
  }));
  acl.push({ permissions: permissions.all, scheme: 'world', id: 'anyone' });
  const ops = Array.from({ length: ZNODES }, (_, index): MultiOp => {
    const path = `/source/t/n${index}`;
    return { type: 'create', path, data: Buffer.from('v'), acl: acl.slice(index % 2) };
  });
  await client.multi(ops);
  await client.close();
  await before.stop();
  server = await startZooKeeperServer({ dataDir: dir, jvmArgs: THROTTLED });
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await server.stop();
  await rm(dir, { recursive: true });
});

async function synchronize(
  destination: string,
  { driver }: { driver: string },
): Promise<WorkerExit> {
  const args: SynchronizeArguments = {
    sourceServers: [`${server.address}/source`],
    destinationServers: [`${server.address}/${destination}`],
    rootPath: '/t',
  };
  const worker = await startWorker([...synchronizeCommandLine(args), `--driver=${driver}`]);
  return await worker.exited;
}

const isNativeThere = await importNativeClient().then(
  () => true,
  () => false,
);

describe('servers that turn requests away while they are busy', () => {
  test.each(isNativeThere ? ['pipelined', 'native'] : ['pipelined'])(
    'are asked again, more slowly: the copy is whole, with the driver %s',
    async (driver) => {
      const { code, result, lines } = await synchronize(driver, { driver });
      expect(result).toMatchObject({ outcome: 'Success', verified: true });
      expect(code).toBe(0);
      expect(result?.counts.created).toBe(ZNODES + 1);
      const warnings = lines.filter(({ level }) => level === 'warn');
      expect(warnings.map(({ message }) => message)).toContain(
        'the servers turn requests away (Throttled): asking again, fewer at a time',
      );
      const client = await open(server);
      expect(await client.getAllChildrenNumber(`/${driver}/t`)).toBe(ZNODES);
      await client.close();
    },
    TEST_TIMEOUT_MS,
  );
});
