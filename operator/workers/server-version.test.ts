import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { ApiClient } from '../kube/api-client.ts';
import {
  countsDeletedPods,
  hasPodFailurePolicy,
  hasPodReplacementPolicy,
  parseServerVersion,
  serverVersionReader,
} from './server-version.ts';

describe('the version of the API server', () => {
  test.each([
    { name: 'a plain one', body: { major: '1', minor: '34' }, version: { major: 1, minor: 34 } },
    { name: 'a vendor’s', body: { major: '1', minor: '28+' }, version: { major: 1, minor: 28 } },
  ])('is read from $name', ({ body, version }) => {
    expect(parseServerVersion(body)).toEqual(version);
  });

  test.each([null, 'v1.34', {}, { major: '1' }, { minor: '34' }, { major: '1', minor: '+' }])(
    'is not guessed from %j',
    (body) => {
      expect(() => parseServerVersion(body)).toThrow('/version names no version');
    },
  );

  test('is asked for once in ten minutes, and ends with whoever asks', async () => {
    const clock = new FakeClock();
    const signals: unknown[] = [];
    const request = ({ signal }: { signal?: AbortSignal }) => {
      signals.push(signal);
      return Promise.resolve({ major: '1', minor: `${20 + signals.length}` });
    };
    const read = serverVersionReader({ request } as unknown as ApiClient, clock);
    const { signal } = new AbortController();
    expect(await read(signal)).toEqual({ major: 1, minor: 21 });
    await clock.advance(600_000);
    expect(await read(signal)).toEqual({ major: 1, minor: 21 });
    await clock.advance(1);
    expect(await read(signal)).toEqual({ major: 1, minor: 22 });
    expect(signals).toEqual([signal, signal]);
  });
});

test.each([
  { name: 'deleted pods counted', has: countsDeletedPods, since: 25 },
  { name: 'a policy for failures', has: hasPodFailurePolicy, since: 26 },
  { name: 'a policy for replacements', has: hasPodReplacementPolicy, since: 29 },
])('Jobs have $name since 1.$since', ({ has, since }) => {
  expect(has({ major: 1, minor: since - 1 })).toBe(false);
  expect(has({ major: 1, minor: since })).toBe(true);
  expect(has({ major: 2, minor: 0 })).toBe(true);
  expect(has({ major: 0, minor: since })).toBe(false);
});
