import { expect, test } from '@jest/globals';
import { MemoryTree } from './testing/memory-tree.ts';
import { runMirror } from './testing/run-mirror.ts';

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
}, 60_000);
