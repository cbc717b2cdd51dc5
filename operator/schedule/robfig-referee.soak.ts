import { expect, test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { disagreements } from './testing/answer.ts';
import { randomQuestions } from './testing/random-questions.ts';
import { askRobfig } from './testing/robfig-referee.ts';

const SEED = Number(process.env['SEED'] ?? randomInt(2 ** 31));
const ROUNDS = 20;
const QUESTIONS = 10_000;

/** Minutes on a machine of its own; it only ends what hangs. */
const TIMEOUT_MS = 1_800_000;

test(
  `many random schedules, zones and moments: the same times as Go's robfig/cron (SEED=${SEED})`,
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const questions = randomQuestions(QUESTIONS, SEED + round);

      const theirs = await askRobfig(questions, process.env['XDG_CACHE_HOME']);

      expect(theirs).toHaveLength(QUESTIONS);
      expect(disagreements(questions, theirs).slice(0, 5)).toEqual([]);
    }
  },
  TIMEOUT_MS,
);
