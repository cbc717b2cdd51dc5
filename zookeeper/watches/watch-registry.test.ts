import { describe, expect, test } from '@jest/globals';
import { ZooKeeperError } from '../errors.ts';
import type { ChangeType } from '../protocol/watches.ts';
import { OneShotWatch, Watch } from './watch.ts';
import { WatchRegistry, type OneShotKind } from './watch-registry.ts';

function registry(): WatchRegistry {
  return new WatchRegistry((path) => path);
}

function newWatch(): Watch {
  return new Watch({ maxQueuedEvents: 100, signal: undefined, onClose: () => undefined });
}

/** What the watch has been told and nobody has taken yet. */
async function told(watch: Watch): Promise<string[]> {
  watch.push({ type: 'created', path: '/end', zxid: null });
  const paths: string[] = [];
  for await (const event of watch) {
    if (event.type === 'resync') paths.push(event.reason);
    else if (event.path === '/end') break;
    else paths.push(`${event.type} ${event.path}`);
  }
  return paths;
}

function dispatch(watches: WatchRegistry, type: ChangeType, path: string): void {
  watches.dispatch({ type, path, zxid: 7n });
}

const paths = { data: [], exists: [], children: [], persistent: [], recursive: [] };

describe('a persistent watch', () => {
  test('is told of its own znode and its list of children', async () => {
    const watches = registry();
    const watch = newWatch();
    watches.addPersistent('/a', 'persistent', watch);
    dispatch(watches, 'dataChanged', '/a');
    dispatch(watches, 'childrenChanged', '/a');
    dispatch(watches, 'created', '/a/b');
    dispatch(watches, 'deleted', '/');
    expect(await told(watch)).toEqual(['dataChanged /a', 'childrenChanged /a']);
  });

  test('of the whole subtree is told of everything below, but of no list of children', async () => {
    const watches = registry();
    const watch = newWatch();
    watches.addPersistent('/a', 'recursive', watch);
    dispatch(watches, 'created', '/a/b/c');
    dispatch(watches, 'dataChanged', '/a');
    dispatch(watches, 'childrenChanged', '/a/b');
    dispatch(watches, 'deleted', '/ab');
    expect(await told(watch)).toEqual(['created /a/b/c', 'dataChanged /a']);
  });

  test('of the root is told of everything', async () => {
    const watches = registry();
    const watch = newWatch();
    watches.addPersistent('/', 'recursive', watch);
    dispatch(watches, 'created', '/a/b');
    dispatch(watches, 'dataChanged', '/');
    expect(await told(watch)).toEqual(['created /a/b', 'dataChanged /']);
  });

  test('is told once of each event, whoever else watches', async () => {
    const watches = registry();
    const all = ['/', '/a', '/a/b'].map((path) => {
      const watch = newWatch();
      watches.addPersistent(path, 'recursive', watch);
      return watch;
    });
    dispatch(watches, 'dataChanged', '/a/b');
    for (const watch of all) expect(await told(watch)).toEqual(['dataChanged /a/b']);
  });

  test('is told to read again after a reconnect', async () => {
    const watches = registry();
    const watch = newWatch();
    watches.addPersistent('/a', 'persistent', watch);
    watches.resync();
    expect(await told(watch)).toEqual(['reconnected']);
  });

  test('leaves the server with the last of its path', () => {
    const watches = registry();
    const [one, other] = [newWatch(), newWatch()];
    watches.addPersistent('/a', 'persistent', one);
    watches.addPersistent('/a', 'persistent', other);
    expect(watches.removePersistent('/a', one)).toBe(false);
    expect(watches.removePersistent('/a', one)).toBe(false);
    expect(watches.removePersistent('/a', other)).toBe(true);
    expect(watches.isEmpty).toBe(true);
  });
});

describe('a one-shot watch', () => {
  function armed(watches: WatchRegistry, path: string, kind: OneShotKind): OneShotWatch {
    const watch = new OneShotWatch(() => undefined);
    watches.addOneShot(path, watch);
    watches.armOneShot(path, watch, kind);
    return watch;
  }

  test.each<[OneShotKind, ChangeType[]]>([
    ['data', ['dataChanged', 'created', 'deleted']],
    ['exists', ['created', 'dataChanged', 'deleted']],
    ['children', ['childrenChanged', 'deleted']],
  ])('for %s fires for %j and nothing else, and is then over', async (kind, types) => {
    for (const type of ['created', 'deleted', 'dataChanged', 'childrenChanged'] as const) {
      const watches = registry();
      const watch = armed(watches, '/a', kind);
      dispatch(watches, type, '/a/b');
      dispatch(watches, type, '/a');
      expect(watches.isEmpty).toBe(types.includes(type));
      if (types.includes(type)) expect(await watch.fired).toMatchObject({ type, path: '/a' });
    }
  });

  test('gets no event before the server has it', () => {
    const watches = registry();
    const watch = new OneShotWatch(() => undefined);
    watches.addOneShot('/a', watch);
    dispatch(watches, 'dataChanged', '/a');
    expect(watches.isEmpty).toBe(false);
    expect(watches.watchedPaths()).toEqual(paths);
  });
});

describe('what a new connection has to arm', () => {
  test('is every path by the kind of its watch, once each', () => {
    const watches = registry();
    watches.addPersistent('/p', 'persistent', newWatch());
    watches.addPersistent('/p', 'persistent', newWatch());
    watches.addPersistent('/r', 'recursive', newWatch());
    for (const kind of ['data', 'exists', 'children', 'data'] as const) {
      const watch = new OneShotWatch(() => undefined);
      watches.addOneShot('/o', watch);
      watches.armOneShot('/o', watch, kind);
    }
    expect(watches.watchedPaths()).toEqual({
      data: ['/o'],
      exists: ['/o'],
      children: ['/o'],
      persistent: ['/p'],
      recursive: ['/r'],
    });
  });
});

describe('two sorts of watch on one path', () => {
  const conflict = expect.objectContaining({ code: 'BadArguments', path: '/a' });

  test('are refused, because servers before 3.9 let one end the other', () => {
    const watches = registry();
    watches.addPersistent('/a', 'recursive', newWatch());
    expect(() => {
      watches.addOneShot('/a', new OneShotWatch(() => undefined));
    }).toThrow(conflict);
    expect(() => {
      watches.addPersistent('/a', 'persistent', newWatch());
    }).toThrow(conflict);
    watches.addOneShot('/a/b', new OneShotWatch(() => undefined));
    expect(() => {
      watches.addPersistent('/a/b', 'persistent', newWatch());
    }).toThrow('/a/b has a one-shot watch of this client');
  });
});

describe('the end of the session', () => {
  test('ends every watch: with its error, or quietly when the client was closed', async () => {
    const expired = new ZooKeeperError('SessionExpired', 'over');
    const watches = registry();
    const persistent = newWatch();
    const oneShot = new OneShotWatch(() => undefined);
    watches.addPersistent('/a', 'persistent', persistent);
    watches.addOneShot('/b', oneShot);
    dispatch(watches, 'dataChanged', '/a');
    watches.end(expired);
    expect((await persistent.next()).value).toMatchObject({ type: 'dataChanged' });
    await expect(persistent.next()).rejects.toBe(expired);
    expect(await persistent.next()).toEqual({ done: true, value: undefined });
    await expect(oneShot.fired).rejects.toBe(expired);
    const closed = newWatch();
    watches.addPersistent('/a', 'persistent', closed);
    const waiting = closed.next();
    watches.end(new ZooKeeperError('Closed', 'the client was closed'));
    expect(await waiting).toEqual({ done: true, value: undefined });
  });
});
