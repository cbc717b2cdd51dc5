import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { listenForShutdown } from './shutdown.ts';
import { RecordingLogger } from './testing/recording-logger.ts';

function setUp() {
  const source = new EventEmitter();
  const codes: number[] = [];
  const signal = listenForShutdown({
    source,
    logger: new RecordingLogger(),
    exit: (code) => codes.push(code),
  });
  return { source, codes, signal };
}

test.each(['SIGTERM', 'SIGINT'])('the first %s asks for an orderly end', (name) => {
  const { source, codes, signal } = setUp();
  expect(signal.aborted).toBe(false);
  source.emit(name);
  expect(signal.aborted).toBe(true);
  expect(codes).toEqual([]);
});

test.each([
  { name: 'SIGTERM', code: 143 },
  { name: 'SIGINT', code: 130 },
])('a second one, $name, ends the process at once with $code', ({ name, code }) => {
  const { source, codes } = setUp();
  source.emit('SIGTERM');
  source.emit(name);
  expect(codes).toEqual([code]);
});
