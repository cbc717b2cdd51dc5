import { expect, test } from '@jest/globals';
import { ascending } from './ascending.ts';

test('numbers and texts are sorted smallest first, and equal ones stay in their order', () => {
  expect([10, 9, Infinity, 1].sort(ascending)).toEqual([1, 9, 10, Infinity]);
  expect(['b', '~', 'a', ''].sort(ascending)).toEqual(['', 'a', 'b', '~']);
  const equal = [
    { key: 1, name: 'first' },
    { key: 0, name: 'least' },
    { key: 1, name: 'second' },
  ];
  equal.sort((one, other) => ascending(one.key, other.key));
  expect(equal.map(({ name }) => name)).toEqual(['least', 'first', 'second']);
});
