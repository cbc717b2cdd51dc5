import { describe, expect, test } from '@jest/globals';
import { listMatches } from './list-matches.ts';
import { MemoryTree } from './testing/memory-tree.ts';

const tree = () =>
  new MemoryTree({
    '/a': {},
    '/a/one': {},
    '/a/one/x1': {},
    '/a/two': {},
    '/a/two/x2': {},
    '/a/two/y': {},
    '/b': { forbidden: true },
  });

const ALL = () => true;

describe('what a glob matches in a tree', () => {
  test.each([
    { glob: '/a/*', paths: ['/a/one', '/a/two'] },
    { glob: '/a/*/x?', paths: ['/a/one/x1', '/a/two/x2'] },
    { glob: '/a/two', paths: ['/a/two'] },
    { glob: '/a/three', paths: [] },
    { glob: '/c/*', paths: [] },
    { glob: '/c', paths: [] },
  ])('$glob: $paths', async ({ glob, paths }) => {
    expect(await listMatches(tree(), glob, ALL)).toEqual({ paths, forbidden: [] });
  });

  test('is found without reading a znode, nor a list that is nobody else’s', async () => {
    const asked: string[] = [];
    const inner = tree();
    const reader: Pick<MemoryTree, 'read'> = {
      read: (batch) => {
        asked.push(...batch.map(({ kind, path }) => `${kind} ${path}`));
        return inner.read(batch);
      },
    };
    await listMatches(reader, '/a/*/x?', (path) => path !== '/a/one');
    expect(asked).toEqual(['children /a', 'children /a/two']);
  });

  test('names what may not be listed', async () => {
    expect(await listMatches(tree(), '/b/*', ALL)).toEqual({ paths: [], forbidden: ['/b'] });
  });
});
