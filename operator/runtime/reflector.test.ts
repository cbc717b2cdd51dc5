import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.ts';
import { KubeApiError, KubeConnectionError, KubeReplyTooLargeError } from '../kube/errors.ts';
import { ResourceClient } from '../kube/resource-client.ts';
import { PODS } from '../kube/resources.ts';
import { FakeKube, type FakeCall } from '../kube/testing/fake-kube.ts';
import { ObjectCache } from './object-cache.ts';
import { Reflector, type ReflectorTimings } from './reflector.ts';
import { RecordingLogger } from './testing/recording-logger.ts';

interface SetUpOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly timings?: Partial<ReflectorTimings>;
}

function setUp(options: SetUpOptions = {}) {
  const clock = new FakeClock();
  const kube = new FakeKube({ clock });
  const cache = new ObjectCache();
  const logger = new RecordingLogger();
  const told: string[] = [];
  cache.subscribe(({ type, object }) => told.push(`${type} ${object.metadata.name}`));
  const stop = new AbortController();
  const reflector = new Reflector({
    client: new ResourceClient(kube, PODS),
    sink: cache,
    clock,
    logger,
    random: () => 0,
    ...options,
  });
  const put = (name: string, more: { namespace?: string; labels?: object; v?: number } = {}) => {
    const { namespace = 'ns', labels = {}, v = 0 } = more;
    return kube.put(PODS, { metadata: { name, namespace, labels }, spec: { v } });
  };
  const start = async () => {
    const ended = reflector.run(stop.signal);
    await clock.advance(0);
    return ended;
  };
  const took = () => told.splice(0);
  const names = () =>
    cache
      .list()
      .map((object) => object.metadata.name)
      .sort();
  const count = (method: FakeCall['method']) =>
    kube.calls.filter((call) => call.method === method).length;
  return { clock, kube, cache, logger, reflector, stop, put, start, took, names, count };
}

const unavailable = new KubeApiError({
  code: 503,
  reason: 'ServiceUnavailable',
  message: 'not now',
  request: 'GET',
});

