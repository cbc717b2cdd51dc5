import { describe, expect, test } from '@jest/globals';
import type { AclEntry } from '../../tree/acl-set.ts';
import { MISSING } from '../../tree/tree.ts';
import { MemoryTree } from '../../tree/testing/memory-tree.ts';
import { runMirror } from '../testing/run-mirror.ts';

const OWN = { permissions: 31, scheme: 'digest', id: 'copier:hash' };
const OTHER = { permissions: 31, scheme: 'digest', id: 'app:hash' };
const APP_READS = { permissions: 1, scheme: 'digest', id: 'app:hash' };
const ANYONE_READS = { permissions: 1, scheme: 'world', id: 'anyone' };
/** The copier may read it and change its list, and nothing else. */
const READ_ADMIN = { permissions: 17, scheme: 'digest', id: 'copier:hash' };

/** A source that shows everything to a destination whose user has rights like everybody. */
function sides(znodes: ConstructorParameters<typeof MemoryTree>[0], there = {}) {
  const source = new MemoryTree(znodes);
  source.isSuperuser = true;
  return { source, sink: new MemoryTree(there) };
}

describe('access control lists', () => {
  test('are those of the source after a first copy', async () => {
    const { source, sink } = sides({
      '/test': { acl: [OWN, ANYONE_READS] },
      '/test/a': { acl: [OWN, OTHER] },
      '/test/a/b': { data: 'b' },
    });
    const { record } = await runMirror(source, sink);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(record).toMatchObject({ created: 3, verified: true, skipped: [] });
    expect(sink.written.filter((write) => write.startsWith('acl'))).toEqual([]);
  });

  test('are compared as sets', async () => {
    const { source, sink } = sides(
      { '/test': { acl: [OWN, ANYONE_READS] } },
      { '/test': { acl: [ANYONE_READS, OWN, OWN] } },
    );
    const { record } = await runMirror(source, sink);
    expect(sink.written).toEqual([]);
    expect(record).toMatchObject({ updated: 0, unchanged: 1, verified: true });
  });

  test('are set where nothing else differs, and counted as an update', async () => {
    const { source, sink } = sides(
      { '/test': { acl: [OWN] }, '/test/a': 'a', '/test/b': 'b' },
      { '/test': {}, '/test/a': { data: 'a', acl: [OWN] }, '/test/b': 'b' },
    );
    const { record } = await runMirror(source, sink);
    expect(sink.written.sort()).toEqual(['acl /test', 'acl /test/a']);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(record).toMatchObject({ updated: 2, unchanged: 1, verified: true });
  });

  test('shut a znode whose data and list both change, so that neither is seen with the other', async () => {
    const { source, sink } = sides(
      { '/test': {}, '/test/a': { data: 'secret', acl: [OWN, APP_READS] } },
      { '/test': {}, '/test/a': 'public' },
    );
    const seen: string[] = [];
    sink.beforeWrite = () => {
      seen.push(`${sink.snapshot()['/test/a'] ?? ''} ${sink.acls()['/test/a'] ?? ''}`);
    };
    const { record } = await runMirror(source, sink);
    expect(seen).toEqual([
      'public 31:world:anyone',
      'public 31:digest:copier:hash',
      'secret 31:digest:copier:hash',
    ]);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(record).toMatchObject({ updated: 1, verified: true });
  });

  test('that let the copier do everything but work are set once the work is done', async () => {
    const acl = [READ_ADMIN, OTHER];
    const { source, sink } = sides({
      '/test': { acl },
      '/test/a': { acl },
      '/test/a/b': { data: 'b', acl },
      '/test/a/b/c': { data: 'c' },
    });
    const seen = new Set<string>();
    sink.beforeWrite = () => {
      for (const key of Object.values(sink.acls('/test'))) seen.add(key);
    };
    const { record } = await runMirror(source, sink);
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(record).toMatchObject({ created: 4, updated: 0, verified: true, skipped: [] });
    // Meanwhile nobody was let in that may not give himself the right.
    expect([...seen]).toEqual([
      '31:digest:app:hash\n31:digest:copier:hash',
      '31:world:anyone',
      '17:digest:copier:hash\n31:digest:app:hash',
    ]);
  });

  test('are opened for a later change below them, and closed again', async () => {
    const acl = [READ_ADMIN];
    const { source, sink } = sides({ '/test': { acl }, '/test/a': { data: '1', acl } });
    await runMirror(source, sink);
    source.set('/test/a', { data: '2' });
    source.set('/test/new', { data: 'x', acl });
    source.set('/test/a/below', { data: 'y', acl });
    const { record } = await runMirror(source, sink);
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(record).toMatchObject({ created: 2, updated: 1, verified: true, skipped: [] });
    source.remove('/test/new');
    const { record: third } = await runMirror(source, sink);
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(third).toMatchObject({ deleted: 1, verified: true, skipped: [] });
  });

  test('that would lock the copier out are named with all below, and nothing of it is made', async () => {
    const { source, sink } = sides({
      '/test': {},
      '/test/theirs': { acl: [OTHER] },
      '/test/theirs/below': { data: 'x' },
      '/test/ours': 'y',
    });
    const { record } = await runMirror(source, sink);
    expect(sink.snapshot('/test')).toEqual({ '/test': '', '/test/ours': 'y' });
    expect(record.skipped).toEqual([
      { reason: 'AclLocksOut', count: 2, paths: ['/test/theirs', '/test/theirs/below'] },
    ]);
  });

  test('that would lock the copier out keep an existing znode as it is', async () => {
    const { source, sink } = sides(
      { '/test': {}, '/test/a': { data: 'secret', acl: [OTHER] } },
      { '/test': {}, '/test/a': 'public' },
    );
    const { record } = await runMirror(source, sink);
    expect(sink.written).toEqual([]);
    expect(record.skipped).toEqual([{ reason: 'AclLocksOut', count: 1, paths: ['/test/a'] }]);
  });

  test('of a scheme that the destination does not know are named by path', async () => {
    const acl: AclEntry[] = [OWN, { permissions: 31, scheme: 'sasl', id: 'app' }];
    const { source, sink } = sides({ '/test': {}, '/test/a': { data: 'x', acl }, '/test/b': 'y' });
    sink.schemes = ['world', 'digest'];
    const { record } = await runMirror(source, sink);
    expect(record.skipped).toEqual([{ reason: 'UnknownAclScheme', count: 1, paths: ['/test/a'] }]);
    expect(sink.snapshot('/test')).toEqual({ '/test': '', '/test/b': 'y' });
  });

  test('that the source redacts are refused and never written', async () => {
    const acl = [OTHER, ANYONE_READS];
    const { source, sink } = sides(
      { '/test': {}, '/test/a': { data: 'x', acl }, '/test/new': { data: 'y', acl } },
      { '/test': {}, '/test/a': 'x' },
    );
    source.isSuperuser = false;
    sink.isSuperuser = true;
    const { record } = await runMirror(source, sink);
    expect(record.skipped).toEqual([
      { reason: 'RedactedAcl', count: 2, paths: ['/test/a', '/test/new'] },
    ]);
    expect(sink.acls('/test')).toEqual({
      '/test': '31:world:anyone',
      '/test/a': '31:world:anyone',
    });
  });

  test('are left alone where they are not asked for', async () => {
    const { source, sink } = sides(
      { '/test': { acl: [OTHER] }, '/test/a': { data: 'a', acl: [OWN] } },
      { '/test': {} },
    );
    const { record } = await runMirror(source, sink, { acls: null });
    expect(sink.acls('/test')).toEqual({
      '/test': '31:world:anyone',
      '/test/a': '31:world:anyone',
    });
    expect(record).toMatchObject({ created: 1, unchanged: 1, verified: true });
    expect([...source.aclReads, ...sink.aclReads]).toEqual([]);
  });

  test('are given to a znode that somebody else makes at the same moment', async () => {
    const { source, sink } = sides({ '/test': {}, '/test/a': { data: 'a', acl: [OWN] } });
    let isFirst = true;
    sink.beforeWrite = () => {
      if (isFirst) sink.set('/test/a', { data: 'other' });
      isFirst = false;
    };
    const { record } = await runMirror(source, sink, { destinationDrift: 'Overwrite' });
    expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(record.verified).toBe(true);
  });

  test('go with the data they stood beside at the source', async () => {
    const { source, sink } = sides({ '/test': {}, '/test/a': { data: 'secret', acl: [OWN] } });
    const readAcls = source.readAcls.bind(source);
    let isFirst = true;
    source.readAcls = async (paths) => {
      if (isFirst) {
        source.set('/test/a', { data: 'scrubbed' });
        source.setAcl('/test/a', [OWN, ANYONE_READS]);
      }
      isFirst = false;
      return await readAcls(paths);
    };
    sink.beforeWrite = (batch) => {
      for (const write of batch) {
        if ('data' in write) expect(write.data?.toString()).not.toBe('secret');
      }
    };
    const { record } = await runMirror(source, sink);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(record.verified).toBe(true);
  });
});

