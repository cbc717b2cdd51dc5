import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { joinSignals, untilAborted } from './signals.ts';

test('a joined signal aborts with the first of its sources, for its reason', () => {
  const first = new AbortController();
  const second = new AbortController();
  const { signal } = joinSignals(first.signal, second.signal);
  expect(signal.aborted).toBe(false);
  second.abort(new Error('second'));
  first.abort(new Error('first'));
  expect(signal.reason).toMatchObject({ message: 'second' });
});

test('one whose source had aborted before is aborted from the start', () => {
  const { signal } = joinSignals(AbortSignal.abort(new Error('early')));
  expect(signal.reason).toMatchObject({ message: 'early' });
});

test('it can be aborted alone, and released it no longer follows', () => {
  const source = new AbortController();
  const alone = joinSignals(source.signal);
  alone.abort(new Error('alone'));
  expect(source.signal.aborted).toBe(false);
  expect(alone.signal.aborted).toBe(true);
  const released = joinSignals(source.signal);
  released.release();
  source.abort();
  expect(released.signal.aborted).toBe(false);
});

test('waiting for an abort ends with it, also when it came before', async () => {
  const controller = new AbortController();
  const waiting = untilAborted(controller.signal);
  controller.abort();
  await waiting;
  await untilAborted(controller.signal);
});

test('many may listen without a word from Node', () => {
  const program = 'operator/runtime/testing/many-listeners-process.ts';
  const ended = spawnSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' });
  expect(ended).toMatchObject({ status: 0, stderr: '' });
});
