import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { holdSignals, takeHeldSignals } from './held-signals.ts';

test.each(['SIGTERM', 'SIGINT'])(
  'a signal that comes while the program is loaded is kept for it: %s',
  (signal) => {
    const process = new EventEmitter();
    holdSignals(process);
    expect(process.emit(signal)).toBe(true);
    expect(takeHeldSignals(process)).toEqual([signal]);
    expect(process.emit(signal)).toBe(false);
    expect(takeHeldSignals(process)).toEqual([]);
  },
);

test('nothing is kept where nothing was held', () => {
  expect(takeHeldSignals(new EventEmitter())).toEqual([]);
});
