import { expect, test } from '@jest/globals';
import { connect, type ZooKeeperClient } from '../client.ts';
import { startZooKeeperServer } from '../testing/index.ts';
import { streamRequests } from '../testing/stream-run.ts';

const TEST_TIMEOUT_MS = 1_200_000;
const MEBIBYTE = 1024 * 1024;
const data = Buffer.alloc(100);

test.each<{
  name: string;
  request: (zk: ZooKeeperClient, index: number) => Promise<unknown>;
}>([
  { name: 'reads', request: (zk) => zk.getData('/stream') },
  { name: 'writes', request: (zk) => zk.setData('/stream', data) },
  {
    name: 'reads and writes that fail',
    request: (zk, index) =>
      index % 2 === 0 ? zk.getData('/none') : zk.setData('/stream', null, 2 ** 30),
  },
])(
  'a million $name pass without growth',
  async ({ name, request }) => {
    await using server = await startZooKeeperServer();
    await using client = await connect({ servers: [server.address] });
    await client.create('/stream', data);
    const options = { client, requests: 1_000_000, samples: 10, request };
    const { heapBytes, maxPending, failed } = await streamRequests(options);
    const mebibytes = heapBytes.map((bytes) => Number((bytes / MEBIBYTE).toFixed(1)));
    process.stderr.write(`${name}: MiB in use ${mebibytes.join(' ')}, pending ${maxPending}\n`);
    expect(failed).toBe(name.endsWith('fail') ? 1_000_000 : 0);
    expect(maxPending).toBeLessThanOrEqual(2_000);
    const [, settled = 0] = heapBytes;
    expect(Math.max(...heapBytes.slice(2)) - settled).toBeLessThan(4 * MEBIBYTE);
  },
  TEST_TIMEOUT_MS,
);
