import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { holdSignals, takeHeldSignals } from './held-signals.ts';

test('a signal that comes while the program is loaded is kept for it', () => {
  const process = new EventEmitter();
  holdSignals(process);
  expect(process.emit('SIGTERM')).toBe(true);
  expect(takeHeldSignals(process)).toEqual(['SIGTERM']);
  expect(process.emit('SIGTERM')).toBe(false);
  expect(takeHeldSignals(process)).toEqual([]);
});

test('nothing is kept where nothing was held', () => {
  expect(takeHeldSignals(new EventEmitter())).toEqual([]);
});
