import { expect, test } from '@jest/globals';
import { Backoff, REFLECTOR_BACKOFF } from './backoff.ts';

test('delays double from 0.8 s to 30 s', () => {
  const backoff = new Backoff({ ...REFLECTOR_BACKOFF, random: () => 1 });
  const delays = Array.from({ length: 8 }, () => backoff.next(0));
  expect(delays).toEqual([800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
});

test('half of a delay is left to chance', () => {
  const backoff = new Backoff({ ...REFLECTOR_BACKOFF, random: () => 0 });
  expect(backoff.next(0)).toBe(400);
});

test('after two quiet minutes the first delay is back', () => {
  const backoff = new Backoff({ ...REFLECTOR_BACKOFF, random: () => 1 });
  backoff.next(0);
  backoff.next(1000);
  expect(backoff.next(121_000)).toBe(3200);
  expect(backoff.next(241_001)).toBe(800);
});
