import { describe, expect, test } from '@jest/globals';
import { creationsOf } from '../../tree/creations.ts';
import { MemoryTree } from '../../tree/testing/memory-tree.ts';
import { runMirror } from '../testing/run-mirror.ts';

const RAISE = { maxCounterRaise: 1_000_000 };

/** The number the next sequential child gets is, under no parent, one that the source gave out. */
function expectNotBehind(source: MemoryTree, sink: MemoryTree): void {
  const there = sink.counters('/test');
  for (const [path, counter] of Object.entries(source.counters('/test'))) {
    expect({ path, isBehind: (there[path] ?? 0) < counter }).toEqual({ path, isBehind: false });
  }
}

describe('the number of creations', () => {
  test.each([
    { cversion: 0, numChildren: 0, creations: 0 },
    { cversion: 3, numChildren: 3, creations: 3 },
    { cversion: 10, numChildren: 0, creations: 5 },
    { cversion: 15_095_652, numChildren: 593_364, creations: 7_844_508 },
    // Twice the creations no longer fits into 31 bits.
    { cversion: -294_967_296, numChildren: 0, creations: 2_000_000_000 },
    { cversion: -2 - 5, numChildren: 5, creations: 2_147_483_647 },
  ])('is $creations for $cversion and $numChildren', ({ cversion, numChildren, creations }) => {
    expect(creationsOf(cversion, numChildren)).toBe(creations);
  });
});

