import { describe, expect, test } from '@jest/globals';
import { MemoryTree } from '../../tree/testing/memory-tree.ts';
import { MemoryLock, runMirror } from '../testing/run-mirror.ts';

const TREE = { '/test': 'root', '/test/a': '1', '/test/b/c': '1' };

/** Both sides equal, and what the mirror would remember of it. */
async function mirrored(): Promise<{ source: MemoryTree; sink: MemoryTree; lock: MemoryLock }> {
  const source = new MemoryTree(TREE);
  const sink = new MemoryTree();
  await runMirror(source, sink);
  return { source, sink, lock: new MemoryLock(await sink.sync()) };
}

interface Change {
  readonly name: string;
  readonly make: (sink: MemoryTree) => void;
}

const CHANGES: readonly Change[] = [
  { name: 'data was written', make: (sink) => sink.set('/test/a', { data: 'theirs' }) },
  { name: 'the same data was written again', make: (sink) => sink.set('/test/a', { data: '1' }) },
  { name: 'a znode was created', make: (sink) => sink.set('/test/b/new', {}) },
  { name: 'a znode was deleted', make: (sink) => sink.remove('/test/b/c') },
  { name: 'a client lives', make: (sink) => sink.set('/test/lock', { ephemeral: true }) },
  { name: 'everything was deleted', make: (sink) => sink.remove('/test') },
  {
    name: 'all but the root was deleted',
    make: (sink) =>
      ['/test/a', '/test/b'].forEach((p) => {
        sink.remove(p);
      }),
  },
];

describe('a destination where', () => {
  test.each(CHANGES)('$name is left alone', async ({ make }) => {
    const { source, sink, lock } = await mirrored();
    source.set('/test/a', { data: '2' });
    make(sink);
    const before = sink.snapshot('/test');
    sink.written.length = 0;
    const { refusal } = await runMirror(source, sink, { lock });
    expect(refusal?.guard).toBe('DestinationModified');
    expect(sink.written).toEqual([]);
    expect(sink.snapshot('/test')).toEqual(before);
    expect(lock.adopted).toBe(0);
  });

  test.each(CHANGES)('$name is overwritten if that is wished', async ({ make }) => {
    const { source, sink, lock } = await mirrored();
    make(sink);
    const { refusal, record } = await runMirror(source, sink, {
      lock,
      destinationDrift: 'Overwrite',
    });
    expect(refusal).toBeNull();
    expect(record.verified).toBe(true);
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(lock.adopted).toBe(1);
  });

  test('nothing was changed is mirrored', async () => {
    const { source, sink, lock } = await mirrored();
    source.set('/test/a', { data: '2' });
    const { refusal } = await runMirror(source, sink, { lock });
    expect(refusal).toBeNull();
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
  });

  test('only excluded znodes were changed is mirrored', async () => {
    const { source, sink, lock } = await mirrored();
    sink.set('/test/locks/1', { ephemeral: true });
    source.set('/test/a', { data: '2' });
    const { refusal } = await runMirror(source, sink, { lock, exclude: ['/test/locks'] });
    expect(refusal).toBeNull();
    expect(sink.snapshot('/test')['/test/a']).toBe('2');
  });

  test('nobody knows what was before is adopted', async () => {
    const { source, sink } = await mirrored();
    const lock = new MemoryLock(null);
    sink.set('/test/a', { data: 'theirs' });
    const { refusal } = await runMirror(source, sink, { lock });
    expect(refusal).toBeNull();
    expect(lock.adoptedLast).toBe('tree');
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
  });

  test('nothing is yet is remembered as such, in case the run ends before it writes', async () => {
    const lock = new MemoryLock();
    await runMirror(new MemoryTree(TREE), new MemoryTree(), { lock });
    expect(lock.adoptedLast).toBe('nothing');
  });

  test('others changed something is told of in a dry run too, and not adopted', async () => {
    const { source, sink, lock } = await mirrored();
    sink.set('/test/a', { data: 'theirs' });
    const { refusal } = await runMirror(source, sink, { lock, dryRun: true });
    expect(refusal?.guard).toBe('DestinationModified');
    const { refusal: first } = await runMirror(source, sink, {
      lock: new MemoryLock(),
      dryRun: true,
    });
    expect(first).toBeNull();
  });
});
