import { describe, expect, test } from '@jest/globals';
import { DEFAULT_REQUEST_BYTES, RequestLimit } from './request-limit.ts';

function limitWith(configuredBytes: number | null = null) {
  const halved: number[] = [];
  const limit = new RequestLimit({ configuredBytes, onHalved: (bytes) => halved.push(bytes) });
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

describe('the size of a single request', () => {
  /** Servers that take so many bytes, and how often they were asked for more. */
  function triedAt(actual: number, options: { isRefused?: boolean } = {}) {
    const tried: number[] = [];
    const limit = new RequestLimit({
      openTrial: () =>
        Promise.resolve(
          options.isRefused === true
            ? null
            : {
                takes: (bytes) => {
                  tried.push(bytes);
                  return Promise.resolve(bytes <= actual);
                },
                close: () => Promise.resolve(),
              },
        ),
    });
    return { limit, tried };
  }

  test('is tried only where it is larger than servers take by default, and then once', async () => {
    const { limit, tried } = triedAt(8_388_608);
    expect(await limit.allows(DEFAULT_REQUEST_BYTES)).toBe(true);
    expect(tried).toEqual([]);
    expect(await limit.allows(2_000_000)).toBe(true);
    expect(await limit.allows(1_500_000)).toBe(true);
    expect(tried).toEqual([2_000_000]);
    expect(limit.bytes).toBe(2_000_000);
  });

  test('is known at once where it is the default, whatever comes', async () => {
    const { limit, tried } = triedAt(DEFAULT_REQUEST_BYTES);
    for (const bytes of [9_000_000, 8_000_000, 2_000_000, 1_048_576]) {
      expect(await limit.allows(bytes)).toBe(false);
    }
    expect(tried).toEqual([9_000_000, 1_048_575, 1_048_576]);
    expect(limit.remedy).toContain('at most 1048575 bytes');
  });

  test('is found exactly where it is a round number, in few steps', async () => {
    const { limit, tried } = triedAt(4_194_304);
    expect(await limit.allows(100_000_000)).toBe(false);
    expect(limit.bytes).toBe(4_194_304);
    expect(tried.length).toBeLessThan(22);
    expect(await limit.allows(4_194_305)).toBe(false);
    expect(tried.at(-1)).toBe(4_194_305);
  });

  test('is found below the default once a request went down', async () => {
    const { limit } = triedAt(65_536);
    expect(await limit.allows(100_000)).toBe(true);
    limit.doubt(100_000);
    expect(await limit.allows(100_000)).toBe(false);
    expect(limit.bytes).toBe(65_536);
    expect(await limit.allows(65_500)).toBe(true);
  });

  test('stays what it was where a request went down for another reason', async () => {
    const { limit, tried } = triedAt(DEFAULT_REQUEST_BYTES);
    limit.doubt(100_000);
    expect(await limit.allows(100_000)).toBe(true);
    expect(await limit.allows(500_000)).toBe(true);
    expect(tried).toEqual([100_000]);
    expect(limit.batchBytes).toBe(DEFAULT_REQUEST_BYTES);
  });

  test('is found below the default also by one that is far larger', async () => {
    const { limit } = triedAt(65_536);
    expect(await limit.allows(2_000_000)).toBe(false);
    expect(limit.remedy).toContain('at most 65536 bytes');
    expect(limit.batchBytes).toBe(65_536);
  });

  test('is not tried where it is configured', async () => {
    const limit = new RequestLimit({ configuredBytes: 2_000_000 });
    expect(await limit.allows(2_000_000)).toBe(true);
    expect(await limit.allows(2_000_001)).toBe(false);
    limit.doubt(1_000);
    expect(limit.bytes).toBe(2_000_000);
    expect(limit.remedy).toContain('juteMaxBufferBytes');
  });

  test('stays the default where it cannot be tried, and the remedy says so', async () => {
    const { limit } = triedAt(8_388_608, { isRefused: true });
    expect(await limit.allows(2_000_000)).toBe(false);
    limit.doubt(500_000);
    expect(await limit.allows(500_000)).toBe(true);
    expect(limit.remedy).toContain('not found out');
  });

  test('is never more than fits into memory', async () => {
    const { limit, tried } = triedAt(Infinity);
    expect(await limit.allows(134_217_728)).toBe(true);
    expect(await limit.allows(134_217_729)).toBe(false);
    expect(tried).toEqual([134_217_728]);
    expect(limit.remedy).toContain('This worker');
  });
});
