import { expect, test } from '@jest/globals';
import { printSeed, testSeed } from '../../testing/seeded-random.ts';
import { runRandomTrees } from '../testing/random-trees/run-random-trees.ts';
import { loadFullReferee } from '../testing/referee.ts';

const FOR_MS = 300_000;

const referee = await loadFullReferee();

(referee === null ? test.skip : test)(
  'five minutes of random trees: every copy is what the rules say, and a second run writes nothing',
  async () => {
    const seed = testSeed();
    printSeed('random trees', seed);
    const { problems, ...figures } = await runRandomTrees({
      ...{ seed, pairs: 0, forMs: FOR_MS },
      referee: referee!,
    });
    process.stderr.write(`${JSON.stringify(figures)}\n`);
    expect(problems).toEqual([]);
    expect(figures.tooLarge).toBeGreaterThan(0);
  },
  3 * FOR_MS,
);
