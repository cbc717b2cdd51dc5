import { describe, expect, test } from '@jest/globals';
import { ClusterError } from './cluster-error.ts';
import { waitUntil } from './wait-until.ts';

describe('waitUntil', () => {
  test('repeats a check that fails or throws until it is true', async () => {
    const outcomes = [() => false, () => Promise.reject(new Error('refused')), () => true];
    const check = async (): Promise<boolean> => outcomes.shift()?.() ?? false;

    await waitUntil(check, { what: 'it', timeoutMs: 10_000, intervalMs: 1 });

    expect(outcomes).toEqual([]);
  });

  test('says what it waited for and the last error when the time is over', async () => {
    const check = (): Promise<boolean> => Promise.reject(new Error('refused'));

    await expect(waitUntil(check, { what: 'the moon', timeoutMs: 0 })).rejects.toThrow(
      'Gave up after 0 ms waiting for the moon: refused.',
    );
  });

  test('ends at once when the check knows that it is hopeless', async () => {
    const check = (): Promise<boolean> => Promise.reject(new ClusterError('it has died'));

    await expect(waitUntil(check, { what: 'it', timeoutMs: 600_000 })).rejects.toThrow(
      'it has died',
    );
  });
});
