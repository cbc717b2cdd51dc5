import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { walkInOrder, type OrderedWalkOptions, type WalkedZnode } from './ordered-walk.ts';
import { MemoryTree } from './testing/memory-tree.ts';

async function walked(
  tree: MemoryTree,
  options: Partial<OrderedWalkOptions> = {},
): Promise<readonly WalkedZnode[]> {
  const found: WalkedZnode[] = [];
  const all = { root: '/t', excluded: null, maxBatchReads: 4, ...options };
  for await (const znode of walkInOrder(tree, all)) found.push(znode);
  return found;
}

async function pathsOf(...args: Parameters<typeof walked>): Promise<readonly string[]> {
  return (await walked(...args)).map(({ path }) => path);
}

/** Parents before children, children by their bytes in UTF-8. */
function inOrder(paths: readonly string[]): string[] {
  const key = (path: string): Buffer[] => path.split('/').map((name) => Buffer.from(name));
  return [...paths].sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
      const order = Buffer.compare(a[index]!, b[index]!);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  });
}

describe('an ordered walk', () => {
  test('comes to a parent before its children, and to children by the bytes of their names', async () => {
    // U+FF5E is beyond the surrogates by code units, and before what they stand for in UTF-8.
    const names = ['b', 'a', 'a-', 'a/x', 'aa', 'Z', 'é', '～', '🦓'];
    const tree = new MemoryTree(Object.fromEntries(names.map((name) => [`/t/${name}`, name])));
    expect(await pathsOf(tree)).toEqual([
      ...['/t', '/t/Z', '/t/a', '/t/a/x', '/t/a-', '/t/aa', '/t/b', '/t/é', '/t/～', '/t/🦓'],
    ]);
  });

  test('comes to each znode once, in that order, whatever the tree, and however little is answered', async () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', '-', '.', 'é', '～', '🦓'),
      minLength: 1,
      maxLength: 3,
    });
    const trees = fc.record({
      paths: fc.array(fc.array(name, { minLength: 1, maxLength: 4 }), { maxLength: 30 }),
      maxBatchReads: fc.integer({ min: 1, max: 8 }),
      answersAtOnce: fc.integer({ min: 1, max: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(trees, async ({ paths, maxBatchReads, answersAtOnce }) => {
        const tree = new MemoryTree({ '/t': 'root' });
        for (const path of paths) tree.set(`/t/${path.join('/')}`, { data: path.join() });
        tree.answersAtOnce = answersAtOnce;
        const batches: number[] = [];
        tree.beforeRead = ({ length }) => batches.push(length);
        const all = Object.keys(tree.snapshot('/t'));
        expect(await pathsOf(tree, { maxBatchReads })).toEqual(inOrder(all));
        expect(Math.max(...batches)).toBeLessThanOrEqual(maxBatchReads);
      }),
      { numRuns: 100 },
    );
  });

  test('gives data and stat of each znode, and the names of its children', async () => {
    const [root, child] = await walked(new MemoryTree({ '/t': 'root', '/t/a': 'data' }));
    expect(root).toMatchObject({
      znode: { kind: 'znode', data: Buffer.from('root'), childCount: 1 },
      children: { kind: 'children', names: ['a'] },
    });
    expect(child).toMatchObject({
      znode: { data: Buffer.from('data') },
      children: { kind: 'children', names: [] },
    });
  });

  test('does not look into what is excluded', async () => {
    const tree = new MemoryTree({ '/t/a/x': '', '/t/b/y': '' });
    const asked: string[] = [];
    tree.beforeRead = (batch) => asked.push(...batch.map(({ path }) => path));
    const excluded = (path: string) => path === '/t/a';
    expect(await pathsOf(tree, { excluded })).toEqual(['/t', '/t/b', '/t/b/y']);
    expect(asked).not.toContain('/t/a');
  });

  test('tells what may not be read, and what went while it walked', async () => {
    const tree = new MemoryTree({ '/t/a': { forbidden: true }, '/t/b/x': '', '/t/c': '' });
    const found: [string, string][] = [];
    const options = { root: '/t', excluded: null, maxBatchReads: 1 };
    for await (const { path, znode } of walkInOrder(tree, options)) {
      found.push([path, znode.kind]);
      if (path === '/t/a') tree.remove('/t/c');
    }
    expect(found).toEqual([
      ['/t', 'znode'],
      ['/t/a', 'forbidden'],
      ['/t/b', 'znode'],
      ['/t/b/x', 'znode'],
      ['/t/c', 'missing'],
    ]);
  });

  test('tells of a root that is not there', async () => {
    expect(await walked(new MemoryTree())).toMatchObject([{ znode: { kind: 'missing' } }]);
  });

  test('ends where the side cannot be read any more', async () => {
    const tree = new MemoryTree({ '/t': '' });
    tree.beforeRead = () => {
      throw new Error('the session is over');
    };
    await expect(walked(tree)).rejects.toThrow('the session is over');
  });
});
