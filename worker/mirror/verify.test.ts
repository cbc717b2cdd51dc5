import { describe, expect, test } from '@jest/globals';
import { MemoryTree } from '../tree/testing/memory-tree.ts';
import { runMirror } from './testing/run-mirror.ts';

const TREE = { '/test': 'root', '/test/a': '1', '/test/b': '1', '/test/b/c': '1' };

/** Calls `change` before the nth batch of reads of the source. */
function beforeNthRead(source: MemoryTree, nth: number, change: () => void): void {
  let reads = 0;
  source.beforeRead = () => {
    reads += 1;
    if (reads === nth) change();
  };
}

/** Reads of the source that come before the copying: its root, twice. */
const ROOT_READS = 2;

describe('verifying', () => {
  test('can be left out, and then nothing is verified', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree({ '/test': 'old', '/test/x/y': '' });
    const { record } = await runMirror(source, sink, { verify: false });
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(record).toMatchObject({ created: 3, updated: 1, deleted: 2, verified: false });
  });

  test('brings over what changed after it was copied', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree();
    sink.beforeWrite = () => {
      sink.beforeWrite = () => undefined;
      source.set('/test/a', { data: '2' });
      source.set('/test/new/below', { data: 'n' });
      source.remove('/test/b');
    };
    const { record } = await runMirror(source, sink);
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(record).toMatchObject({ verified: true, settled: false });
  });

  test('settles what vanished at the source before it could be brought over', async () => {
    const sink = new MemoryTree({ ...TREE, '/test/b': 'old' });
    const source = new MemoryTree(TREE);
    let compared = false;
    source.beforeRead = (batch) => {
      const isForWriting = compared && batch.length === 1 && batch[0]?.path === '/test/b';
      compared ||= batch.some(({ path }) => path === '/test/b/c');
      if (isForWriting) source.remove('/test/b');
    };
    const { record } = await runMirror(source, sink);
    expect(sink.has('/test/b')).toBe(false);
    expect(record).toMatchObject({ verified: true, settled: false });
  });

  test('leaves such a znode behind if it is not wished', async () => {
    const sink = new MemoryTree({ ...TREE, '/test/a': 'old' });
    const source = new MemoryTree(TREE);
    let reads = 0;
    source.beforeRead = (batch) => {
      if (batch.some(({ path }) => path === '/test/a') && (reads += 1) === 2) {
        source.remove('/test/a');
      }
    };
    const { record } = await runMirror(source, sink, { verify: false });
    expect([...record.leftBehind]).toEqual(['/test/a']);
  });

  test('does not succeed while somebody else overwrites the destination', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree();
    sink.beforeRead = () => {
      if (sink.has('/test/a')) sink.set('/test/a', { data: 'theirs' });
    };
    const { record } = await runMirror(source, sink);
    expect(record.verified).toBe(false);
    expect([...record.leftBehind]).toEqual(['/test/a']);
  });

  test('does not succeed while somebody else creates again what was deleted', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree({ ...TREE, '/test/x': '' });
    sink.beforeRead = () => {
      sink.set('/test/x', { data: 'theirs' });
    };
    const { record } = await runMirror(source, sink);
    expect(record.verified).toBe(false);
    expect([...record.leftBehind]).toEqual(['/test/x']);
  });

  test('deletes nothing more once the source has lost its root', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree();
    sink.beforeWrite = () => {
      source.remove('/test');
    };
    const { refusal } = await runMirror(source, sink);
    expect(refusal?.guard).toBe('SourceRootMissing');
    expect(Object.keys(sink.snapshot('/test'))).toEqual(Object.keys(TREE));
  });

  test('deletes nothing more once the source has been emptied', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree();
    sink.beforeWrite = () => {
      for (const path of ['/test/a', '/test/b']) if (source.has(path)) source.remove(path);
    };
    const { refusal } = await runMirror(source, sink);
    expect(refusal?.guard).toBe('EmptySource');
    expect(Object.keys(sink.snapshot('/test'))).toEqual(Object.keys(TREE));
  });

  test('does not take the few paths of a later round for all the source has', async () => {
    const source = new MemoryTree(TREE);
    const sink = new MemoryTree();
    sink.beforeWrite = () => {
      sink.beforeWrite = () => undefined;
      source.set('/test/a', { data: '2' });
    };
    let isRead = 0;
    source.beforeRead = (batch) => {
      isRead += Number(batch.some(({ path }) => path === '/test/a'));
      // Once to copy it, once to verify it, and this time to bring its change over.
      if (isRead === 3 && source.has('/test/a')) source.remove('/test/a');
    };
    const { refusal, record } = await runMirror(source, sink);
    expect(refusal).toBeNull();
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(record.verified).toBe(true);
  });

  test('says that the source is not settled if it changed while it was read', async () => {
    const source = new MemoryTree(TREE);
    beforeNthRead(source, ROOT_READS + 1, () => {
      source.set('/test/a', { data: '1' });
    });
    const { record } = await runMirror(source, new MemoryTree(TREE));
    expect(record).toMatchObject({ verified: true, settled: false, unchanged: 4 });
  });
});
