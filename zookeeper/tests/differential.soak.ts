import { expect, test } from '@jest/globals';
import { connect } from '../client.ts';
import { startZooKeeperServer } from '../testing/index.ts';
import { printSeed, testSeed } from '../../testing/seeded-random.ts';
import { runDifferential } from '../testing/differential/differential-run.ts';
import { loadNative } from '../testing/native-client.ts';

const TEST_TIMEOUT_MS = 1_200_000;
const ROUNDS = 10;
const OPERATIONS = 10_000;

test(
  'a hundred thousand operations through the C library and through this client come to the same',
  async () => {
    const seed = testSeed();
    printSeed('the same operations through two clients', seed);
    const connectNative = await loadNative();
    if (connectNative === null) throw new Error('the optional package zookeeper is not compiled');
    await using server = await startZooKeeperServer();
    await using ours = await connect({ servers: [server.address] });
    const theirs = await connectNative(server.address);
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const options = {
          ours,
          theirs,
          seed: seed + round,
          operations: OPERATIONS,
          root: `/round-${round}`,
        };
        const { differences, results } = await runDifferential(options);
        expect({ seed: seed + round, differences }).toEqual({
          seed: seed + round,
          differences: [],
        });
        if (round === 0) process.stderr.write(`${JSON.stringify([...results])}\n`);
      }
    } finally {
      theirs.close();
    }
  },
  TEST_TIMEOUT_MS,
);
