import { describe, expect, test } from '@jest/globals';
import { describeFound, notAllowed } from './problem.ts';

describe('what was found, said after "found"', () => {
  test.each([
    { value: undefined, said: 'nothing' },
    { value: null, said: 'null' },
    { value: 5, said: '5' },
    { value: false, said: 'false' },
    { value: 'two\nlines', said: '"two\\nlines"' },
    { value: 'user:password@zookeeper:2181', said: '"***@zookeeper:2181"' },
    { value: 'x'.repeat(200), said: `"${'x'.repeat(80)}…"` },
    { value: [], said: 'an empty list' },
    { value: [1], said: 'a list of 1 entry' },
    { value: [1, 2], said: 'a list of 2 entries' },
    { value: {}, said: 'an empty object' },
    { value: { host: 'a' }, said: 'an object with host' },
    { value: { host: 'a', port: 1 }, said: 'an object with host and port' },
    { value: { a: 1, b: 2, c: 3 }, said: 'an object with a, b and c' },
    { value: { a: 1, b: 2, c: 3, d: 4 }, said: 'an object with a, b, c and 1 more' },
    { value: { 'user:password@host': 1 }, said: 'an object with ***@host' },
  ])('$said', ({ value, said }) => {
    expect(describeFound(value)).toBe(said);
  });
});

test('a demand about some fields of an object tells these, there or not', () => {
  const about = ['type', 'size', 'time'];
  const demand = { must: 'must fit together', remedy: 'Correct them.', about };
  const problem = notAllowed('spec.rule', { type: 'TTL', size: 3, secret: 'x' }, demand);

  expect(problem.message).toBe(
    'spec.rule must fit together; found type "TTL", size 3 and no time. Correct them.',
  );
});
