import { describe, expect, test } from '@jest/globals';
import { NodeTypes, type NodeTypeRule } from './node-types.ts';
import { MemoryTree } from './testing/memory-tree.ts';
import { MemoryLock, runMirror } from '../mirror/testing/run-mirror.ts';

const CONTAINER = { type: 'Container' } as const;
const MINUTE = { type: 'TTL', ttlMs: 60_000 } as const;

const RULES: readonly NodeTypeRule[] = [
  { glob: '/test/locks/*', nodeType: CONTAINER },
  { glob: '/test/cache/**', nodeType: MINUTE },
];

function nodeTypes(...made: readonly ('Container' | 'TTL')[]): NodeTypes {
  const types = new NodeTypes(RULES, '/test');
  for (const type of made) types.canMake(type);
  return types;
}

describe('rules of types', () => {
  test('hold for what they match, and not for what stands below it', () => {
    const types = nodeTypes('Container', 'TTL');
    expect(types.of('/test/locks/a')).toEqual(CONTAINER);
    expect(types.of('/test/cache/a/b')).toEqual(MINUTE);
    for (const path of ['/test/locks', '/test/locks/a/b', '/test/cache', '/test/a']) {
      expect(types.of(path)).toBeNull();
    }
  });

  test('count in their order', () => {
    const both = [
      { glob: '/test/a', nodeType: MINUTE },
      { glob: '/test/*', nodeType: CONTAINER },
    ];
    const types = new NodeTypes(both, '/test');
    types.canMake('Container');
    // The first is meant for it, but is not made here: the second is for others.
    expect(types.of('/test/a')).toBeNull();
    expect(types.of('/test/b')).toEqual(CONTAINER);
    types.canMake('TTL');
    expect(types.of('/test/a')).toEqual(MINUTE);
    expect(types.wanted).toEqual([MINUTE, CONTAINER]);
  });

  test('never hold for the root, which a mirror must find again', () => {
    const types = new NodeTypes([{ glob: '/**', nodeType: CONTAINER }], '/test');
    types.canMake('Container');
    expect(types.of('/test')).toBeNull();
    expect(types.of('/test/a')).toEqual(CONTAINER);
  });
});

const TREE = {
  '/test': '',
  '/test/plain': 'p',
  '/test/locks/a': 'a',
  '/test/locks/a/x': 'x',
  '/test/cache/t': 't',
};

const TYPES = { '/test/locks/a': CONTAINER, '/test/cache/t': MINUTE };

/** Equal sides with the types of the rules, and what the mirror would remember of it. */
async function mirrored(): Promise<{ source: MemoryTree; sink: MemoryTree; lock: MemoryLock }> {
  const source = new MemoryTree(TREE);
  const sink = new MemoryTree();
  await runMirror(source, sink, { nodeTypes: nodeTypes('Container', 'TTL') });
  return { source, sink, lock: new MemoryLock(await sink.sync()) };
}

/** The server removes a container once it is empty. */
function reap(sink: MemoryTree): void {
  sink.remove('/test/locks/a');
  sink.remove('/test/cache/t');
}

