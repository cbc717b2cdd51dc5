import { expect, test } from '@jest/globals';
import { judgeRpo } from './rpo.ts';
import { at, iso } from './testing/builders.ts';

const creationTime = at('08:00');

test.each([
  {
    name: 'a copy that is new enough',
    given: { lastSnapshotTime: at('09:00'), now: at('10:00') },
    verdict: {
      ...{ status: 'True', reason: 'WithinRPO', missedFrom: at('10:00') },
      message: `The newest verified copy is of ${iso('09:00')}; spec.rpo is 1h.`,
    },
  },
  {
    name: 'a copy that is too old',
    given: { lastSnapshotTime: at('09:00'), now: at('10:00:01') },
    verdict: {
      ...{ status: 'False', reason: 'RPOExceeded', missedFrom: undefined },
      message: `The newest verified copy is of ${iso('09:00')}, longer ago than spec.rpo, 1h.`,
    },
  },
  {
    name: 'no copy yet',
    given: { lastSnapshotTime: undefined, now: at('09:00') },
    verdict: {
      ...{ status: 'Unknown', reason: 'NoCopyYet', missedFrom: at('09:00') },
      message: 'There is no verified copy yet; spec.rpo is 1h.',
    },
  },
  {
    name: 'no copy for longer than that',
    given: { lastSnapshotTime: undefined, now: at('09:00:01') },
    verdict: {
      ...{ status: 'False', reason: 'NoCopyYet', missedFrom: undefined },
      message: 'There is no verified copy yet; spec.rpo is 1h.',
    },
  },
] as const)('says of $name what is so and what is asked for', ({ given, verdict }) => {
  expect(judgeRpo('1h', { creationTime, ...given })).toEqual(verdict);
});
