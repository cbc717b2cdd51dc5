import { expect, test } from '@jest/globals';
import { printSeed, testSeed } from '../../testing/seeded-random.ts';
import { fuzzReplies } from './testing/fuzz-replies.ts';

const ROUNDS = 200_000;
const TEST_TIMEOUT_MS = 1_200_000;

test(
  'two hundred thousand damaged streams of replies: no crash, no hang, no memory out of proportion',
  async () => {
    const seed = testSeed();
    printSeed('damaged replies', seed);
    const report = await fuzzReplies({ seed, rounds: ROUNDS });
    process.stderr.write(`${JSON.stringify({ ...report, problems: report.problems.length })}\n`);
    expect({ seed, problems: report.problems.slice(0, 10) }).toEqual({ seed, problems: [] });
  },
  TEST_TIMEOUT_MS,
);