describe('a source that shows a znode and says that its list is of none', () => {
  /** A server that is not of one mind, or somebody who makes and deletes it all the time. */
  function torn(there: ConstructorParameters<typeof MemoryTree>[0]) {
    const { source, sink } = sides({ '/test': {}, '/test/a': { data: 'a', acl: [OWN] } }, there);
    const readAcls = source.readAcls.bind(source);
    source.readAcls = async (paths) => {
      const found = await readAcls(paths);
      return found.map((each, index) => (paths[index] === '/test/a' ? MISSING : each));
    };
    return { source, sink };
  }

  test.each([
    { name: 'a new one is left out', there: {} },
    { name: 'an open one stays open', there: { '/test': {}, '/test/a': 'a' } },
  ])('is copied, and not verified, for $name', async ({ there }) => {
    const { source, sink } = torn(there);
    const { record } = await runMirror(source, sink);
    expect(record.verified).toBe(false);
  });
});

describe('lists of created znodes', () => {
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      `/test/${index}`,
      { data: 'x', acl: index % 2 === 0 ? [OWN] : [OWN, ANYONE_READS] },
    ]),
  );

  test('are read back once for each list', async () => {
    const { source, sink } = sides({ '/test': {}, ...many });
    const { record } = await runMirror(source, sink);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(sink.aclReads.length).toBe(3);
    expect(record).toMatchObject({ created: 41, updated: 0, verified: true });
  });

  test('are all read back where the destination does not tell its transactions', async () => {
    const { source, sink } = sides({ '/test': {}, ...many });
    const write = sink.write.bind(sink);
    sink.write = async (batch) => {
      const outcome = await write(batch);
      return outcome.kind === 'done' ? { kind: 'done', zxid: null } : outcome;
    };
    await runMirror(source, sink);
    expect(sink.aclReads.length).toBe(41);
  });

  test('are set again where somebody changed one before it was verified', async () => {
    const { source, sink } = sides({ '/test': {}, ...many });
    sink.beforeRead = (batch) => {
      const isVerifying = batch.some(({ path }) => path === '/test/7') && sink.has('/test/7');
      if (isVerifying) sink.setAcl('/test/7', [ANYONE_READS, OTHER, OWN]);
      if (isVerifying) sink.beforeRead = () => undefined;
    };
    const { record } = await runMirror(source, sink);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(sink.written.filter((write) => write.startsWith('acl'))).toEqual(['acl /test/7']);
    expect(record.verified).toBe(true);
  });

  test('are set where somebody put another znode in the place of ours', async () => {
    const { source, sink } = sides({ '/test': {}, ...many });
    sink.beforeRead = (batch) => {
      if (!batch.some(({ path }) => path === '/test/7') || !sink.has('/test/7')) return;
      sink.beforeRead = () => undefined;
      sink.remove('/test/7');
      sink.set('/test/7', { data: 'x' });
    };
    const { record } = await runMirror(source, sink);
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(record.verified).toBe(true);
  });

  test('are named one by one where the destination drops what it does not know', async () => {
    const { source, sink } = sides({
      '/test': {},
      '/test/a': { data: 'a', acl: [OWN, APP_READS] },
      '/test/b': { data: 'b', acl: [OWN, APP_READS] },
      '/test/c': { data: 'c', acl: [OWN] },
    });
    sink.drops = ({ id }) => id === APP_READS.id;
    const { record } = await runMirror(source, sink);
    expect(record.skipped).toMatchObject([{ reason: 'UnknownAclScheme', count: 2 }]);
    expect(record.skipped[0]?.paths.slice().sort()).toEqual(['/test/a', '/test/b']);
  });

  test('are looked at, too, where a znode came while the copy was verified', async () => {
    const { source, sink } = sides({ '/test': {}, ...many });
    sink.beforeRead = (batch) => {
      if (!batch.some(({ path }) => path === '/test') || !sink.has('/test/7')) return;
      sink.beforeRead = () => undefined;
      source.set('/test/late', { data: 'late', acl: [OWN] });
    };
    sink.beforeWrite = ([write]) => {
      if (write?.path !== '/test/late') return;
      sink.beforeRead = () => {
        if (sink.has('/test/late')) sink.setAcl('/test/late', [ANYONE_READS, OWN]);
        sink.beforeRead = () => undefined;
      };
    };
    const { record } = await runMirror(source, sink);
    expect(sink.has('/test/late')).toBe(true);
    expect(sink.written).toContain('acl /test/late');
    expect(sink.acls('/test')).toEqual(source.acls('/test'));
    expect(record.verified).toBe(true);
  });
});

