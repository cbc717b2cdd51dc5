import { describe, expect, test } from '@jest/globals';
import type { Memo } from './memo.ts';
import { MirrorRecord } from './mirror-record.ts';
import { MemoryTree } from '../tree/testing/memory-tree.ts';
import { MemoryLock, runMirror, type RunMirrorOptions } from './testing/run-mirror.ts';

const TREE = {
  '/test': 'root',
  '/test/a': '1',
  '/test/b/c': { data: null },
  '/test/lock': { data: 'not counted', ephemeral: true },
  '/test/skip': 'not counted',
};
const LEFT: Memo = { totals: { znodes: 4, bytes: 5 } };

async function memoAfter(overrides: RunMirrorOptions = {}): Promise<Memo | null> {
  const lock = new MemoryLock();
  const options = { lock, exclude: ['/test/skip'], ...overrides };
  await runMirror(new MemoryTree(TREE), overrides.sink ?? new MemoryTree(), options);
  return lock.memo;
}

/** The totals that the phases of a run began with. */
async function totalsOfRun(source: MemoryTree, sink: MemoryTree, lock: MemoryLock) {
  const record = new MirrorRecord();
  const totals = new Map<string, number | null>();
  source.beforeRead = () => {
    totals.set(record.progress.phase, record.progress.total);
  };
  await runMirror(source, sink, { record, lock });
  totals.delete('connect');
  return Object.fromEntries(totals);
}

describe('the memo', () => {
  test('holds how much the source had, after a run into nothing as after one that compared', async () => {
    expect(await memoAfter()).toEqual(LEFT);
    expect(await memoAfter({ sink: new MemoryTree({ '/test/old': '' }) })).toEqual(LEFT);
  });

  test('is left by verified runs only', async () => {
    expect(await memoAfter({ verify: false })).toBeNull();
    expect(await memoAfter({ dryRun: true })).toBeNull();
    const sink = new MemoryTree();
    sink.beforeRead = () => {
      if (sink.has('/test/a')) sink.set('/test/a', { data: 'theirs' });
    };
    expect(await memoAfter({ sink })).toBeNull();
  });
});

describe('the total of the progress', () => {
  test('is what the memo says', async () => {
    const lock = new MemoryLock();
    lock.memo = { totals: { znodes: 42, bytes: 0 } };
    const source = new MemoryTree({ '/test/a': '1' });
    source.countBelow = () => Promise.resolve(7);
    expect(await totalsOfRun(source, new MemoryTree(), lock)).toEqual({ apply: 42, verify: 2 });
  });

  test('is the count of the source where there is no memo', async () => {
    const source = new MemoryTree({ '/test/a': '1' });
    source.countBelow = () => Promise.resolve(7);
    const sink = new MemoryTree({ '/test/b': '' });
    expect(await totalsOfRun(source, sink, new MemoryLock())).toEqual({
      ...{ compare: 8, apply: 2, verify: 2 },
    });
  });

  test('is unknown where nobody can tell', async () => {
    const source = new MemoryTree({ '/test/a': '1' });
    const totals = await totalsOfRun(source, new MemoryTree(), new MemoryLock());
    expect(totals).toMatchObject({ apply: null });
  });
});
