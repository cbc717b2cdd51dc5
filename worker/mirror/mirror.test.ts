import { describe, expect, test } from '@jest/globals';
import { MemoryTree } from '../tree/testing/memory-tree.ts';
import { runMirror } from './testing/run-mirror.ts';

const TREE = {
  '/test': 'root',
  '/test/a': { data: null },
  '/test/a/b': '',
  '/test/a/b/c': 'deep',
  '/test/d': 'wide',
};

describe('a mirror', () => {
  test('copies a tree into an empty destination and verifies it', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree();
    const { refusal, record } = await runMirror(source, sink);
    expect(refusal).toBeNull();
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(record).toMatchObject({
      created: 5,
      updated: 0,
      deleted: 0,
      unchanged: 0,
      verified: true,
      settled: true,
    });
  });

  test('creates what is missing above the root', async () => {
    const source = new MemoryTree({ '/a/b/c': 'value' });
    const sink = new MemoryTree();
    await runMirror(source, sink, { rootPath: '/a/b/c' });
    expect(sink.snapshot()).toMatchObject({ '/a': '', '/a/b': '', '/a/b/c': 'value' });
  });

  test('changes only what differs', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree({
      ...TREE,
      '/test/d': 'old',
      '/test/extra': '',
      '/test/extra/below': 'x',
      '/test/a/b': { data: null },
    });
    const { record } = await runMirror(source, sink);
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(sink.written).toEqual([
      'update /test/d',
      'update /test/a/b',
      'delete /test/extra/below',
      'delete /test/extra',
    ]);
    expect(record).toMatchObject({ created: 0, updated: 2, deleted: 2, unchanged: 3 });
  });

  test('writes nothing the second time', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree();
    await runMirror(source, sink);
    sink.written.length = 0;
    const { record } = await runMirror(source, sink);
    expect(sink.written).toEqual([]);
    expect(record).toMatchObject({ created: 0, updated: 0, unchanged: 5, verified: true });
  });

  test('skips ephemerals of the source and names them', async () => {
    const source = new MemoryTree({ ...TREE, '/test/lock': { ephemeral: true } });
    const sink = new MemoryTree();
    const { record } = await runMirror(source, sink);
    expect(sink.has('/test/lock')).toBe(false);
    expect(record.skipped).toEqual([{ reason: 'Ephemeral', count: 1, paths: ['/test/lock'] }]);
    expect(record.verified).toBe(true);
  });

  test('never deletes an ephemeral of the destination, nor what it stands below', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree({
      ...TREE,
      '/test/extra/app': '',
      '/test/extra/app/session': { ephemeral: true },
      '/test/extra/other': '',
    });
    const { record } = await runMirror(source, sink);
    expect(sink.written).toEqual(['delete /test/extra/other']);
    expect(sink.has('/test/extra/app/session')).toBe(true);
    expect(record.skipped).toEqual([
      { reason: 'DestinationOnly', count: 2, paths: ['/test/extra/app', '/test/extra'] },
    ]);
    expect(record).toMatchObject({ deleted: 1, verified: true });
  });

  test('leaves a znode alone where an ephemeral of the destination stands in its place', async () => {
    const source = new MemoryTree({ ...TREE, '/test/a/x': 'mine', '/test/a/x/below': 'mine' });
    const sink = new MemoryTree({ ...TREE, '/test/a/x': { ephemeral: true, data: 'theirs' } });
    const { record } = await runMirror(source, sink);
    expect(sink.written).toEqual([]);
    expect(record.skipped).toEqual([
      { reason: 'DestinationEphemeral', count: 1, paths: ['/test/a/x'] },
    ]);
  });

  test('replaces a persistent znode that is an ephemeral at the source by nothing', async () => {
    const source = new MemoryTree({ ...TREE, '/test/lock': { ephemeral: true } });
    const sink = new MemoryTree({ ...TREE, '/test/lock': 'old', '/test/lock/below': 'old' });
    const { record } = await runMirror(source, sink);
    expect(sink.written).toEqual(['delete /test/lock/below', 'delete /test/lock']);
    expect(record.verified).toBe(true);
  });

  test('touches nothing that is excluded, nor what stands above it', async () => {
    const source = new MemoryTree({ ...TREE, '/test/keep/s': 'source' });
    const sink = new MemoryTree({
      ...TREE,
      '/test/keep': '',
      '/test/keep/d': 'destination',
      '/test/gone/keep/d': 'destination',
      '/test/gone/other': '',
    });
    const { record } = await runMirror(source, sink, { exclude: ['/test/**/keep'] });
    expect(sink.written).toEqual(['delete /test/gone/other']);
    expect(record.skipped).toEqual(
      expect.arrayContaining([
        { reason: 'Excluded', count: 1, paths: ['/test/keep'] },
        { reason: 'DestinationOnly', count: 1, paths: ['/test/gone'] },
      ]),
    );
  });

  test('never mirrors /zookeeper and the control tree', async () => {
    const own = { '/zookeeper/quota': 's', '/.resiliency-operator/x': 's' };
    const source = new MemoryTree({ ...own, '/app': 'value' });
    const sink = new MemoryTree({ '/zookeeper/config': 'd', '/.resiliency-operator/y': 'd' });
    await runMirror(source, sink, { rootPath: '/' });
    expect(sink.written).toEqual(['create /app']);
  });

  test('keeps what only the destination has, if told so', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree({ ...TREE, '/test/extra/below': 'x', '/test/d': 'old' });
    const { record } = await runMirror(source, sink, { deletionPolicy: 'Keep' });
    expect(sink.written).toEqual(['update /test/d']);
    expect(record.skipped).toEqual([
      { reason: 'DestinationOnly', count: 1, paths: ['/test/extra'] },
    ]);
  });

  test('says in a dry run what it would do, and writes nothing', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree({ '/test': 'old', '/test/x/y': '' });
    const { record } = await runMirror(source, sink, { dryRun: true });
    expect(sink.written).toEqual([]);
    expect(record).toMatchObject({ created: 4, updated: 1, deleted: 2, verified: false });
  });

  test('does not touch what it may not read at the source', async () => {
    const source = new MemoryTree({ ...TREE, '/test/secret': { forbidden: true } });
    const sink = new MemoryTree({ ...TREE, '/test/secret': 'copy', '/test/secret/below': 'copy' });
    const { record } = await runMirror(source, sink);
    expect(sink.written).toEqual([]);
    expect(record.skipped).toEqual([{ reason: 'NoPermission', count: 1, paths: ['/test/secret'] }]);
  });

  test('fails if the root may not be read', async () => {
    const source = new MemoryTree({ '/test': { forbidden: true } });
    await expect(runMirror(source, new MemoryTree())).rejects.toMatchObject({
      outcome: 'AuthenticationFailed',
    });
  });

  test('copies the rest where the destination takes no znode of that size', async () => {
    const source = new MemoryTree({
      ...TREE,
      '/test/big': 'x'.repeat(500),
      '/test/big/below': 'small',
    });
    const sink = new MemoryTree();
    sink.maxZnodeBytes = 100;
    const { record } = await runMirror(source, sink);
    expect(sink.snapshot('/test')).toEqual(new MemoryTree(TREE).snapshot('/test'));
    expect(record.skipped).toEqual([
      { reason: 'TooLarge', count: 2, paths: ['/test/big', '/test/big/below'] },
    ]);
    expect(record).toMatchObject({ created: 5, verified: true });
  });

  test('finds out that a write was done although its answer was lost', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree();
    let lost = 0;
    sink.loseAnswer = () => lost++ < 2;
    const { record } = await runMirror(source, sink);
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(record).toMatchObject({ created: 5, verified: true });
  });

  test('stops between two batches when told to', async () => {
    const source = new MemoryTree(TREE);
    const stop = new AbortController();
    source.beforeRead = () => {
      stop.abort(new Error('stop now'));
    };
    await expect(runMirror(source, new MemoryTree(), { signal: stop.signal })).rejects.toThrow(
      'stop now',
    );
  });

  test('keeps differences that do not fit into memory on disk', async () => {
    const znodes = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [
        `/test/${'long'.repeat(30)}-${index}`,
        `value ${index}`,
      ]),
    );
    const source = new MemoryTree(znodes, 100_000);
    const sink = new MemoryTree({ '/test/old': '' }, 100_000);
    const { record } = await runMirror(source, sink, { maxBufferBytes: 0 });
    expect(record).toMatchObject({ created: 3_000, deleted: 1, verified: true });
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
  });
});

