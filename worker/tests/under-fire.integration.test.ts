import { expect, test } from '@jest/globals';
import { testSeed } from '../../testing/seeded-random.ts';
import { runUnderFire } from '../testing/fire/run-under-fire.ts';

const TIMEOUT_MS = 600_000;

/** The short form of under-fire.soak.ts, whose rounds do everything once. */
test(
  'nothing is lost, no success is false and no superseded run writes, whatever happens',
  async () => {
    const seed = testSeed();
    const { problems, ends } = await runUnderFire({ seed, rounds: 3, roundsPerRoot: 2 });
    expect({ problems, seed }).toEqual({ problems: [], seed });
    expect(Object.values(ends).reduce((sum, count) => sum + count)).toBe(3);
  },
  TIMEOUT_MS,
);