describe('counters of sequential znodes', () => {
  test('are those of the source after a first copy, without children at rest, too', async () => {
    const source = new MemoryTree({
      '/test': {},
      '/test/idgen': { creations: 1_234 },
      '/test/queue': { creations: 7 },
      '/test/queue/n1': 'x',
      '/test/lock': { ephemeral: true },
    });
    const sink = new MemoryTree({}, 50_000);
    const { record } = await runMirror(source, sink, RAISE);
    expectNotBehind(source, sink);
    expect(sink.counters('/test')).toEqual(source.counters('/test'));
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(record).toMatchObject({ created: 4, verified: true });
    expect(record.raisedCounts.sequenceCounters).toBe(3);
    sink.written.length = 0;
    await runMirror(source, sink, RAISE);
    expect(sink.written).toEqual([]);
  });

  test.each([true, false])('are right where a child is left out, verify: %s', async (verify) => {
    const source = new MemoryTree({
      '/test': {},
      '/test/a/b': 'x',
      '/test/a/e': { ephemeral: true },
    });
    const sink = new MemoryTree({}, 50_000);
    const { record } = await runMirror(source, sink, { ...RAISE, verify });
    expectNotBehind(source, sink);
    expect(record.raisedCounts.sequenceCounters).toBe(1);
  });

  test('are right where such a parent came while the copy was verified', async () => {
    const source = new MemoryTree({ '/test': {}, '/test/z': 'x' });
    const sink = new MemoryTree({}, 50_000);
    sink.beforeRead = (batch) => {
      if (!batch.some(({ path }) => path === '/test') || !sink.has('/test/z')) return;
      sink.beforeRead = () => undefined;
      source.set('/test/late/b', { data: 'x' });
      source.set('/test/late/e', { ephemeral: true });
    };
    const { record } = await runMirror(source, sink, RAISE);
    expect(sink.has('/test/late/b')).toBe(true);
    expectNotBehind(source, sink);
    expect(record.verified).toBe(true);
  });

  test('cost no further read of what was copied with all its children', async () => {
    const chain = Array.from({ length: 20 }, (_, index) => '/x'.repeat(index + 1));
    const source = new MemoryTree(Object.fromEntries(chain.map((path) => [`/test${path}`, 'x'])));
    const sink = new MemoryTree({}, 50_000);
    const reads: string[] = [];
    source.beforeRead = (batch) => {
      for (const { kind, path } of batch) if (kind === 'znode') reads.push(path);
    };
    await runMirror(source, sink, RAISE);
    // Once to be copied and once to be verified.
    expect(chain.map((path) => reads.filter((read) => read === `/test${path}`).length)).toEqual(
      chain.map(() => 2),
    );
  });

  test('are raised where nothing else differs', async () => {
    const source = new MemoryTree({ '/test/queue': { creations: 70 } });
    const sink = new MemoryTree({ '/test/queue': { creations: 69 } });
    await runMirror(source, sink, RAISE);
    expect(sink.counters('/test')).toEqual(source.counters('/test'));
    expect(sink.written).toHaveLength(2);
  });

  test('are raised under many parents at once', async () => {
    const parents = Array.from({ length: 100 }, (_, index) => `/test/q${index}`);
    const source = new MemoryTree(
      Object.fromEntries(parents.map((path) => [path, { creations: 2 }])),
    );
    const sink = new MemoryTree(Object.fromEntries(parents.map((path) => [path, ''])));
    let onTheirWay = 0;
    let most = 0;
    const write = sink.write.bind(sink);
    sink.write = async (batch) => {
      most = Math.max(most, (onTheirWay += 1));
      await Promise.resolve();
      return write(batch).finally(() => (onTheirWay -= 1));
    };
    const { record } = await runMirror(source, sink, RAISE);
    expectNotBehind(source, sink);
    expect(record.raisedCounts.sequenceCounters).toBe(100);
    expect(most).toBeGreaterThan(4);
  });

  test('that are higher at the destination stay so', async () => {
    const source = new MemoryTree({ '/test/queue': { creations: 5 } });
    const sink = new MemoryTree({ '/test/queue': { creations: 9 } });
    await runMirror(source, sink, RAISE);
    expect(sink.written).toEqual([]);
  });

  test('are raised so far in a run, and what is left is named', async () => {
    const source = new MemoryTree({
      '/test/queue': { creations: 25 },
      '/test/other': { creations: 3 },
    });
    const sink = new MemoryTree({});
    const { record } = await runMirror(source, sink, { maxCounterRaise: 10 });
    expect([...record.shortfall('sequenceCounters')]).toEqual([['/test/queue', 15]]);
    expect(record.verified).toBe(true);
    expect(sink.counters('/test')).toMatchObject({ '/test/queue': 10, '/test/other': 3 });
    await runMirror(source, sink, { maxCounterRaise: 10 });
    const { record: third } = await runMirror(source, sink, { maxCounterRaise: 10 });
    expect([...third.shortfall('sequenceCounters')]).toEqual([]);
    expectNotBehind(source, sink);
  });

  test('are raised under lists that let the copier administer only', async () => {
    const acl = [{ permissions: 17, scheme: 'digest', id: 'copier:hash' }];
    const source = new MemoryTree({ '/test': { acl }, '/test/queue': { acl, creations: 20 } });
    source.isSuperuser = true;
    const sink = new MemoryTree({});
    const { record } = await runMirror(source, sink, RAISE);
    expectNotBehind(source, sink);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    source.set('/test/queue', { creations: 40 });
    const { record: second } = await runMirror(source, sink, RAISE);
    expectNotBehind(source, sink);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect([...record.skipped, ...second.skipped]).toEqual([]);
  });

  test('survive answers that get lost', async () => {
    const source = new MemoryTree({ '/test/queue': { creations: 3_000 } });
    const sink = new MemoryTree({ '/test': {}, '/test/queue': {} }, 20_000);
    let writes = 0;
    sink.loseAnswer = () => (writes += 1) % 10 === 0;
    const { record } = await runMirror(source, sink, RAISE);
    expectNotBehind(source, sink);
    expect(record.verified).toBe(true);
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
  });

  test('are not raised below an ephemeral of the destination', async () => {
    const source = new MemoryTree({ '/test/lock': { creations: 5 } });
    const sink = new MemoryTree({ '/test/lock': { ephemeral: true } });
    const { record } = await runMirror(source, sink, RAISE);
    expect(record.skipped.map(({ reason }) => reason)).toEqual(['DestinationEphemeral']);
    expect(sink.written.filter((write) => write.includes('/test/lock/'))).toEqual([]);
  });

  test('of a parent that goes while it is raised are raised once it is back', async () => {
    const source = new MemoryTree({ '/test/queue': { creations: 5 } });
    const sink = new MemoryTree({ '/test/queue': '' });
    let isGone = false;
    sink.beforeWrite = ([first]) => {
      if (isGone || first?.path.startsWith('/test/queue/') !== true) return;
      isGone = true;
      sink.remove('/test/queue');
    };
    const { record } = await runMirror(source, sink, RAISE);
    expect(isGone).toBe(true);
    expect(record.skipped).toEqual([]);
    await runMirror(source, sink, RAISE);
    expectNotBehind(source, sink);
  });

  test('are not raised where the source has no such parent any more', async () => {
    const source = new MemoryTree({ '/test': {} });
    const sink = new MemoryTree({ '/test/gone': { creations: 1 } });
    await runMirror(source, sink, { ...RAISE, allowEmptySource: true });
    expect(sink.snapshot('/test')).toEqual({ '/test': '' });
  });
});
