import { describe, expect, test } from '@jest/globals';
import { changesTo, EXAMPLE_TREE, type TreeChange } from './example-tree.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

interface Case {
  readonly name: string;
  readonly wanted: Record<string, string>;
  readonly seen: Record<string, string | null>;
  readonly changes: readonly TreeChange[];
}

const CASES: readonly Case[] = [
  {
    name: 'creates what is missing, parents first',
    wanted: { '/a': '', '/a/b': 'x' },
    seen: {},
    changes: [
      { kind: 'create', path: '/a' },
      { kind: 'create', path: '/a/b' },
    ],
  },
  {
    name: 'writes nothing that is there already',
    wanted: { '/a': 'größe' },
    seen: { '/a': base64('größe') },
    changes: [],
  },
  {
    name: 'sets other data, and data where there is none',
    wanted: { '/a': 'x', '/a/b': 'y' },
    seen: { '/a': base64('z'), '/a/b': null },
    changes: [
      { kind: 'set', path: '/a' },
      { kind: 'set', path: '/a/b' },
    ],
  },
  {
    name: 'removes a part that is too much by its top alone',
    wanted: { '/a': '' },
    seen: { '/a': '', '/a/b': '', '/a/b/c': '', '/a/bc': '' },
    changes: [
      { kind: 'remove', path: '/a/b' },
      { kind: 'remove', path: '/a/bc' },
    ],
  },
];

describe('the example tree', () => {
  test.each(CASES)('$name', ({ wanted, seen, changes }) => {
    expect(changesTo(wanted, seen)).toEqual(changes);
  });

  test('names every parent before its children', () => {
    const paths = Object.keys(EXAMPLE_TREE);

    for (const [index, path] of paths.entries()) {
      const parent = path.slice(0, path.lastIndexOf('/'));
      if (parent !== '') expect(paths.slice(0, index)).toContain(parent);
    }
  });
});
