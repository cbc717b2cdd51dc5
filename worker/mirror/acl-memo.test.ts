import { beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryTree } from './testing/memory-tree.ts';
import { MemoryHold, runMirror } from './testing/run-mirror.ts';
import type { RunMirrorOptions } from './testing/run-mirror.ts';

const OWN = { permissions: 31, scheme: 'digest', id: 'copier:hash' };
const ANYONE_READS = { permissions: 1, scheme: 'world', id: 'anyone' };

let source: MemoryTree;
let sink: MemoryTree;
let hold: MemoryHold;

/** Runs a mirror that remembers; its last write is the last thing that happened to the destination. */
async function run(options: RunMirrorOptions = {}) {
  source.aclReads.length = 0;
  sink.aclReads.length = 0;
  sink.written.length = 0;
  hold.lastWriteZxid = () => sink.sync();
  // What others do to lists shows in no zxid, so the guard is not what is looked at here.
  return await runMirror(source, sink, { hold, destinationDrift: 'Overwrite', ...options });
}

beforeEach(async () => {
  hold = new MemoryHold();
  source = new MemoryTree({
    '/test': { acl: [OWN] },
    '/test/a': { data: 'a', acl: [OWN, ANYONE_READS] },
    '/test/b': { data: 'b', acl: [OWN] },
    '/test/c': 'c',
  });
  source.isSuperuser = true;
  sink = new MemoryTree();
  source.setAcl('/test/b', [OWN, ANYONE_READS]);
  await run();
});

describe('the memo of lists', () => {
  test('spares reading them in the next run', async () => {
    const { record } = await run();
    expect([...source.aclReads, ...sink.aclReads]).toEqual([]);
    expect(record.verified).toBe(true);
  });

  test('finds a list that changed at the source for the first time, and that one alone', async () => {
    source.setAcl('/test/c', [OWN]);
    const { record } = await run();
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(sink.written).toEqual(['acl /test/c']);
    expect(new Set(source.aclReads)).toEqual(new Set(['/test/c']));
    expect(record).toMatchObject({ updated: 1, unchanged: 3, verified: true });
    await run();
    expect([...source.aclReads, ...sink.aclReads]).toEqual([]);
  });

  test('finds a list that changed once more', async () => {
    source.setAcl('/test/b', [OWN]);
    await run();
    expect(sink.written).toEqual(['acl /test/b']);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
  });

  test('finds a list that somebody changed at the destination', async () => {
    sink.setAcl('/test/a', [OWN]);
    await run();
    expect(sink.written).toEqual(['acl /test/a']);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    await run();
    expect([...source.aclReads, ...sink.aclReads]).toEqual([]);
  });

  test('finds the list of a znode that was made anew with the same data', async () => {
    source.remove('/test/a');
    source.set('/test/a', { data: 'a', acl: [OWN] });
    await run();
    expect(sink.written).toEqual(['acl /test/a']);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
  });

  test('survives creates and deletes without another list being read', async () => {
    source.set('/test/new', { data: 'new', acl: [OWN] });
    source.remove('/test/b');
    await run();
    expect(new Set(source.aclReads)).toEqual(new Set(['/test/new']));
    await run();
    expect([...source.aclReads, ...sink.aclReads].filter((path) => path !== '/test/new')).toEqual(
      [],
    );
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
  });

  test('is not left by a run that could not carry every list over', async () => {
    source.set('/test/theirs', { acl: [{ ...OWN, id: 'app:hash' }] });
    await run();
    expect(hold.memo?.acls).toBeUndefined();
    const { record } = await run();
    expect(record.skipped).toEqual([{ reason: 'AclLocksOut', count: 1, paths: ['/test/theirs'] }]);
  });

  test('says nothing to a run that excludes other paths', async () => {
    await run({ exclude: ['/test/c'] });
    expect(source.aclReads).toContain('/test/a');
  });

  test('says nothing of a source that was set back', async () => {
    const { acls } = hold.memo!;
    hold.memo = { ...hold.memo!, acls: { ...acls!, sourceZxid: '0xffff' } };
    await run();
    expect(source.aclReads).toContain('/test/a');
  });
});
