import { beforeEach, describe, expect, test } from '@jest/globals';
import { ACL_READ_TURNS } from '../../../api/worker-contract.ts';
import { turnOf } from './acl-digest.ts';
import type { AclEntry } from '../../tree/acl-set.ts';
import { MirrorRecord } from '../mirror-record.ts';
import { MemoryTree } from '../../tree/testing/memory-tree.ts';
import { MemoryWitness } from '../testing/memory-witness.ts';
import { MemoryLock, runMirror, type RunMirrorOptions } from '../testing/run-mirror.ts';

const OWN = { permissions: 31, scheme: 'digest', id: 'copier:hash' };
const ANYONE_READS = { permissions: 1, scheme: 'world', id: 'anyone' };

let source: MemoryTree;
let sink: MemoryTree;
let lock: MemoryLock;
let witness: MemoryWitness;
/** Whose lists the last run read. */
let read: Set<string>;
/** Of those, the ones that were read only because it was their turn. */
let readInTurn: Set<string>;

/** Runs a mirror that remembers. */
async function run(options: RunMirrorOptions = {}) {
  source.aclReads.length = 0;
  sink.aclReads.length = 0;
  sink.written.length = 0;
  const turn = lock.memo?.acls?.turn;
  // What others do to lists shows in no zxid, so the guard is not what is looked at here.
  const overwrite = { destinationDrift: 'Overwrite' } as const;
  const result = await runMirror(source, sink, { lock, witness, ...overwrite, ...options });
  const all = [...source.aclReads, ...sink.aclReads];
  const isInTurn = (path: string) => turnOf(path, ACL_READ_TURNS) === turn;
  read = new Set(all.filter((path) => !isInTurn(path)));
  readInTurn = new Set(all.filter(isInTurn));
  return result;
}

beforeEach(async () => {
  lock = new MemoryLock();
  source = new MemoryTree({
    '/test': { acl: [OWN] },
    '/test/a': { data: 'a', acl: [OWN, ANYONE_READS] },
    '/test/b': { data: 'b', acl: [OWN] },
    '/test/c': 'c',
  });
  source.isSuperuser = true;
  sink = new MemoryTree();
  witness = new MemoryWitness(source);
  source.setAcl('/test/b', [OWN, ANYONE_READS]);
  await run();
});

describe('the memo of lists', () => {
  test('says nothing where the destination has come to hash logins in another way', async () => {
    lock.digestAlgorithm = 'SHA-256';
    await run();
    expect(read).toEqual(new Set(['/test', '/test/a', '/test/b', '/test/c']));
    await run();
    expect(read).toEqual(new Set());
  });

  test('spares reading them in the next run', async () => {
    const { record } = await run();
    expect(read).toEqual(new Set());
    expect(record.verified).toBe(true);
  });

  test('finds a list that changed at the source for the first time, and that one alone', async () => {
    source.setAcl('/test/c', [OWN]);
    const { record } = await run();
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(sink.written).toEqual(['acl /test/c']);
    expect(read).toEqual(new Set(['/test/c']));
    expect(record).toMatchObject({ updated: 1, unchanged: 3, verified: true });
    await run();
    expect(read).toEqual(new Set());
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
    expect(read).toEqual(new Set());
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
    expect(read).toEqual(new Set(['/test/new']));
    // It was created after everything was looked at, so the next run reads it, and then nobody.
    await run();
    expect(read).toEqual(new Set(['/test/new']));
    await run();
    expect(read).toEqual(new Set());
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
  });

  test('is not left by a run that could not carry every list over', async () => {
    source.set('/test/theirs', { acl: [{ ...OWN, id: 'app:hash' }] });
    await run();
    expect(lock.memo?.acls).toBeUndefined();
    const { record } = await run();
    expect(record.skipped).toEqual([{ reason: 'AclLocksOut', count: 1, paths: ['/test/theirs'] }]);
  });

  test('says nothing to a run that excludes other paths', async () => {
    await run({ exclude: ['/test/c'] });
    expect(source.aclReads).toContain('/test/a');
  });

  test.each(['sourceZxid', 'destinationZxid'] as const)(
    'says nothing of a side whose zxid went back (%s)',
    async (zxid) => {
      lock.memo = { ...lock.memo!, acls: { ...lock.memo!.acls!, [zxid]: '0xffff' } };
      await run();
      expect(read).toContain('/test/a');
    },
  );

  test('is not believed, nor changed, by a dry run', async () => {
    const before = lock.memo;
    const { record } = await run({ dryRun: true, witness: null });
    expect(read).toContain('/test/a');
    expect(lock.memo).toBe(before);
    expect(record.history).toBeNull();
  });

  test('finds a list that somebody opened at the destination while a run looked elsewhere', async () => {
    // The znode is made anew, by somebody else, before the last write of the run.
    source.set('/test/d', { data: 'd' });
    sink.beforeWrite = () => {
      sink.beforeWrite = () => undefined;
      sink.remove('/test/a');
      sink.set('/test/a', { data: 'a' });
    };
    await run();
    expect(sink.acls('/test')).not.toEqual(source.acls('/test'));
    await run();
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
  });
});

