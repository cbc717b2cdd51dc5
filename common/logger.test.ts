import { describe, expect, test } from '@jest/globals';
import { Writable } from 'node:stream';
import { createLogger, type LoggerOptions } from './logger.ts';

function capture(options: LoggerOptions = {}) {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { logger: createLogger({ ...options, stream }), lines: () => text.trim().split('\n') };
}

function parsed(line: string | undefined): Record<string, unknown> {
  return JSON.parse(line ?? '') as Record<string, unknown>;
}

describe('createLogger', () => {
  test('writes one JSON object a line, fields beside the constant message', () => {
    const { logger, lines } = capture();

    logger.child({ controller: 'database' }).info('probed', { zxid: 12n });

    expect(parsed(lines()[0])).toMatchObject({
      level: 'info',
      message: 'probed',
      controller: 'database',
      zxid: '12',
    });
  });

  test('writes an error with its chain of causes', () => {
    const { logger, lines } = capture();

    logger.error('failed', { err: new Error('outer', { cause: new Error('inner') }) });

    expect(parsed(lines()[0])).toMatchObject({
      err: { message: 'outer', cause: { message: 'inner' } },
    });
  });

  test('keeps its message and level when a field has their name', () => {
    const { logger, lines } = capture();

    logger.warn('the message', { message: 'a field', level: 'error' });

    expect(parsed(lines()[0])).toMatchObject({ level: 'warn', message: 'the message' });
  });

  test('drops lines below its level', () => {
    const { logger, lines } = capture({ level: 'warn' });

    logger.info('hidden');
    logger.warn('shown');

    expect(lines()).toHaveLength(1);
    expect(parsed(lines()[0])).toMatchObject({ message: 'shown' });
  });

  test('writes for a person in the pretty format', () => {
    const { logger, lines } = capture({ format: 'pretty' });

    logger.info('connected', { server: 'zk:2181', note: 'two words' });

    expect(lines()[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} INFO {2}connected server=zk:2181 note="two words"$/,
    );
  });
});
