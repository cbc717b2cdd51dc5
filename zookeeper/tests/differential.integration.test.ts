import { expect, test } from '@jest/globals';
import { connect } from '../client.ts';
import { startZooKeeperServer } from '../testing/index.ts';
import { testSeed } from '../../testing/seeded-random.ts';
import { runDifferential } from '../testing/differential/differential-run.ts';
import { loadNative } from '../testing/native-client.ts';

const TEST_TIMEOUT_MS = 600_000;
const OPERATIONS = 2_000;

const connectNative = await loadNative();
const testWithNative = connectNative === null ? test.skip : test;

testWithNative(
  'the same operations through the C library have the same results and leave the same tree',
  async () => {
    const seed = testSeed();
    await using server = await startZooKeeperServer();
    await using ours = await connect({ servers: [server.address] });
    const theirs = await connectNative!(server.address);
    try {
      const root = '/differential';
      const report = await runDifferential({ ours, theirs, seed, operations: OPERATIONS, root });
      expect({ seed, differences: report.differences }).toEqual({ seed, differences: [] });
      // Successes and refusals of every kind, or nothing was compared.
      expect(report.results.size).toBeGreaterThan(20);
      expect([...report.results.keys()]).toEqual(
        expect.arrayContaining(['multi: ok', 'setAcl: ok', 'getAcl: ok', 'set: error -102']),
      );
    } finally {
      theirs.close();
    }
  },
  TEST_TIMEOUT_MS,
);
