import { beforeAll, describe, expect, test } from '@jest/globals';
import { STAGES, standingStill, STANDSTILLS, stopEach, type StoppedAt } from '../testing/stages.ts';
import { useTwoClusters } from '../testing/two-clusters.ts';

useTwoClusters();

const TIMEOUT_MS = 300_000;

/** With a deadline, which goes the same way, a few; all of them in the long form. */
const WITH_DEADLINE = ['the lookup of a name', 'the first multiRead', 'applying'];

const ORDERS = [
  ...STAGES.map((stage) => ({ stage, stop: 'SIGTERM' as const })),
  ...STAGES.filter(({ name }) => WITH_DEADLINE.includes(name)).map((stage) => ({
    stage,
    stop: 'deadline' as const,
  })),
  { stage: standingStill(STANDSTILLS.work()), stop: 'deadline' as const },
];

describe('a run that is told to stop, whatever it waits for, ends and says so', () => {
  let ends: readonly StoppedAt[];

  beforeAll(async () => {
    ends = await stopEach(ORDERS);
  }, TIMEOUT_MS);

  test.each(ORDERS.map(({ stage, stop }, index) => ({ name: stage.name, stop, index })))(
    '$stop at $name',
    ({ index }) => {
      const { exit, code, outcome } = ends[index]!;
      expect(exit.stderr).toBe('');
      expect(exit).toMatchObject({ code, result: { outcome } });
      expect(JSON.parse(exit.terminationMessage ?? '')).toEqual(exit.result);
    },
  );
});
