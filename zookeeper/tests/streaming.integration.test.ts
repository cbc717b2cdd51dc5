import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, type ZooKeeperClient } from '../client.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../testing/index.ts';
import { streamRequests } from '../testing/stream-run.ts';

const START_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 300_000;
const MEBIBYTE = 1024 * 1024;

let server: ZooKeeperServer;
let client: ZooKeeperClient;

beforeAll(async () => {
  server = await startZooKeeperServer();
  client = await connect({ servers: [server.address] });
  await client.create('/stream', Buffer.alloc(100));
}, START_TIMEOUT_MS);

afterAll(async () => {
  await client.close();
  await server.stop();
});

describe('a caller that pauses while the client is saturated', () => {
  test(
    'streams a hundred thousand reads, few at a time and without growth',
    async () => {
      const { heapBytes, maxPending, failed } = await streamRequests({
        ...{ client, requests: 100_000, samples: 5 },
        request: (zk) => zk.getData('/stream'),
      });
      expect(failed).toBe(0);
      // One window in flight, one behind it.
      expect(maxPending).toBeLessThanOrEqual(2_000);
      const [, settled = 0] = heapBytes;
      expect(Math.max(...heapBytes.slice(2)) - settled).toBeLessThan(4 * MEBIBYTE);
    },
    TEST_TIMEOUT_MS,
  );
});
