import { afterEach, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import type { ServerResponse } from 'node:http';
import { FakeClock } from '../../testing/fake-clock.ts';
import { eventually } from '../../testing/eventually.ts';
import { HttpApiClient } from '../kube/http-api-client.ts';
import { ResourceClient } from '../kube/resource-client.ts';
import { PODS } from '../kube/resources.ts';
import { ScriptedApiServer, sendJson } from '../kube/testing/scripted-api-server.ts';
import { ObjectCache } from './object-cache.ts';
import { Reflector } from './reflector.ts';
import { RecordingLogger } from './testing/recording-logger.ts';

/** What no real API server does when asked, over real connections. */

const cleanups: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const WAIT = { timeoutMs: 60_000 };

function pod(name: string, version: number) {
  return { metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: `${version}` } };
}

function event(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

async function setUp() {
  const lists: { items: object[]; resourceVersion: string }[] = [];
  const watches: { readonly from: string | null; readonly response: ServerResponse }[] = [];
  const server = new ScriptedApiServer(({ url }, response) => {
    if (url.searchParams.has('watch')) {
      response.writeHead(200);
      response.flushHeaders();
      watches.push({ from: url.searchParams.get('resourceVersion'), response });
      return;
    }
    const { items, resourceVersion } = lists.shift() ?? { items: [], resourceVersion: '1' };
    sendJson(response, { metadata: { resourceVersion }, items });
  });
  await server.start();
  const config = new KubeConfig();
  const cluster = { name: 'scripted', server: server.url, skipTLSVerify: true };
  config.loadFromClusterAndUser(cluster, { name: 'user' });
  const clock = new FakeClock();
  const api = new HttpApiClient({ kubeConfig: config, userAgent: 'test', clock });
  const cache = new ObjectCache();
  const told: string[] = [];
  cache.subscribe(({ type, object }) => told.push(`${type} ${object.metadata.name}`));
  const reflector = new Reflector({
    client: new ResourceClient(api, PODS),
    sink: cache,
    clock,
    logger: new RecordingLogger(),
    random: () => 0,
  });
  const stop = new AbortController();
  cleanups.push(
    () => server.close(),
    () => {
      api.close();
      stop.abort();
    },
  );
  const start = () => {
    const ended = reflector.run(stop.signal);
    cleanups.push(() => ended);
    cleanups.push(() => {
      stop.abort();
    });
  };
  /** Waits for the nth watch to be open, on our side too: its deadline is gone. */
  const watch = async (number: number) => {
    await eventually(() => watches.length === number && clock.pendingTimers === 1, WAIT);
    return watches[number - 1]!;
  };
  const pause = async () => {
    await eventually(() => clock.nextTimerInMs === 400 || clock.nextTimerInMs === 800, WAIT);
    await clock.advance(800);
  };
  return { server, lists, watches, clock, told, start, watch, pause };
}

test('410 in the middle of a watch makes it list again', async () => {
  const { lists, told, start, watch } = await setUp();
  lists.push({ items: [pod('a', 1), pod('b', 2)], resourceVersion: '2' });
  lists.push({ items: [pod('b', 2), pod('c', 9)], resourceVersion: '9' });
  start();
  const first = await watch(1);
  first.response.write(event('MODIFIED', pod('a', 3)));
  const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
  first.response.write(event('ERROR', status));
  const second = await watch(2);
  expect([first.from, second.from]).toEqual(['2', '9']);
  expect(told).toEqual(['Added a', 'Added b', 'Updated a', 'Deleted a', 'Added c']);
});

test('a stream cut in the middle of an event goes on with that event', async () => {
  const { lists, told, start, watch, pause } = await setUp();
  lists.push({ items: [], resourceVersion: '1' });
  start();
  const first = await watch(1);
  first.response.write(event('ADDED', pod('a', 2)));
  const half = event('ADDED', pod('b', 3)).slice(0, 40);
  first.response.write(half, () => first.response.socket?.destroy());
  await eventually(() => told.length === 1, WAIT);
  await pause();
  const second = await watch(2);
  expect(second.from).toBe('2');
  second.response.write(event('ADDED', pod('b', 3)));
  await eventually(() => told.length === 2, WAIT);
  expect(told).toEqual(['Added a', 'Added b']);
});

test('a stream that ends properly in the middle of an event loses nothing either', async () => {
  const { lists, told, start, watch, pause } = await setUp();
  lists.push({ items: [], resourceVersion: '1' });
  start();
  const first = await watch(1);
  first.response.end(event('ADDED', pod('a', 2)) + event('ADDED', pod('b', 3)).slice(0, 40));
  await eventually(() => told.length === 1, WAIT);
  await pause();
  expect((await watch(2)).from).toBe('2');
});

test('a connection that stays open but says nothing is closed and replaced', async () => {
  const { server, clock, lists, start, watch, pause } = await setUp();
  lists.push({ items: [], resourceVersion: '1' });
  start();
  const first = await watch(1);
  const bookmark = { kind: 'Pod', metadata: { resourceVersion: '7' } };
  first.response.write(event('BOOKMARK', bookmark));
  // The bookmark has arrived once there are two limits: on silence, and on the whole watch.
  await eventually(() => clock.pendingTimers === 2, WAIT);
  await clock.advance(200_000);
  await pause();
  expect((await watch(2)).from).toBe('7');
  await eventually(() => server.openConnections === 1, WAIT);
});

test('an answer that is no stream of events at all does not end it', async () => {
  const { lists, watches, told, start, watch, pause } = await setUp();
  lists.push({ items: [pod('a', 1)], resourceVersion: '1' });
  lists.push({ items: [pod('a', 1), pod('b', 5)], resourceVersion: '5' });
  start();
  const first = await watch(1);
  first.response.end('<html>gateway timeout</html>\n');
  await pause();
  await watch(2);
  expect(watches[1]?.from).toBe('1');
  watches[1]?.response.end(`${JSON.stringify({ type: 'ADDED', object: { kind: 'Pod' } })}\n`);
  await pause();
  await watch(3);
  expect(told).toEqual(['Added a', 'Added b']);
});