test('a znode whose new data the destination does not take keeps its children true', async () => {
  const children = Array.from({ length: 100 }, (_, index) => `/test/n${index}`);
  const source = new MemoryTree({
    '/test': { data: 'much too large', creations: 500 },
    ...Object.fromEntries(children.map((path) => [path, 'x'])),
  });
  const sink = new MemoryTree({ '/test': 'small', '/test/old': 'x' });
  sink.maxZnodeBytes = 10;
  const { record } = await runMirror(source, sink, { maxCounterRaise: 1_000 });
  expect(record.skipped).toEqual([{ reason: 'TooLarge', count: 1, paths: ['/test'] }]);
  expect(sink.snapshot('/test')).toEqual({ ...source.snapshot('/test'), '/test': 'small' });
  expect(sink.counters('/test')['/test']).toBe(source.counters('/test')['/test']);
});

test.each([
  { destination: 'that was compared', znodes: { '/test': 'small', '/test/old': 'x' } },
  { destination: 'that was empty', znodes: { '/test': 'small' } },
])(
  'a znode whose new data the destination $destination does not take gets its new list',
  async ({ znodes }) => {
    const acl = [
      { permissions: 1, scheme: 'ip', id: '10.0.0.1' },
      { permissions: 31, scheme: 'digest', id: 'copier:hash' },
    ];
    const source = new MemoryTree({ '/test': { data: 'much too large', acl } });
    source.set('/test/a', { data: 'x' });
    const sink = new MemoryTree(znodes);
    sink.maxZnodeBytes = 10;
    const { record } = await runMirror(source, sink);
    expect(record.skipped).toEqual([{ reason: 'TooLarge', count: 1, paths: ['/test'] }]);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
  },
);
