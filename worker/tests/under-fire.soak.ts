import { expect, test } from '@jest/globals';
import { printSeed, testSeed } from '../../testing/seeded-random.ts';
import { runUnderFire } from '../testing/fire/run-under-fire.ts';

/** Of a whole run; each takes some seconds. SOAK_ROUNDS and FUZZ_SEED repeat a part of one. */
const ROUNDS = Number(process.env['SOAK_ROUNDS'] ?? 200);
const ROUND_TIMEOUT_MS = 120_000;

test(
  `${ROUNDS} rounds under fire: nothing is lost, no success is false, no superseded run writes`,
  async () => {
    const seed = testSeed();
    printSeed('under fire', seed);
    const { problems, ...figures } = await runUnderFire({
      seed,
      rounds: ROUNDS,
      roundsPerRoot: 10,
      onRound: (line) => process.stderr.write(`${line}\n`),
    });
    process.stderr.write(`${JSON.stringify(figures)}\n`);
    expect(problems).toEqual([]);
  },
  ROUNDS * ROUND_TIMEOUT_MS,
);
