import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CONTROL_ROOT } from '../../api/znode-path.ts';
import { compileExclusions } from '../tree/exclusions.ts';
import { MemoryTree, type ZnodeSpec } from '../tree/testing/memory-tree.ts';
import { runMirror } from './testing/run-mirror.ts';

type Znodes = Readonly<Record<string, ZnodeSpec>>;

/** Few names, so that both sides meet; some of those that need care. */
const name = fc.constantFrom('a', 'b', 'c', 'ü', 'x y', '*', 'skip', 'zookeeper');
const path = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map((names) => `/test/${names.join('/')}`);
const data = fc.option(fc.constantFrom('', 'one', 'two', 'x'.repeat(300)), { nil: null });
/** How many answers fit into memory at once, at the source and the destination. */
const atOnce = fc.tuple(fc.constantFrom(1, 2, 5, Infinity), fc.constantFrom(1, 2, 5, Infinity));
const tree = fc.dictionary(path, fc.record({ data }), { maxKeys: 25 });

/** A tree with `/test`, and some leaves turned into ephemerals. */
const treeWithEphemerals = fc
  .tuple(tree, fc.array(path, { maxLength: 4 }))
  .map(([znodes, ephemerals]): Znodes => {
    const isLeaf = (leaf: string) => !Object.keys(znodes).some((p) => p.startsWith(`${leaf}/`));
    const distinct = ephemerals.filter((each) => !ephemerals.some((p) => p.startsWith(`${each}/`)));
    const possible = distinct.filter(
      (each) => isLeaf(each) && !distinct.some((other) => each.startsWith(`${other}/`)),
    );
    return {
      '/test': {},
      ...znodes,
      ...Object.fromEntries(possible.map((p) => [p, { ephemeral: true }])),
    };
  });

/** Thousands of runs take seconds, on a busy machine many of them. */
const TIMEOUT_MS = 120_000;

/** Guards are looked at elsewhere; here everything may happen. */
const ALL_ALLOWED = { allowEmptySource: true, deletionMaxPercent: 100 };

function without(snapshot: Record<string, string | null>, paths: ReadonlySet<string>) {
  return Object.fromEntries(Object.entries(snapshot).filter(([p]) => !paths.has(p)));
}

describe('a mirror of any tree into any other', () => {
  test(
    'leaves equal trees, and has nothing to do the second time',
    async () => {
      await fc.assert(
        fc.asyncProperty(treeWithEphemerals, tree, atOnce, async (from, to, answers) => {
          const source = new MemoryTree(from);
          const sink = new MemoryTree(to);
          [source.answersAtOnce, sink.answersAtOnce] = answers;
          const { refusal, record } = await runMirror(source, sink, ALL_ALLOWED);
          expect(refusal).toBeNull();
          expect(record.verified).toBe(true);
          expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
          expect(record.created + record.updated + record.unchanged).toBe(
            Object.keys(source.snapshot('/test')).length,
          );
          sink.written.length = 0;
          const again = await runMirror(source, sink, ALL_ALLOWED);
          expect(sink.written).toEqual([]);
          expect(again.record.verified).toBe(true);
        }),
        { numRuns: 150 },
      );
    },
    TIMEOUT_MS,
  );

  test(
    'never touches an ephemeral of the destination',
    async () => {
      await fc.assert(
        fc.asyncProperty(treeWithEphemerals, treeWithEphemerals, async (from, to) => {
          const sink = new MemoryTree(to);
          const ephemerals = Object.keys(to).filter((p) => to[p]?.ephemeral);
          await runMirror(new MemoryTree(from), sink, ALL_ALLOWED);
          expect(ephemerals.filter((p) => !sink.has(p))).toEqual([]);
          expect(sink.written.filter((w) => ephemerals.includes(w.split(' ')[1] ?? ''))).toEqual(
            [],
          );
        }),
        { numRuns: 150 },
      );
    },
    TIMEOUT_MS,
  );

  test(
    'touches nothing that is excluded',
    async () => {
      await fc.assert(
        fc.asyncProperty(treeWithEphemerals, tree, async (from, to) => {
          const source = new MemoryTree({ '/test': {}, ...from });
          const sink = new MemoryTree({ '/test': {}, ...to });
          const isExcluded = compileExclusions(['/test/**/skip'], '/test')!;
          const excludedBefore = Object.entries(sink.snapshot('/test')).filter(([p]) =>
            isExcluded(p),
          );
          const touched: string[] = [];
          source.beforeRead = (batch) => touched.push(...batch.map((each) => each.path));
          sink.beforeRead = source.beforeRead;
          await runMirror(source, sink, { ...ALL_ALLOWED, exclude: ['/test/**/skip'] });
          expect(touched.filter(isExcluded)).toEqual([]);
          const after = Object.entries(sink.snapshot('/test'));
          expect(after.filter(([p]) => isExcluded(p))).toEqual(excludedBefore);
        }),
        { numRuns: 100 },
      );
    },
    TIMEOUT_MS,
  );

  test(
    'mirrors the whole tree but for what is not its own',
    async () => {
      await fc.assert(
        fc.asyncProperty(tree, tree, async (from, to) => {
          const source = new MemoryTree({ ...from, '/zookeeper/s': {}, [`${CONTROL_ROOT}/s`]: {} });
          const sink = new MemoryTree({ ...to, '/zookeeper/d': {}, [`${CONTROL_ROOT}/d`]: {} });
          await runMirror(source, sink, { ...ALL_ALLOWED, rootPath: '/' });
          const own = new Set(
            ['s', 'd'].flatMap((n) => [`/zookeeper/${n}`, `${CONTROL_ROOT}/${n}`]),
          );
          expect(without(sink.snapshot(), own)).toEqual(without(source.snapshot(), own));
          expect(sink.has('/zookeeper/d') && !sink.has('/zookeeper/s')).toBe(true);
          expect(sink.has(`${CONTROL_ROOT}/d`) && !sink.has(`${CONTROL_ROOT}/s`)).toBe(true);
        }),
        { numRuns: 60 },
      );
    },
    TIMEOUT_MS,
  );
});