describe('a copy with rules of types', () => {
  test.each([
    { name: 'into nothing', there: {}, acls: true },
    { name: 'into nothing, without lists', there: {}, acls: false },
    { name: 'beside others', there: { '/test/other': 'o' }, acls: true },
    { name: 'beside others, without lists', there: { '/test/other': 'o' }, acls: false },
  ])('creates znodes as such, $name', async ({ there, acls }) => {
    const sink = new MemoryTree(there);
    const { record } = await runMirror(new MemoryTree(TREE), sink, {
      nodeTypes: nodeTypes('Container', 'TTL'),
      ...(acls ? {} : { acls: null }),
    });
    expect(record.verified).toBe(true);
    expect(sink.nodeTypes()).toEqual(TYPES);
  });

  test('creates only those types that the destination makes', async () => {
    const sink = new MemoryTree();
    await runMirror(new MemoryTree(TREE), sink, { nodeTypes: nodeTypes('Container') });
    expect(sink.nodeTypes()).toEqual({ '/test/locks/a': CONTAINER });
  });

  test('counts those of the source whose copies go by themselves, made here or not', async () => {
    const sink = new MemoryTree();
    const source = new MemoryTree(TREE);
    for (const types of [nodeTypes('Container', 'TTL'), nodeTypes('TTL')]) {
      const { record } = await runMirror(source, sink, { nodeTypes: types });
      expect(record.shortLived).toEqual({ count: 1, paths: ['/test/cache/t'], shortestMs: 60_000 });
    }
    const { record } = await runMirror(source, sink, { nodeTypes: nodeTypes('Container') });
    expect(record.shortLived).toBeNull();
  });

  test('leaves what is there as what it is', async () => {
    const source = new MemoryTree({ ...TREE, '/test/locks/a': 'new' });
    const sink = new MemoryTree(TREE);
    const { record } = await runMirror(source, sink, { nodeTypes: nodeTypes('Container', 'TTL') });
    expect(record).toMatchObject({ created: 0, updated: 1, deleted: 0, verified: true });
    expect(sink.nodeTypes()).toEqual({});
  });

  test('brings back what went by itself, and does not take it for the doing of others', async () => {
    const { source, sink, lock } = await mirrored();
    reap(sink);
    const types = nodeTypes('Container', 'TTL');
    const { refusal, record } = await runMirror(source, sink, { lock, nodeTypes: types });
    expect(refusal).toBeNull();
    expect(record).toMatchObject({ created: 3, verified: true });
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(sink.nodeTypes()).toEqual(TYPES);
  });

  test('brings it back although the destination makes none any more', async () => {
    const { source, sink, lock } = await mirrored();
    reap(sink);
    const { refusal } = await runMirror(source, sink, { lock, nodeTypes: nodeTypes() });
    expect(refusal).toBeNull();
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
  });

  test.each([
    ['what no rule is about was deleted', (sink: MemoryTree) => sink.remove('/test/plain')],
    ['a child of a container was deleted', (sink: MemoryTree) => sink.remove('/test/locks/a/x')],
    ['data was written', (sink: MemoryTree) => sink.set('/test/cache/t', { data: 'theirs' })],
    ['a child was created', (sink: MemoryTree) => sink.set('/test/locks/b', {})],
  ])('is refused where %s', async (_, change) => {
    const { source, sink, lock } = await mirrored();
    change(sink);
    const { refusal } = await runMirror(source, sink, {
      lock,
      nodeTypes: nodeTypes('Container', 'TTL'),
    });
    expect(refusal?.guard).toBe('DestinationModified');
  });

  test.each([{ acls: true }, { acls: false }])(
    'is whole although they go between the comparison and the write (lists: $acls)',
    async ({ acls }) => {
      const { source, sink, lock } = await mirrored();
      source.set('/test/cache/t', { data: 'new' });
      source.set('/test/locks/a/y', { data: 'y' });
      source.set('/test/locks/a/x', { data: 'new' });
      let isDue = true;
      sink.beforeWrite = () => {
        if (isDue) reap(sink);
        isDue = false;
      };
      const { refusal, record } = await runMirror(source, sink, {
        lock,
        nodeTypes: nodeTypes('Container', 'TTL'),
        ...(acls ? {} : { acls: null }),
      });
      expect(refusal).toBeNull();
      expect(isDue).toBe(false);
      expect(record.verified).toBe(true);
      expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
      expect(sink.nodeTypes()).toEqual(TYPES);
    },
  );

  test('is whole although one goes that was to be deleted', async () => {
    const { source, sink, lock } = await mirrored();
    source.remove('/test/cache/t');
    sink.beforeWrite = () => {
      if (sink.has('/test/cache/t')) sink.remove('/test/cache/t');
    };
    const { record } = await runMirror(source, sink, { lock, nodeTypes: nodeTypes('TTL') });
    expect(record.verified).toBe(true);
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
  });
});
