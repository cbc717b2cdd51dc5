import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mergeNames } from './merge-names.ts';

const names = fc.uniqueArray(fc.constantFrom(...'abcdefgh'));

describe('merging the children of both sides', () => {
  test('sorts each name to the sides that have it', () => {
    expect(mergeNames(['a', 'b', 'c'], ['c', 'd', 'a'])).toEqual({
      both: ['a', 'c'],
      sourceOnly: ['b'],
      destinationOnly: ['d'],
    });
  });

  test('loses no name and doubles none', () => {
    fc.assert(
      fc.property(names, names, (source, destination) => {
        const merged = mergeNames(source, destination);
        expect([...merged.both, ...merged.sourceOnly].sort()).toEqual([...source].sort());
        expect([...merged.both, ...merged.destinationOnly].sort()).toEqual([...destination].sort());
      }),
    );
  });
});
