import { expect, test } from '@jest/globals';
import { testSeed } from '../../testing/seeded-random.ts';
import { runRandomTrees } from '../testing/random-trees/run-random-trees.ts';
import { loadFullReferee } from '../testing/referee.ts';

const TIMEOUT_MS = 600_000;

const referee = await loadFullReferee();

/** The short form of random-trees.soak.ts. */
(referee === null ? test.skip : test)(
  'a copy of any tree into any other is what the rules say, and a second run writes nothing',
  async () => {
    const seed = testSeed();
    const { problems, pairs } = await runRandomTrees({ seed, pairs: 6, referee: referee! });
    expect({ problems, pairs, seed }).toEqual({ problems: [], pairs: 6, seed });
  },
  TIMEOUT_MS,
);
