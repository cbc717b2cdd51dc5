import { expect, test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { disagreements } from './testing/answer.ts';
import { randomQuestions } from './testing/random-questions.ts';
import { askRobfig } from './testing/robfig-referee.ts';

const SEED = Number(process.env['SEED'] ?? randomInt(2 ** 31));
const QUESTIONS = 2_000;

test(`random schedules, zones and moments: the same times as Go's robfig/cron (SEED=${SEED})`, async () => {
  const questions = randomQuestions(QUESTIONS, SEED);

  const theirs = await askRobfig(questions, process.env['XDG_CACHE_HOME']);

  expect(theirs).toHaveLength(QUESTIONS);
  expect(theirs.filter((each) => each !== 'refused').length).toBeGreaterThan(QUESTIONS / 2);
  expect(disagreements(questions, theirs).slice(0, 5)).toEqual([]);
});
