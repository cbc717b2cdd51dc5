import { expect, test } from '@jest/globals';
import { MirrorRecord } from '../mirror-record.ts';
import { MemoryTree } from '../../tree/testing/memory-tree.ts';
import { runMirror } from '../testing/run-mirror.ts';

const OWN = [{ permissions: 31, scheme: 'digest', id: 'copier:hash' }];

test('a large tree with lists streams into a destination that is slow to answer', async () => {
  const paths = Array.from({ length: 4_000 }, (_, index) => `/test/${index % 40}/${index}`);
  const source = new MemoryTree(Object.fromEntries(paths.map((path) => [path, { acl: OWN }])));
  source.isSuperuser = true;
  const sink = new MemoryTree({}, 1_000);
  const write = sink.write.bind(sink);
  sink.write = async (batch) => {
    for (let turns = 0; turns < 20; turns += 1) await new Promise((next) => setImmediate(next));
    return await write(batch);
  };
  const { record } = await runMirror(source, sink);
  expect(record.verified).toBe(true);
  expect(sink.acls('/test')).toEqual(source.acls('/test'));
});

test('what came is written while the rest is still being read, however little it is', async () => {
  const paths = Array.from({ length: 100 }, (_, index) => `/test/${index}`);
  const source = new MemoryTree(Object.fromEntries(paths.map((path) => [path, { acl: OWN }])));
  source.isSuperuser = true;
  let read = 0;
  const answer = source.read.bind(source);
  source.read = async (batch) => {
    read += batch.length;
    for (let turns = 0; turns < 20; turns += 1) await new Promise((next) => setImmediate(next));
    return await answer(batch);
  };
  const sink = new MemoryTree();
  sink.maxBatchWrites = 5;
  let readBeforeFirstWrite: number | null = null;
  sink.beforeWrite = () => (readBeforeFirstWrite ??= read);
  await runMirror(source, sink);
  expect(readBeforeFirstWrite).toBeLessThan(paths.length);
});

test('what counts as progress of a first copy is what is written, not what is read', async () => {
  const paths = Array.from({ length: 2_000 }, (_, index) => `/test/${index}`);
  const source = new MemoryTree(Object.fromEntries(paths.map((path) => [path, {}])));
  source.countBelow = () => Promise.resolve(paths.length);
  const sink = new MemoryTree({}, 5_000);
  const record = new MirrorRecord();
  const seen: { phase: string; isAhead: boolean }[] = [];
  sink.beforeWrite = () => {
    const { phase, done } = record.progress;
    seen.push({ phase, isAhead: done > sink.written.length });
  };
  let last = record.progress;
  const enter = record.enter.bind(record);
  record.enter = (phase, total) => {
    last = record.progress;
    enter(phase, total);
  };
  await runMirror(source, sink, { record });
  expect(new Set(seen.map((each) => JSON.stringify(each)))).toEqual(
    new Set([JSON.stringify({ phase: 'apply', isAhead: false })]),
  );
  expect(last).toEqual({ phase: 'apply', done: 2_001, total: 2_001 });
});
