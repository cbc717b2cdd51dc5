import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TokenBucket } from './token-bucket.ts';

describe('a token bucket', () => {
  test('lets a hundredth of a second pass at once, and one more on credit', () => {
    const bucket = new TokenBucket(1_000, 0);
    bucket.take(10, 0);
    expect(bucket.waitMs(0)).toBe(0);
    bucket.take(50, 0);
    expect(bucket.waitMs(0)).toBe(50);
    expect(bucket.waitMs(49)).toBe(1);
    expect(bucket.waitMs(50)).toBe(0);
  });

  test('saves up no more than that, however long nobody comes', () => {
    const bucket = new TokenBucket(1_000, 0);
    bucket.take(11, 3_600_000);
    expect(bucket.waitMs(3_600_000)).toBe(1);
  });

  test('pays a debt off at the rate of the moment', () => {
    const bucket = new TokenBucket(1_000, 0);
    bucket.take(110, 0);
    bucket.setRate(500, 40);
    expect(bucket.waitMs(40)).toBe(120);
    bucket.setRate(2_000, 100);
    expect(bucket.waitMs(100)).toBe(15);
  });

  test('never lets more pass than rate × (time + 10 ms), and what passed last', () => {
    const takes = fc.array(fc.record({ idleMs: fc.nat(500), count: fc.nat(300) }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), takes, (perSecond, each) => {
        const bucket = new TokenBucket(perSecond, 0);
        let nowMs = 0;
        let before = 0;
        for (const { idleMs, count } of each) {
          nowMs += idleMs;
          nowMs += bucket.waitMs(nowMs);
          expect(bucket.waitMs(nowMs)).toBeLessThanOrEqual(1);
          nowMs += bucket.waitMs(nowMs);
          expect(before).toBeLessThanOrEqual((perSecond * (nowMs + 10)) / 1_000 + 1e-6);
          bucket.take(count, nowMs);
          before += count;
        }
      }),
    );
  });

  test('keeps nobody waiting for longer than what was taken is worth', () => {
    const counts = fc.array(fc.nat(300), { minLength: 1 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), counts, (perSecond, each) => {
        const bucket = new TokenBucket(perSecond, 0);
        let nowMs = 0;
        let taken = 0;
        for (const count of each) {
          nowMs += bucket.waitMs(nowMs);
          bucket.take(count, nowMs);
          taken += count;
        }
        // Each wait is a whole number of milliseconds.
        expect(nowMs).toBeLessThanOrEqual((taken / perSecond) * 1_000 + each.length);
      }),
    );
  });
});
