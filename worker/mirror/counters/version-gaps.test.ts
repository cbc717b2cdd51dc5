import { describe, expect, test } from '@jest/globals';
import { MirrorRecord } from '../mirror-record.ts';
import { MemoryTree } from '../../tree/testing/memory-tree.ts';
import { runMirror, type RunMirrorOptions } from '../testing/run-mirror.ts';
import { VersionGaps } from './version-gaps.ts';

/** Runs a mirror that raises the versions of the paths given alone. */
async function run(
  source: MemoryTree,
  sink: MemoryTree,
  { raised = [], ...options }: RunMirrorOptions & { raised?: readonly string[] } = {},
) {
  const record = new MirrorRecord();
  const versionGaps = new VersionGaps((path) => raised.includes(path), record);
  return await runMirror(source, sink, { ...options, record, versionGaps });
}

describe('versions that are not carried over', () => {
  test('are counted where the destination ends below the source', async () => {
    const source = new MemoryTree({
      '/test/seqid': { dataVersion: 1 },
      '/test/fresh': 'x',
      '/test/changed': { data: 'new', dataVersion: 5 },
      '/test/same': { data: 'same', dataVersion: 4 },
      '/test/higher': { data: 'same', dataVersion: 4 },
      '/test/member': { ephemeral: true, dataVersion: 9 },
    });
    const sink = new MemoryTree({
      '/test/changed': { data: 'old', dataVersion: 2 },
      '/test/same': { data: 'same', dataVersion: 1 },
      '/test/higher': { data: 'same', dataVersion: 7 },
    });
    const { record } = await run(source, sink);
    const { count, paths, missing } = record.notRaisedCounts('dataVersions');
    expect({ count, missing }).toEqual({ count: 3, missing: 1 + 2 + 3 });
    expect([...paths].sort()).toEqual(['/test/changed', '/test/same', '/test/seqid']);
    // What was foretold is what came of it.
    const [from, to] = [source.dataVersions('/test'), sink.dataVersions('/test')];
    const gaps = Object.keys(to).map((path) => Math.max(0, (from[path] ?? 0) - (to[path] ?? 0)));
    expect(gaps.reduce((sum, each) => sum + each, 0)).toBe(missing);
  });

  test('are not counted where an update makes them equal, nor those that are raised', async () => {
    const source = new MemoryTree({
      '/test/changed': { data: 'new', dataVersion: 3 },
      '/test/raised': { dataVersion: 8 },
    });
    const sink = new MemoryTree({ '/test/changed': { data: 'old', dataVersion: 2 } });
    const { record } = await run(source, sink, { raised: ['/test/raised'] });
    expect(record.notRaisedCounts('dataVersions').count).toBe(0);
  });

  test('are told again by a run that has nothing to write, and name the first few', async () => {
    const znodes = Array.from({ length: 9 }, (_, index) => [`/test/${index}`, { dataVersion: 2 }]);
    const source = new MemoryTree(Object.fromEntries(znodes) as Record<string, object>);
    const sink = new MemoryTree({});
    await run(source, sink);
    sink.written.length = 0;
    const { record } = await run(source, sink);
    expect(sink.written).toEqual([]);
    const { count, paths, missing } = record.notRaisedCounts('dataVersions');
    expect({ count, named: paths.length, missing }).toEqual({ count: 9, named: 5, missing: 18 });
  });
});
