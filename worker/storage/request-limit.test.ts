import { describe, expect, test } from '@jest/globals';
import { DEFAULT_REQUEST_BYTES, RequestLimit } from './request-limit.ts';

function limitWith(configuredBytes: number | null = null) {
  const halved: number[] = [];
  const limit = new RequestLimit(configuredBytes, (bytes) => halved.push(bytes));
  return { limit, halved };
}

describe('the size of batches', () => {
  test('is what servers take by default, or what is configured', () => {
    expect(limitWith().limit.batchBytes).toBe(DEFAULT_REQUEST_BYTES);
    expect(limitWith(65_536).limit.batchBytes).toBe(65_536);
  });

  test('is halved when one goes down twice, then each time, and stays so', () => {
    const { limit, halved } = limitWith();
    limit.lost(400_000, 1);
    expect(limit.batchBytes).toBe(DEFAULT_REQUEST_BYTES);
    limit.lost(400_000, 2);
    limit.lost(200_000, 3);
    limit.took(90_000);
    limit.took(1_000);
    expect(limit.batchBytes).toBe(100_000);
    expect(halved).toEqual([200_000, 100_000]);
  });

  test('is not halved for what went down together, nor for small requests', () => {
    const { limit, halved } = limitWith();
    for (const bytes of [400_000, 300_000, 400_000]) limit.lost(bytes, 1);
    for (let connection = 2; connection < 9; connection += 1) limit.lost(8_000, connection);
    expect(halved).toEqual([]);
  });

  test('is not halved by losses now and then, where requests of that size are answered between', () => {
    const { limit, halved } = limitWith();
    for (let connection = 1; connection < 9; connection += 1) {
      limit.lost(400_000, connection);
      expect(limit.isInDoubt).toBe(true);
      limit.took(400_000);
      expect(limit.isInDoubt).toBe(false);
    }
    expect(halved).toEqual([]);
  });

  test('never gets so small that a single znode would hardly fit', () => {
    const { limit } = limitWith();
    for (let connection = 1; connection < 50; connection += 1) limit.lost(1_000_000, connection);
    expect(limit.batchBytes).toBeGreaterThanOrEqual(8_192);
  });
});
