import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SynchronizeArguments } from '../api/worker-contract.ts';
import type { MultiOp } from '../zookeeper/index.ts';
import { startZooKeeperServer } from '../zookeeper/testing/index.ts';
import type { ZooKeeperServer } from '../zookeeper/testing/index.ts';
import { runSynchronize } from './testing/run-worker.ts';
import type { WorkerExit } from './testing/run-worker.ts';
import { open, put, snapshot } from './testing/znodes.ts';

const SETUP_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 120_000;

let source: ZooKeeperServer;
let destination: ZooKeeperServer;

/** Starts both sides with what a server takes of `jute.maxbuffer`; null for its default. */
function startBefore(sourceBytes: number | null, destinationBytes: number | null): void {
  beforeAll(async () => {
    const start = (bytes: number | null) =>
      startZooKeeperServer(bytes === null ? {} : { jvmArgs: [`-Djute.maxbuffer=${bytes}`] });
    [source, destination] = await Promise.all([start(sourceBytes), start(destinationBytes)]);
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

async function expectSameTrees(): Promise<void> {
  const [from, to] = await Promise.all([open(source), open(destination)]);
  expect(await snapshot(to, '/t')).toEqual(await snapshot(from, '/t'));
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
      for (const run of [first, second]) expect(losses(run, 'source')).toBeLessThan(4);
      expect(losses(first, 'destination')).toBeLessThan(10);
    },
    TEST_TIMEOUT_MS,
  );
});

describe('servers at their default', () => {
  startBefore(null, null);

  test(
    'are asked for so few znodes at once that their paths fit into a request',
    async () => {
      const client = await open(source);
      await put(client, { '/t': '' });
      for (let index = 0; index < 800; index += 1) {
        await client.create(`/t/n${index}-${'x'.repeat(5_000)}`, Buffer.from('v'));
      }
      await client.close();
      const run = await synchronize();
      expect(run.result).toMatchObject({ outcome: 'Success', verified: true });
      await expectSameTrees();
      expect(losses(run, 'source') + losses(run, 'destination')).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );
});