describe('a mirror into a side that knows no transactions', () => {
  test(
    'leaves equal trees, writing one znode at a time',
    async () => {
      await fc.assert(
        fc.asyncProperty(treeWithEphemerals, tree, async (from, to) => {
          const source = new MemoryTree(from);
          const sink = new MemoryTree(to);
          sink.maxBatchWrites = 1;
          let largest = 0;
          sink.beforeWrite = (batch) => {
            largest = Math.max(largest, batch.length);
            // Somebody deletes a parent, so that the writer has to create it again.
            if (sink.written.length === 3) sink.remove('/test/a');
          };
          const { record } = await runMirror(source, sink, ALL_ALLOWED);
          expect(largest).toBeLessThanOrEqual(1);
          expect(record.verified).toBe(true);
          const again = await runMirror(source, sink, ALL_ALLOWED);
          expect(again.record.verified).toBe(true);
          expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
        }),
        { numRuns: 100 },
      );
    },
    TIMEOUT_MS,
  );
});

describe('a mirror of a source that changes all the time', () => {
  const change = fc.tuple(path, fc.option(data, { nil: undefined, freq: 2 }));

  test(
    'never loses what the source had throughout, and is equal once the source rests',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          tree,
          tree,
          fc.array(change, { minLength: 1, maxLength: 30 }),
          async (from, to, changes) => {
            const source = new MemoryTree({ '/test': {}, ...from });
            const sink = new MemoryTree({ '/test': {}, ...to });
            const before = source.snapshot('/test');
            const removed: string[] = [];
            const pending = [...changes];
            source.beforeRead = () => {
              const next = pending.shift();
              if (!next) return;
              const [where, value] = next;
              if (value !== undefined) source.set(where, { data: value });
              else removed.push(where);
              if (value === undefined) source.remove(where);
            };
            const first = await runMirror(source, sink, ALL_ALLOWED);
            const throughout = Object.keys(before).filter(
              (p) => !removed.some((gone) => p === gone || p.startsWith(`${gone}/`)),
            );
            if (first.record.verified && first.record.leftBehind.size === 0) {
              expect(throughout.filter((p) => !sink.has(p))).toEqual([]);
            }
            source.beforeRead = () => undefined;
            const { record } = await runMirror(source, sink, ALL_ALLOWED);
            expect(record.verified).toBe(true);
            expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
          },
        ),
        { numRuns: 150 },
      );
    },
    TIMEOUT_MS,
  );

  test(
    'only ever holds values that the source had, where the copy counts as verified',
    async () => {
      await fc.assert(
        fc.asyncProperty(tree, fc.array(change, { maxLength: 30 }), async (from, changes) => {
          const source = new MemoryTree({ '/test': {}, ...from });
          const sink = new MemoryTree();
          const history = new Map<string, Set<string | null>>();
          const remember = () => {
            for (const [p, value] of Object.entries(source.snapshot('/test'))) {
              history.set(p, (history.get(p) ?? new Set()).add(value));
            }
          };
          const pending = [...changes];
          source.beforeRead = () => {
            const next = pending.shift();
            if (next?.[1] === undefined) return;
            source.set(next[0], { data: next[1] });
            remember();
          };
          remember();
          const { record } = await runMirror(source, sink);
          expect(record.verified).toBe(true);
          for (const [p, value] of Object.entries(sink.snapshot('/test'))) {
            expect([...(history.get(p) ?? [])]).toContain(value);
          }
        }),
        { numRuns: 100 },
      );
    },
    TIMEOUT_MS,
  );
});