describe('a source that was set back', () => {
  const lists = () => ({ source: source.acls('/test'), sink: sink.acls('/test') });

  test('has all lists read, for one that changed as often may be another', async () => {
    const restore = source.backup();
    source.setAcl('/test/c', [OWN]);
    const { record: first } = await run();
    expect(first.history).toEqual({ proved: true, reason: 'WitnessFound' });
    restore();
    source.setAcl('/test/c', [OWN, ANYONE_READS]);
    for (let times = 0; times < 50; times += 1) source.set('/test/b', { data: 'b' });
    const { record } = await run();
    expect(record.history).toEqual({ proved: false, reason: 'WitnessChanged' });
    expect(read).toEqual(new Set(['/test', '/test/a', '/test/b', '/test/c']));
    expect(lists().sink).toEqual(lists().source);
    await run();
    expect(read).toEqual(new Set());
  });

  test('to before a znode was created has another one read that was created at its zxid', async () => {
    const restore = source.backup();
    source.set('/test/new', { data: 'new', acl: [OWN] });
    await run();
    await run();
    restore();
    source.set('/test/new', { data: 'new', acl: [OWN, ANYONE_READS] });
    for (let times = 0; times < 50; times += 1) source.set('/test/b', { data: 'b' });
    await run();
    expect(lists().sink).toEqual(lists().source);
  });

  test('to after its witness was left needs no list read but those that changed', async () => {
    const restore = source.backup();
    source.setAcl('/test/c', [OWN]);
    restore();
    source.setAcl('/test/c', [OWN, ANYONE_READS]);
    const { record } = await run();
    expect(record.history).toEqual({ proved: true, reason: 'WitnessFound' });
    expect(read).toEqual(new Set(['/test/c']));
    expect(lists().sink).toEqual(lists().source);
  });

  test('while it is compared has everything looked at again', async () => {
    const before = source.backup();
    source.setAcl('/test/c', [OWN]);
    await run();
    const restore = () => {
      before();
      source.setAcl('/test/c', [OWN, ANYONE_READS]);
    };
    const begin = witness.begin.bind(witness);
    witness.begin = async (mark) => {
      const history = await begin(mark);
      source.beforeRead = () => {
        source.beforeRead = () => undefined;
        restore();
      };
      return history;
    };
    const { record } = await run();
    expect(record.history).toEqual({ proved: false, reason: 'SetBackMeanwhile' });
    // What was read before it was set back may be of the other history.
    expect(record).toMatchObject({ verified: false, settled: false });
    expect(lists().sink).toEqual(lists().source);
    expect(lock.memo?.acls).toBeUndefined();
  });

  test('while it is verified leaves nothing to be believed', async () => {
    const restore = source.backup();
    const seal = witness.seal.bind(witness);
    witness.seal = async () => {
      restore();
      return await seal();
    };
    const { record } = await run();
    expect(record.history).toEqual({ proved: false, reason: 'SetBackMeanwhile' });
    expect(record).toMatchObject({ verified: false, settled: false });
    expect(lock.memo?.acls).toBeUndefined();
  });
});