describe('a run that is killed between any two writes', () => {
  const acl = [READ_ADMIN, OTHER];
  const from = {
    '/test': { acl },
    '/test/a': { data: 'new', acl },
    '/test/a/b': { data: 'b', acl: [OWN] },
    '/test/a/b/c': { data: 'c', acl },
    '/test/d': { data: 'd', acl: [OWN, ANYONE_READS] },
    '/test/d/e': { data: 'e', acl },
  };
  const destinations = {
    'an empty destination': {},
    'an older destination': {
      '/test': { acl },
      '/test/a': { data: 'old' },
      '/test/gone': { acl },
      '/test/gone/too': { acl },
      '/test/d': { data: 'd', acl: [READ_ADMIN] },
    },
  };

  test.each(Object.entries(destinations))(
    'leaves %s so that the next can finish',
    async (_, to) => {
      for (let survived = 0; ; survived += 1) {
        const { source, sink } = sides(from, to);
        sink.maxBatchWrites = 1;
        let writes = 0;
        sink.beforeWrite = () => {
          if (writes === survived) throw new Error('killed');
          writes += 1;
        };
        const wasKilled = await runMirror(source, sink).then(
          () => false,
          () => true,
        );
        sink.beforeWrite = () => undefined;
        const { record } = await runMirror(source, sink);
        expect({ survived, skipped: record.skipped }).toEqual({ survived, skipped: [] });
        expect(record.verified).toBe(true);
        expect(sink.snapshot('/test')).toEqual(source.snapshot('/test'));
        expect(sink.acls('/test')).toEqual(source.acls('/test'));
        if (!wasKilled) {
          expect(survived).toBeGreaterThan(7);
          return;
        }
      }
    },
  );
});
