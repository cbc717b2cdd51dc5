import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Slowdown } from './slowdown.ts';

const SECOND = 1_000;

describe('the rate that latency allows', () => {
  test('is the full one while answers come as fast as ever', () => {
    const slowdown = new Slowdown();
    for (const latencyMs of [5, 4, 6, 14, 5]) {
      const expected = { isSlow: false, factor: 1 };
      expect(slowdown.observe(latencyMs, 0)).toMatchObject(expected);
    }
  });

  test.each([
    { baselineMs: 1, still: 11, slow: 11.1 },
    { baselineMs: 5, still: 15, slow: 15.1 },
    { baselineMs: 50, still: 150, slow: 150.1 },
  ])('shrinks beyond three times $baselineMs ms, and 10 ms more', ({ baselineMs, still, slow }) => {
    const slowdown = new Slowdown();
    slowdown.observe(baselineMs, 0);
    expect(slowdown.observe(still, 0)).toEqual({ isSlow: false, factor: 1, baselineMs });
    expect(slowdown.observe(slow, 0)).toEqual({ isSlow: false, factor: 1, baselineMs });
    expect(slowdown.observe(slow, 0)).toEqual({ isSlow: true, factor: 0.7, baselineMs });
  });

  test('stays as it is when one answer alone is slow', () => {
    const slowdown = new Slowdown();
    for (const latencyMs of [1, 100, 1, 100, 1]) {
      expect(slowdown.observe(latencyMs, 0)).toMatchObject({ isSlow: false, factor: 1 });
    }
  });

  test('shrinks by shares to a twentieth, and grows by steps to all of it', () => {
    const slowdown = new Slowdown();
    slowdown.observe(1, 0);
    slowdown.observe(100, 0);
    const down = Array.from({ length: 9 }, () => slowdown.observe(100, 0).factor);
    expect(down.slice(0, 3)).toEqual([0.7, expect.closeTo(0.49), expect.closeTo(0.343)]);
    expect(down.at(-1)).toBe(0.05);
    const up = Array.from({ length: 20 }, () => slowdown.observe(1, 0).factor);
    expect(up.slice(0, 2)).toEqual([expect.closeTo(0.1), expect.closeTo(0.15)]);
    expect(up.at(-1)).toBe(1);
  });

  test('takes a server for what it is that has not been faster for a minute', () => {
    const slowdown = new Slowdown();
    slowdown.observe(1, 0);
    slowdown.observe(50, 30 * SECOND);
    expect(slowdown.observe(50, 60 * SECOND)).toMatchObject({ isSlow: true, baselineMs: 1 });
    expect(slowdown.observe(50, 60 * SECOND + 1)).toMatchObject({ isSlow: false, baselineMs: 50 });
  });

  test('follows from the fastest answer of the last minute, and stays within its bounds', () => {
    const answers = fc.array(
      fc.record({
        afterMs: fc.nat(20_000),
        latencyMs: fc.double({ min: 0, max: 200, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(answers, (each) => {
        const slowdown = new Slowdown();
        const seen: { atMs: number; latencyMs: number }[] = [];
        let nowMs = 0;
        let before = 1;
        let wasLate = false;
        for (const { afterMs, latencyMs } of each) {
          nowMs += afterMs;
          seen.push({ atMs: nowMs, latencyMs });
          const recent = seen.filter(({ atMs }) => atMs >= nowMs - 60_000);
          const fastest = Math.min(...recent.map((answer) => answer.latencyMs));
          const { isSlow, factor, baselineMs } = slowdown.observe(latencyMs, nowMs);
          expect(baselineMs).toBe(fastest);
          const isLate = latencyMs > 3 * fastest && latencyMs > fastest + 10;
          expect(isSlow).toBe(isLate && wasLate);
          expect(factor).toBeGreaterThanOrEqual(0.05);
          expect(factor).toBeLessThanOrEqual(1);
          const shrunk = isSlow && before > 0.05 ? -1 : 0;
          expect(Math.sign(factor - before)).toBe(isLate || before === 1 ? shrunk : 1);
          before = factor;
          wasLate = isLate;
        }
      }),
    );
  });
});