describe('a destination that was set back', () => {
  test('has its memo set back with it, which says what it was', async () => {
    const memo = lock.memo;
    const restore = sink.backup();
    source.setAcl('/test/c', [OWN]);
    await run();
    restore();
    lock.memo = memo;
    sink.setAcl('/test/c', [ANYONE_READS, OWN]);
    const { record } = await run();
    expect(record.history).toEqual({ proved: false, reason: 'WitnessChanged' });
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
  });

  test('with a source that goes by that memo still has no list that it does not vouch for', async () => {
    const restore = sink.backup();
    sink.setAcl('/test/c', [OWN]);
    restore();
    sink.setAcl('/test/c', [ANYONE_READS, OWN]);
    const { record } = await run();
    expect(record.history).toEqual({ proved: true, reason: 'WitnessFound' });
    expect(read).toEqual(new Set(['/test/c']));
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
  });

  test('while the run was under way, is no verified copy', async () => {
    const record = new MirrorRecord();
    lock.confirm = () => Promise.reject(new Error('lost'));
    await expect(run({ record })).rejects.toThrow('lost');
    expect(record.verified).toBe(false);
  });
});

describe('lists in their turn', () => {
  const PATHS = Array.from({ length: 120 }, (_, index) => `/test/many/n${index}`);

  beforeEach(async () => {
    for (const path of PATHS) source.set(path, { data: 'x' });
    await run();
    await run();
  });

  test('are read however well they are known, each once in so many runs', async () => {
    const counts = new Map<string, number>();
    for (let runs = 0; runs < ACL_READ_TURNS; runs += 1) {
      await run();
      expect(read).toEqual(new Set());
      for (const path of readInTurn) counts.set(path, (counts.get(path) ?? 0) + 1);
    }
    for (const path of ['/test', '/test/a', '/test/b', ...PATHS]) expect(counts.get(path)).toBe(1);
    expect(sink.written).toEqual([]);
  });

  test('that are not as known have all read, for then nothing is known', async () => {
    const restore = source.backup();
    const open = PATHS.slice(0, 100);
    const change = (acl: readonly AclEntry[]): void => {
      for (const path of open) source.setAcl(path, acl);
    };
    change([OWN, ANYONE_READS]);
    await run();
    await run();
    restore();
    change([OWN]);
    for (let times = 0; times < 500; times += 1) source.set('/test/b', { data: 'b' });
    // As if the witness did not tell.
    witness.begin = () => Promise.resolve({ proved: true, reason: 'WitnessFound' });
    witness.holds = () => Promise.resolve(true);
    const reasons = new Set<string | undefined>();
    for (let runs = 0; runs < ACL_READ_TURNS && !reasons.has('ListDiffered'); runs += 1) {
      reasons.add((await run()).record.history?.reason);
    }
    expect(reasons).toContain('ListDiffered');
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
  });

  test('that change meanwhile are for the next run, and no sign of anything', async () => {
    for (let runs = 0; runs < 20; runs += 1) {
      const turn = lock.memo?.acls?.turn;
      const [path = '/test/c', gone = '/test/b'] = PATHS.filter(
        (each) => source.has(each) && turnOf(each, ACL_READ_TURNS) === turn,
      );
      const holds = witness.holds.bind(witness);
      const readAcls = source.readAcls.bind(source);
      source.readAcls = async (paths) => {
        source.readAcls = readAcls;
        source.setAcl(path, [OWN]);
        source.remove(gone);
        return await readAcls(paths);
      };
      witness.holds = holds;
      const { record } = await run();
      source.readAcls = readAcls;
      expect(record.history).toEqual({ proved: true, reason: 'WitnessFound' });
    }
    await run();
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
  });
});
