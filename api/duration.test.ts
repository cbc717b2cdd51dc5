import { expect, test } from '@jest/globals';
import { parseGoDuration } from './duration.ts';

const durations = [
  { duration: '90m', ms: 5_400_000 },
  { duration: '1h30m', ms: 5_400_000 },
  { duration: '1.5h', ms: 5_400_000 },
  { duration: '24h', ms: 86_400_000 },
  { duration: '1h0m0.25s', ms: 3_600_250 },
  { duration: '300ms', ms: 300 },
  { duration: '5µs', ms: 0.005 },
  { duration: '0s', ms: 0 },
  { duration: '90', ms: null },
  { duration: '1d', ms: null },
  { duration: '-1h', ms: null },
  { duration: '', ms: null },
];

test.each(durations)('$duration is $ms ms', ({ duration, ms }) => {
  expect(parseGoDuration(duration)).toBe(ms);
});