describe('in good times', () => {
  test('it lists, then follows changes without listing again', async () => {
    const { clock, kube, reflector, put, start, took, count } = setUp();
    put('a');
    expect(reflector.hasSynced).toBe(false);
    void start();
    await clock.advance(0);
    expect(reflector.hasSynced).toBe(true);
    put('b');
    put('a', { v: 1 });
    kube.remove(PODS, { namespace: 'ns', name: 'b' });
    await clock.advance(0);
    expect(took()).toEqual(['Added a', 'Added b', 'Updated a', 'Deleted b']);
    expect(count('GET')).toBe(1);
  });

  test('it asks for bookmarks, a time limit of five to ten minutes, and its selector', async () => {
    const { clock, kube, start, put, names } = setUp({
      labelSelector: 'app=ours',
      namespace: 'one',
    });
    put('mine', { namespace: 'one', labels: { app: 'ours' } });
    put('other', { namespace: 'one', labels: { app: 'theirs' } });
    put('elsewhere', { namespace: 'two', labels: { app: 'ours' } });
    void start();
    await clock.advance(0);
    expect(names()).toEqual(['mine']);
    const watch = kube.calls.find((call) => call.method === 'WATCH');
    expect(watch?.path).toBe('/api/v1/namespaces/one/pods');
    expect(watch?.query).toMatchObject({
      allowWatchBookmarks: true,
      timeoutSeconds: 300,
      labelSelector: 'app=ours',
    });
  });

  test('an object that loses the label is gone', async () => {
    const { clock, start, put, took } = setUp({ labelSelector: 'app=ours' });
    put('a', { labels: { app: 'ours' } });
    void start();
    await clock.advance(0);
    put('a', { labels: { app: 'theirs' } });
    await clock.advance(0);
    expect(took()).toEqual(['Added a', 'Deleted a']);
  });

  test('a list of many comes in pages', async () => {
    const { clock, put, start, names, count } = setUp();
    for (let index = 0; index < 1001; index++) put(`p${index}`);
    void start();
    await clock.advance(0);
    expect(names()).toHaveLength(1001);
    expect(count('GET')).toBe(3);
  });

  test('objects so large that a page of them would be too much come in smaller pages', async () => {
    const { clock, kube, put, start, names } = setUp();
    for (let index = 0; index < 10; index++) put(`p${index}`);
    kube.intercept = ({ method, query }) =>
      method === 'GET' && Number(query['limit']) > 4
        ? { fail: 'before', error: new KubeReplyTooLargeError('GET', 1) }
        : undefined;
    void start();
    await clock.advance(0);
    expect(names()).toHaveLength(10);
    const limits = kube.calls.filter(({ method }) => method === 'GET');
    expect(limits.map(({ query }) => query['limit'])).toEqual([
      500,
      63,
      8,
      1,
      ...Array<number>(9).fill(1),
    ]);
  });

  test('an object that is too large by itself is asked for again after a pause', async () => {
    const { clock, kube, put, start, names } = setUp();
    put('a');
    kube.intercept = () => ({ fail: 'before', error: new KubeReplyTooLargeError('GET', 1) });
    void start();
    await clock.advance(0);
    expect(names()).toEqual([]);
    kube.intercept = undefined;
    await clock.advance(60_000);
    expect(names()).toEqual(['a']);
  });

  test('a watch that ended in time goes on where it was, without a list', async () => {
    const { clock, put, start, took, count } = setUp();
    void start();
    await clock.advance(0);
    put('a');
    await clock.advance(301_000);
    put('b');
    await clock.advance(0);
    expect(took()).toEqual(['Added a', 'Added b']);
    expect(count('GET')).toBe(1);
    expect(count('WATCH')).toBe(2);
  });

  test('once an hour it lists all the same', async () => {
    const { clock, start, count } = setUp();
    void start();
    await clock.advance(0);
    await clock.advance(3_600_000 + 600_000);
    expect(count('GET')).toBe(2);
  });

  test('it ends when told to', async () => {
    const { clock, kube, stop, start } = setUp();
    const ended = start();
    await clock.advance(0);
    expect(kube.openWatches).toBe(1);
    stop.abort(new Error('enough'));
    await ended;
    expect(kube.openWatches).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('in bad times', () => {
  test('a watch that is cut goes on where it was: nothing is missed, deletions included', async () => {
    const { clock, kube, put, start, took, count } = setUp();
    put('a');
    put('b');
    void start();
    await clock.advance(0);
    took();
    kube.disconnectWatches();
    await clock.advance(0);
    kube.remove(PODS, { namespace: 'ns', name: 'a' });
    put('c');
    await clock.advance(400);
    expect(took()).toEqual(['Deleted a', 'Added c']);
    expect(count('GET')).toBe(1);
  });

  test('410 Gone makes it list again, and the list tells what was deleted meanwhile', async () => {
    const { clock, kube, put, start, took, count } = setUp();
    put('a');
    put('b');
    void start();
    await clock.advance(0);
    took();
    kube.disconnectWatches();
    kube.remove(PODS, { namespace: 'ns', name: 'a' });
    kube.compactHistory();
    await clock.advance(0);
    await clock.advance(400);
    expect(took()).toEqual(['Deleted a']);
    expect(count('GET')).toBe(2);
    put('c');
    await clock.advance(0);
    expect(took()).toEqual(['Added c']);
  });

  test('410 as the answer to the watch itself is the same', async () => {
    const { clock, kube, start, count } = setUp();
    const gone = new KubeApiError({ code: 410, reason: 'Gone', message: 'old', request: 'GET' });
    let first = true;
    kube.intercept = (call) => {
      if (call.method !== 'WATCH' || !first) return undefined;
      first = false;
      return { fail: 'before', error: gone };
    };
    void start();
    await clock.advance(0);
    expect(count('GET')).toBe(2);
    expect(kube.openWatches).toBe(1);
  });

  test('a bookmark moves the place it goes on from', async () => {
    const { clock, kube, start, count } = setUp();
    void start();
    await clock.advance(0);
    kube.compactHistory();
    kube.sendBookmarks();
    await clock.advance(0);
    kube.disconnectWatches();
    await clock.advance(0);
    await clock.advance(400);
    expect(kube.openWatches).toBe(1);
    expect(count('GET')).toBe(1);
  });

  test('a page token that is too old makes it list in one piece', async () => {
    const { clock, kube, put, start, names } = setUp();
    for (let index = 0; index < 501; index++) put(`p${index}`);
    kube.intercept = (call) =>
      call.query['continue'] === undefined
        ? undefined
        : {
            fail: 'before',
            error: new KubeApiError({ code: 410, reason: 'Expired', message: 'old', request: '' }),
          };
    void start();
    await clock.advance(0);
    expect(names()).toHaveLength(501);
  });

  test('an API server that is away is asked ever more rarely, warned of once, and its return told', async () => {
    const { clock, kube, logger, put, start, names, count } = setUp();
    put('a');
    kube.intercept = () => ({ fail: 'before', error: unavailable });
    void start();
    await clock.advance(0);
    await clock.advance(120_000);
    // 0.4 s doubling to 15 s: the lower half of each delay.
    expect(count('GET')).toBe(13);
    expect(logger.messages('warn')).toHaveLength(1);
    kube.intercept = undefined;
    await clock.advance(15_000);
    expect(names()).toEqual(['a']);
    expect(logger.messages('info')).toEqual(['list and watch work again']);
  });

  test('a list that hangs is given up', async () => {
    const { clock, kube, start, reflector } = setUp();
    let first = true;
    kube.intercept = () => {
      if (!first) return undefined;
      first = false;
      return { fail: 'hang' };
    };
    void start();
    await clock.advance(0);
    await clock.advance(60_000);
    await clock.advance(1000);
    expect(reflector.hasSynced).toBe(true);
  });

  test('a watch that outlives what the server promised is dead, and replaced', async () => {
    const { clock, kube, put, start, took, count } = setUp();
    kube.silentWatches = true;
    void start();
    await clock.advance(0);
    put('a');
    await clock.advance(309_999);
    expect(count('WATCH')).toBe(1);
    await clock.advance(1);
    await clock.advance(400);
    expect(count('WATCH')).toBe(2);
    expect(kube.openWatches).toBe(1);
    expect(took()).toEqual(['Added a']);
  });

  test('a watch that sent bookmarks and stops is dead after 200 s', async () => {
    const { clock, kube, start, count } = setUp();
    kube.silentWatches = true;
    void start();
    await clock.advance(0);
    kube.sendBookmarks();
    await clock.advance(0);
    await clock.advance(199_999);
    expect(count('WATCH')).toBe(1);
    await clock.advance(401);
    expect(count('WATCH')).toBe(2);
  });

  test('a watch that ends at once each time does not become a loop', async () => {
    const { clock, kube, start, count } = setUp();
    kube.intercept = (call) =>
      call.method === 'WATCH'
        ? { fail: 'before', error: new KubeConnectionError('cut') }
        : undefined;
    void start();
    await clock.advance(0);
    await clock.advance(60_000);
    expect(count('WATCH')).toBeLessThan(12);
    expect(count('GET')).toBe(1);
  });

  test('what is not an event makes it list again, after a pause', async () => {
    const clock = new FakeClock();
    const kube = new FakeKube({ clock });
    let watches = 0;
    const reflector = new Reflector({
      client: new ResourceClient(
        {
          request: (request) => kube.request(request),
          text: (request) => kube.text(request),
          // eslint-disable-next-line @typescript-eslint/require-await -- a stream of one event
          async *watch() {
            watches++;
            yield { type: 'ADDED', object: { kind: 'Pod' } };
          },
        },
        PODS,
      ),
      sink: new ObjectCache(),
      clock,
      logger: new RecordingLogger(),
      random: () => 0,
    });
    const stop = new AbortController();
    const ended = reflector.run(stop.signal);
    await clock.advance(0);
    expect(watches).toBe(1);
    await clock.advance(400);
    expect(watches).toBe(2);
    stop.abort();
    await ended;
  });
});
