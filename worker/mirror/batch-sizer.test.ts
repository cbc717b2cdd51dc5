import { describe, expect, test } from '@jest/globals';
import { BatchSizer } from './batch-sizer.ts';

const LIMITS = { maxOps: 256, targetBytes: 100_000 };

describe('the size of read batches', () => {
  test('grows step by step while znodes are small, up to the limit', () => {
    const sizer = new BatchSizer(LIMITS);
    const sizes = Array.from({ length: 6 }, () => {
      sizer.observe(sizer.ops, 10 * sizer.ops);
      return sizer.ops;
    });
    expect(sizes).toEqual([16, 32, 64, 128, 256, 256]);
  });

  test('shrinks at once where znodes are large, down to one', () => {
    const sizer = new BatchSizer(LIMITS);
    sizer.observe(8, 8 * 20_000);
    expect(sizer.ops).toBe(5);
    sizer.observe(5, 5 * 900_000);
    expect(sizer.ops).toBe(1);
  });

  test('does not grow by batches that were far from full', () => {
    const sizer = new BatchSizer(LIMITS);
    sizer.observe(1, 10);
    expect(sizer.ops).toBe(8);
  });
});
