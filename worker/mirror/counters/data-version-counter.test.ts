import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryTree } from '../../tree/testing/memory-tree.ts';
import { runMirror } from '../testing/run-mirror.ts';

const RAISE = { maxVersionRaise: 1_000_000 };

function expectNotBehind(source: MemoryTree, sink: MemoryTree): void {
  const there = sink.dataVersions('/test');
  for (const [path, version] of Object.entries(source.dataVersions('/test'))) {
    expect({ path, isBehind: (there[path] ?? 0) < version }).toEqual({ path, isBehind: false });
  }
}

describe('data versions', () => {
  test('are not raised unless they are asked for', async () => {
    const source = new MemoryTree({ '/test/seqid': { data: 'x', dataVersion: 7 } });
    const sink = new MemoryTree({});
    await runMirror(source, sink);
    expect(sink.dataVersions('/test')['/test/seqid']).toBe(0);
  });

  test('are those of the source after a first copy, and a second run writes nothing', async () => {
    const source = new MemoryTree({
      '/test/seqid': { data: null, dataVersion: 1_234 },
      '/test/state': { data: 'leader', dataVersion: 7 },
      '/test/empty': { data: '', dataVersion: 2 },
      '/test/fresh': 'x',
      '/test/member': { ephemeral: true, dataVersion: 9 },
    });
    const sink = new MemoryTree({}, 50_000);
    const { record } = await runMirror(source, sink, RAISE);
    expect(sink.dataVersions('/test')).toEqual(source.dataVersions('/test'));
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(record.verified).toBe(true);
    expect(record.raisedCounts).toEqual({ sequenceCounters: 0, dataVersions: 3 });
    sink.written.length = 0;
    await runMirror(source, sink, RAISE);
    expect(sink.written).toEqual([]);
  });

  test('are raised after an update of the data, not twice', async () => {
    const source = new MemoryTree({ '/test/state': { data: 'new', dataVersion: 10 } });
    const sink = new MemoryTree({ '/test/state': { data: 'old', dataVersion: 9 } });
    await runMirror(source, sink, RAISE);
    expect(sink.dataVersions('/test')['/test/state']).toBe(10);
    expect(sink.written).toEqual(['update /test/state']);
  });

  test('that are higher at the destination stay so', async () => {
    const source = new MemoryTree({ '/test/state': { data: 'x', dataVersion: 5 } });
    const sink = new MemoryTree({ '/test/state': { data: 'x', dataVersion: 9 } });
    await runMirror(source, sink, RAISE);
    expect(sink.written).toEqual([]);
  });

  test('show the data of the source after every transaction', async () => {
    const source = new MemoryTree({ '/test/state': { data: 'leader', dataVersion: 5_000 } });
    const sink = new MemoryTree({ '/test/state': 'leader' }, 20_000);
    const seen = new Set<string | null>();
    const write = sink.write.bind(sink);
    sink.write = async (batch) => {
      const outcome = await write(batch);
      seen.add(sink.snapshot('/test')['/test/state'] ?? null);
      return outcome;
    };
    await runMirror(source, sink, RAISE);
    expectNotBehind(source, sink);
    expect([...seen]).toEqual(['leader']);
  });

  test('are raised without sending the data each time', async () => {
    const large = 'x'.repeat(1_000);
    const source = new MemoryTree({ '/test/large': { data: large, dataVersion: 2_000 } });
    const sink = new MemoryTree({ '/test/large': large }, 50_000);
    let bytes = 0;
    sink.beforeWrite = (batch) => {
      for (const each of batch) bytes += 'data' in each ? (each.data?.length ?? 0) : 0;
    };
    await runMirror(source, sink, RAISE);
    expectNotBehind(source, sink);
    expect(bytes).toBeLessThan(10 * large.length);
  });

  test('that somebody else writes over are read back, and brought to the data of the source', async () => {
    const source = new MemoryTree({ '/test/state': { data: 'x', dataVersion: 3 } });
    const sink = new MemoryTree({ '/test/state': 'x' });
    let writes = 0;
    sink.beforeWrite = () => (writes += 1);
    sink.beforeRead = () => {
      if (writes === 1) sink.set('/test/state', { data: `other ${(writes += 1)}` });
    };
    const { record } = await runMirror(source, sink, RAISE);
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(record.verified).toBe(true);
  });

  test('are raised by one write at a time where the data fills a batch', async () => {
    const large = 'x'.repeat(3_000);
    const source = new MemoryTree({ '/test/large': { data: large, dataVersion: 3 } });
    const sink = new MemoryTree({ '/test/large': large }, 2_000);
    const sizes: number[] = [];
    sink.beforeWrite = (batch) => sizes.push(batch.length);
    await runMirror(source, sink, RAISE);
    expectNotBehind(source, sink);
    expect(sizes).toEqual([1, 1, 1]);
  });

  test('are raised without transactions, too: nobody sees other data for it', async () => {
    const source = new MemoryTree({ '/test/state': { data: 'x', dataVersion: 3 } });
    const sink = new MemoryTree({ '/test/state': 'x' });
    sink.maxBatchWrites = 1;
    const seen = new Set<string | null>();
    sink.beforeWrite = () => seen.add(sink.snapshot('/test')['/test/state'] ?? null);
    await runMirror(source, sink, RAISE);
    expectNotBehind(source, sink);
    expect([...seen]).toEqual(['x']);
  });

  test('are raised so far in a run, and what is left is named', async () => {
    const source = new MemoryTree({ '/test/seqid': { dataVersion: 25 } });
    const sink = new MemoryTree({});
    const { record } = await runMirror(source, sink, { maxVersionRaise: 10 });
    expect([...record.shortfall('dataVersions')]).toEqual([['/test/seqid', 15]]);
    expect(record.verified).toBe(true);
    await runMirror(source, sink, { maxVersionRaise: 10 });
    await runMirror(source, sink, { maxVersionRaise: 10 });
    expect(sink.dataVersions('/test')['/test/seqid']).toBe(25);
  });

  test('survive answers that get lost, and a source that goes on writing', async () => {
    const source = new MemoryTree({ '/test/seqid': { data: '0', dataVersion: 3_000 } });
    const sink = new MemoryTree({}, 20_000);
    let writes = 0;
    sink.loseAnswer = () => (writes += 1) % 10 === 0;
    sink.beforeWrite = () => {
      if (writes < 8) source.set('/test/seqid', { data: String(writes) });
    };
    const { record } = await runMirror(source, sink, RAISE);
    expect(record.verified).toBe(true);
    expectNotBehind(source, sink);
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
  });

  test('are raised under lists that do not let the copier write', async () => {
    const acl = [{ permissions: 17, scheme: 'digest', id: 'copier:hash' }];
    const source = new MemoryTree({ '/test': { acl }, '/test/seqid': { acl, dataVersion: 20 } });
    source.isSuperuser = true;
    const sink = new MemoryTree({});
    const { record } = await runMirror(source, sink, RAISE);
    expectNotBehind(source, sink);
    source.set('/test/seqid', { dataVersion: 40 });
    const { record: second } = await runMirror(source, sink, RAISE);
    expectNotBehind(source, sink);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect([...record.skipped, ...second.skipped]).toEqual([]);
  });

  test('of any tree end at or above those of the source, with its data', async () => {
    const znode = fc.record({
      data: fc.option(fc.string({ maxLength: 20, unit: 'grapheme-ascii' })),
      dataVersion: fc.integer({ min: 0, max: 700 }),
    });
    const tree = fc.dictionary(fc.stringMatching(/^[a-c]{1,2}$/), znode, { maxKeys: 8 });
    await fc.assert(
      fc.asyncProperty(tree, tree, async (from, to) => {
        const [source, sink] = [from, to].map(
          (each) =>
            new MemoryTree({
              '/test': {},
              ...Object.fromEntries(
                Object.entries(each).map(([name, spec]) => [`/test/${name}`, spec]),
              ),
            }),
        ) as [MemoryTree, MemoryTree];
        const { record } = await runMirror(source, sink, { ...RAISE, allowEmptySource: true });
        expect(record.verified).toBe(true);
        expectNotBehind(source, sink);
        expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
      }),
    );
  });
});
