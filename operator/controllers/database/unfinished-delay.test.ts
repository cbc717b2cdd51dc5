import { expect, test } from '@jest/globals';
import { delayAfterUnfinishedMs } from './unfinished-delay.ts';

test('those that were probed when the operator ended are not all probed again at once', () => {
  const delays = Array.from({ length: 20 }, (_, index) =>
    delayAfterUnfinishedMs(`uid-${index}`, 1),
  );

  expect(new Set(delays).size).toBe(20);
  expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(30_000);
});
