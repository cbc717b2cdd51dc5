import { expect, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { untilForced } from './until-forced.ts';

test('gives the outcome of the work, whichever it is', async () => {
  const { signal } = new AbortController();
  await expect(untilForced(Promise.resolve(7), signal)).resolves.toBe(7);
  await expect(untilForced(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
});

test('leaves nothing behind once the work is done', async () => {
  const { signal } = new AbortController();
  await untilForced(Promise.resolve(7), signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('waits no longer for work that never ends, once that is forced', async () => {
  const forced = new AbortController();
  const waiting = untilForced(new Promise(() => undefined), forced.signal);
  forced.abort(new Error('time is up'));
  await expect(waiting).rejects.toThrow('time is up');
  await expect(untilForced(new Promise(() => undefined), forced.signal)).rejects.toThrow('time is');
});
