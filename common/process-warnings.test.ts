import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createLogger } from './logger.ts';
import { logProcessWarnings } from './process-warnings.ts';

test('what Node warns of is a line of the log, and nothing else', () => {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const source = new EventEmitter();
  const asPlainText: unknown[] = [];
  source.on('warning', (warning) => asPlainText.push(warning));
  logProcessWarnings(source, createLogger({ stream }));
  const warning = Object.assign(new Error('The `punycode` module is deprecated.'), {
    name: 'DeprecationWarning',
    code: 'DEP0040',
  });
  source.emit('warning', warning);
  source.emit('warning', new Error('no code'));
  expect(asPlainText).toEqual([]);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    {
      level: 'warn',
      message: 'warning of Node',
      warning: 'DeprecationWarning',
      code: 'DEP0040',
      text: 'The `punycode` module is deprecated.',
    },
    { warning: 'Error', text: 'no code' },
  ]);
});
