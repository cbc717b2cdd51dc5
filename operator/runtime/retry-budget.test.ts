import { expect, test } from '@jest/globals';
import { RetryBudget } from './retry-budget.ts';

test('a key waits 5 ms, then twice as long each time, at most 1000 s', () => {
  const budget = new RetryBudget();
  // A second apart, so that the common bucket never runs dry.
  const delays = Array.from({ length: 30 }, (_, index) =>
    budget.delayAfterFailure('a', index * 1e3),
  );
  expect(delays.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
  expect(delays.at(-1)).toBe(1_000_000);
  expect(budget.failuresOf('a')).toBe(30);
});

test('a key that did well begins anew', () => {
  const budget = new RetryBudget();
  budget.delayAfterFailure('a', 0);
  budget.delayAfterFailure('a', 0);
  budget.forget('a');
  expect(budget.failuresOf('a')).toBe(0);
  expect(budget.delayAfterFailure('a', 0)).toBe(5);
});

test('when all keys fail at once, a hundred go at once and then ten a second', () => {
  const budget = new RetryBudget();
  const delays = Array.from({ length: 120 }, (_, index) =>
    budget.delayAfterFailure(`k${index}`, 0),
  );
  expect(delays.filter((delayMs) => delayMs === 5)).toHaveLength(100);
  expect(delays[100]).toBe(100);
  expect(delays[119]).toBe(2000);
});

test('the bucket fills again with time', () => {
  const budget = new RetryBudget();
  for (let index = 0; index < 110; index++) budget.delayAfterFailure(`k${index}`, 0);
  expect(budget.delayAfterFailure('later', 60_000)).toBe(5);
});
