import { describe, expect, test } from '@jest/globals';
import { BatchSizer, type BatchAnswer } from './batch-sizer.ts';

const MIB = 1024 * 1024;
const LIMITS = { maxOps: 256, targetBytes: 100_000, largestBytes: 100_000 };

function answer(ops: number, bytesEach: number): BatchAnswer {
  return { ops, bytes: ops * bytesEach, largestBytes: bytesEach };
}

function grown(sizer: BatchSizer): number {
  for (let batch = 0; batch < 10; batch += 1) sizer.observe(answer(sizer.ops, 10));
  return sizer.ops;
}

describe('the size of read batches', () => {
  test('grows step by step while znodes are small, up to the limit', () => {
    const sizer = new BatchSizer(LIMITS);
    const sizes = Array.from({ length: 6 }, () => {
      sizer.observe(answer(sizer.ops, 10));
      return sizer.ops;
    });
    expect(sizes).toEqual([16, 32, 64, 128, 256, 256]);
  });

  test('shrinks at once where znodes are large, down to one', () => {
    const sizer = new BatchSizer(LIMITS);
    sizer.observe(answer(8, 20_000));
    expect(sizer.ops).toBe(5);
    sizer.observe(answer(5, 900_000));
    expect(sizer.ops).toBe(1);
  });

  test('does not grow by batches that were far from full', () => {
    const sizer = new BatchSizer(LIMITS);
    sizer.observe(answer(1, 10));
    expect(sizer.ops).toBe(8);
  });

  test('stays so small after a large znode that as many of that size are no harm to a server', () => {
    const sizer = new BatchSizer({ ...LIMITS, targetBytes: 512 * MIB });
    expect(grown(sizer)).toBe(256);
    sizer.observe({ ops: 256, bytes: 4 * MIB, largestBytes: 4 * MIB });
    expect(sizer.ops).toBe(16);
    expect(grown(sizer)).toBe(16);
  });

  test('is so small from the first where somebody said how large znodes may be', () => {
    const sizer = new BatchSizer({ ...LIMITS, largestBytes: 32 * MIB });
    expect(sizer.ops).toBe(2);
    expect(grown(sizer)).toBe(2);
    expect(grown(new BatchSizer({ ...LIMITS, largestBytes: 128 * MIB }))).toBe(1);
  });
});
