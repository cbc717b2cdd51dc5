import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BatchWriter } from './batch-writer.ts';
import { MirrorRecord } from '../mirror-record.ts';
import { MemoryTree } from '../../tree/testing/memory-tree.ts';
import { silentLogger } from '../testing/run-mirror.ts';
import { writeWeight, type TreeWrite } from '../../tree/tree.ts';
import { DEFAULT_WALK_LIMITS } from '../compare/walk.ts';

function newWriter(source: MemoryTree, sink: MemoryTree) {
  const record = new MirrorRecord();
  const { signal } = new AbortController();
  return {
    record,
    writer: new BatchWriter({
      acls: null,
      counters: [],
      nodeTypes: null,
      source,
      sink,
      record,
      logger: silentLogger,
      signal,
      limits: DEFAULT_WALK_LIMITS,
    }),
  };
}

const create = (path: string, data = ''): TreeWrite => ({
  kind: 'create',
  path,
  data: Buffer.from(data),
});

describe('the batch writer', () => {
  test('judges how large a write is by itself, not with those that had to come along', async () => {
    const source = new MemoryTree({ '/p': 'parent' });
    const sink = new MemoryTree({}, 500);
    const write = sink.write.bind(sink);
    sink.write = async (batch) => {
      const weight = batch.reduce((sum, each) => sum + writeWeight(each), 0);
      if (weight <= 1_000) return write(batch);
      return { kind: 'refused', index: batch.length - 1, refusal: 'TooLarge', code: 'test' };
    };
    const { record, writer } = newWriter(source, sink);
    writer.add(create('/p/large', 'x'.repeat(900)));
    writer.add(create('/p/larger', 'x'.repeat(1_000)));
    await writer.finish();
    expect(sink.has('/p/large')).toBe(true);
    expect(record.skipped).toEqual([{ reason: 'TooLarge', count: 1, paths: ['/p/larger'] }]);
  });

  test('keeps batches below their limit of bytes, and sends what is larger alone', async () => {
    const sink = new MemoryTree({}, 1_000);
    const sizes: number[] = [];
    sink.beforeWrite = (batch) => sizes.push(batch.length);
    const { writer } = newWriter(new MemoryTree(), sink);
    for (let index = 0; index < 10; index += 1) writer.add(create(`/n${index}`, 'x'.repeat(200)));
    writer.add(create('/large', 'x'.repeat(5_000)));
    writer.add(create('/small'));
    await writer.finish();
    expect(sizes).toEqual([3, 3, 3, 1, 1, 1]);
  });

  test('says to wait while much is on its way', async () => {
    const { writer } = newWriter(new MemoryTree(), new MemoryTree({}, 100));
    let waited = 0;
    for (let index = 0; index < 50; index += 1) {
      writer.add(create(`/n${index}`));
      const full = writer.ready();
      if (full) waited += 1;
      await full;
    }
    await writer.finish();
    expect(waited).toBeGreaterThan(0);
  });

  test('counts a parent once whose child was too early after a lost connection', async () => {
    const [source, sink] = [new MemoryTree({ '/p/c': '' }), new MemoryTree({})];
    sink.maxBatchWrites = 1;
    const write = sink.write.bind(sink);
    let calls = 0;
    // The first batch goes down with a connection, and the second arrives by the next one.
    sink.write = (batch) =>
      (calls += 1) === 1 ? Promise.resolve({ kind: 'unknown' }) : write(batch);
    const { record, writer } = newWriter(source, sink);
    writer.add(create('/p'));
    writer.add(create('/p/c'));
    await writer.finish();
    expect(sink.snapshot('/p')).toEqual({ '/p': '', '/p/c': '' });
    expect(record.created).toBe(2);
  });

  test('deletes a parent that was refused because its children went only after it', async () => {
    const sink = new MemoryTree({ '/p/c': '' });
    sink.maxBatchWrites = 1;
    const write = sink.write.bind(sink);
    let parentTried: () => void = () => undefined;
    const tried = new Promise<void>((resolve) => {
      parentTried = resolve;
    });
    // As with a server that turns the first away while it is busy, and takes it when it comes again.
    sink.write = async (batch) => {
      if (batch[0]?.path === '/p/c') await tried;
      const outcome = await write(batch);
      if (batch[0]?.path === '/p') parentTried();
      return outcome;
    };
    const { record, writer } = newWriter(new MemoryTree(), sink);
    writer.add({ kind: 'delete', path: '/p/c' });
    writer.add({ kind: 'delete', path: '/p' });
    await writer.finish();
    expect(sink.has('/p')).toBe(false);
    expect(record.deleted).toBe(2);
    expect([...record.leftBehind]).toEqual([]);
  });

  test('creates a parent that somebody deleted at the destination meanwhile', async () => {
    const source = new MemoryTree({ '/a/b': 'parent', '/a/b/c': 'child' });
    const sink = new MemoryTree();
    const { writer, record } = newWriter(source, sink);
    writer.add(create('/a/b/c', 'child'));
    await writer.finish();
    expect(sink.snapshot('/a')).toEqual(source.snapshot('/a'));
    expect(record.created).toBe(3);
  });

  test('drops what lost its parent at the source meanwhile', async () => {
    const sink = new MemoryTree();
    const { writer, record } = newWriter(new MemoryTree(), sink);
    writer.add(create('/gone/child'));
    writer.add(create('/there'));
    await writer.finish();
    expect(sink.has('/there') && !sink.has('/gone')).toBe(true);
    expect(record).toMatchObject({ created: 1, settled: false });
    expect(record.leftBehind.size).toBe(0);
  });

  test('overwrites what somebody created at the destination meanwhile', async () => {
    const sink = new MemoryTree({ '/a': 'theirs' });
    const { writer } = newWriter(new MemoryTree(), sink);
    writer.add(create('/a', 'ours'));
    await writer.finish();
    expect(sink.snapshot('/a')).toEqual({ '/a': 'ours' });
  });

  test('notes a delete of what has got children meanwhile', async () => {
    const sink = new MemoryTree({ '/a/new': '' });
    const { writer, record } = newWriter(new MemoryTree(), sink);
    writer.add({ kind: 'delete', path: '/a' });
    await writer.finish();
    expect([...record.leftBehind]).toEqual(['/a']);
  });

  test('gives up on a write that every time breaks the connection', async () => {
    const source = new MemoryTree();
    const sink = new MemoryTree();
    const write = sink.write.bind(sink);
    sink.write = (batch) =>
      batch.some(({ path }) => path === '/poison')
        ? Promise.resolve({ kind: 'unknown' })
        : write(batch);
    const { writer, record } = newWriter(source, sink);
    for (const path of ['/a', '/b']) writer.add(create(path));
    writer.add({ kind: 'create', path: '/poison', data: Buffer.alloc(100_000) });
    writer.add(create('/c'));
    await writer.finish();
    expect(['/a', '/b', '/c'].filter((path) => !sink.has(path))).toEqual([]);
    expect(record.skipped).toEqual([{ reason: 'TooLarge', count: 1, paths: ['/poison'] }]);
  });

  test('does not call a small write too large because connections broke again and again', async () => {
    const sink = new MemoryTree();
    sink.write = () => Promise.resolve({ kind: 'unknown' });
    const { writer, record } = newWriter(new MemoryTree(), sink);
    writer.add(create('/small'));
    await writer.finish();
    expect(record.skipped).toEqual([]);
    expect([...record.leftBehind]).toEqual(['/small']);
  });

  test('rejects when the destination is lost, and sends nothing after that', async () => {
    const sink = new MemoryTree({}, 100);
    let sent = 0;
    sink.write = () => {
      sent += 1;
      return Promise.reject(new Error('session lost'));
    };
    const { writer } = newWriter(new MemoryTree(), sink);
    writer.add(create('/a'));
    writer.add(create('/b'));
    await expect(writer.finish()).rejects.toThrow('session lost');
    const before = sent;
    writer.add(create('/c'));
    await expect(writer.finish()).rejects.toThrow('session lost');
    expect(sent).toBe(before);
  });

  test('does every write exactly once, whatever is refused and whichever answers get lost', async () => {
    const refused = fc.uniqueArray(fc.nat(29), { maxLength: 30 });
    const lost = fc.array(fc.boolean(), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(refused, lost, async (forbidden, losses) => {
        const sink = new MemoryTree({}, 600);
        for (const index of forbidden) sink.set(`/p${index}`, { forbidden: true });
        const answers = [...losses];
        sink.loseAnswer = () => answers.shift() ?? false;
        const { writer, record } = newWriter(new MemoryTree(), sink);
        const paths = Array.from({ length: 30 }, (_, index) => `/p${index}/c`);
        for (const index of Array(30).keys())
          if (!sink.has(`/p${index}`)) sink.set(`/p${index}`, {});
        for (const path of paths) writer.add(create(path, path));
        await writer.finish();
        const done = paths.filter((path) => sink.has(path));
        expect(done.length).toBe(30 - forbidden.length);
        expect(record.created).toBe(done.length);
        const skipped = record.skipped.map(({ reason, count }) => ({ reason, count }));
        const expected = [{ reason: 'NoPermission', count: forbidden.length }];
        expect(skipped).toEqual(forbidden.length === 0 ? [] : expected);
      }),
    );
  });
});
