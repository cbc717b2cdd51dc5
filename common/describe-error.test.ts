import { describe, expect, test } from '@jest/globals';
import { describeError, errorMessage } from './describe-error.ts';

describe('describeError', () => {
  test('keeps the chain of causes and their codes', () => {
    const inner = Object.assign(new TypeError('no route'), { code: 'EHOSTUNREACH' });
    const described = describeError(new Error('cannot connect', { cause: inner }));

    expect(described).toMatchObject({
      name: 'Error',
      message: 'cannot connect',
      cause: { name: 'TypeError', message: 'no route', code: 'EHOSTUNREACH' },
    });
  });

  test('ends at a chain that bites its own tail', () => {
    const error = new Error('loop');
    error.cause = error;

    expect(JSON.stringify(describeError(error)).length).toBeLessThan(100_000);
  });
});

describe('errorMessage', () => {
  test.each([
    { name: 'an error', error: new Error('boom'), expected: 'boom' },
    {
      name: 'an error with a cause',
      error: new Error('outer', { cause: new Error('inner') }),
      expected: 'outer: inner',
    },
    {
      name: 'a wrapper that repeats its cause',
      error: new Error('same', { cause: new Error('same') }),
      expected: 'same',
    },
    { name: 'an error without a message', error: new RangeError(), expected: 'RangeError' },
    { name: 'a thrown string', error: 'just text', expected: 'just text' },
    { name: 'a thrown object', error: { a: 1 }, expected: '{"a":1}' },
  ])('tells $name in one line', ({ error, expected }) => {
    expect(errorMessage(error)).toBe(expected);
  });
});
