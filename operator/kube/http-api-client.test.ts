import { afterEach, describe, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../../common/clock.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { eventually } from '../../testing/eventually.ts';
import type { ApiCallReport } from './api-client.ts';
import { KubeApiError, KubeConnectionError, KubeReplyTooLargeError } from './errors.ts';
import { HttpApiClient } from './http-api-client.ts';
import { ScriptedApiServer, sendJson, type Script } from './testing/scripted-api-server.ts';

const cleanups: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function kubeConfigFor(url: string): KubeConfig {
  const config = new KubeConfig();
  // client-node speaks plain HTTP only where the configuration says that this is meant.
  const cluster = { name: 'scripted', server: url, skipTLSVerify: true };
  config.loadFromClusterAndUser(cluster, { name: 'user', token: 'the-token' });
  return config;
}

async function setUp(script: Script, options: { clock?: Clock; prefix?: string } = {}) {
  const server = new ScriptedApiServer(script);
  await server.start();
  const calls: ApiCallReport[] = [];
  const client = new HttpApiClient({
    kubeConfig: kubeConfigFor(server.url + (options.prefix ?? '')),
    userAgent: 'resiliency-operator/test',
    onCall: (report) => calls.push(report),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  cleanups.push(
    () => server.close(),
    () => {
      client.close();
    },
  );
  return { server, client, calls };
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

const get = { method: 'GET', path: '/api/v1/pods' } as const;

describe('a call', () => {
  test('carries path, query, body, credentials and media type', async () => {
    const { server, client, calls } = await setUp(
      (_request, response) => {
        sendJson(response, { ok: true });
      },
      { prefix: '/k8s/clusters/c1' },
    );
    const reply = await client.request({
      method: 'PATCH',
      path: '/api/v1/namespaces/n/pods/p',
      query: { limit: 5, watch: undefined, labelSelector: 'a=b,c' },
      body: { metadata: { name: 'ü' } },
    });
    expect(reply).toEqual({ ok: true });
    const [seen] = server.requests;
    expect(seen?.url.pathname).toBe('/k8s/clusters/c1/api/v1/namespaces/n/pods/p');
    expect(seen?.url.search).toBe('?limit=5&labelSelector=a%3Db%2Cc');
    expect(seen?.body).toBe('{"metadata":{"name":"ü"}}');
    expect(seen?.headers).toMatchObject({
      authorization: 'Bearer the-token',
      'content-type': 'application/merge-patch+json',
      'user-agent': 'resiliency-operator/test',
    });
    const host = new URL(server.url).host;
    expect(calls).toMatchObject([{ method: 'PATCH', host, code: '200' }]);
  });

  test('without content in the reply is an empty object', async () => {
    const { client } = await setUp((_request, response) => {
      response.end();
    });
    expect(await client.request({ method: 'DELETE', path: '/x' })).toEqual({});
  });

  test('as text is returned as it is', async () => {
    const { client } = await setUp((_request, response) => {
      response.end('line 1\nline 2\n');
    });
    expect(await client.text(get)).toBe('line 1\nline 2\n');
  });

  test('keeps the connection for the next one', async () => {
    const { server, client } = await setUp((_request, response) => {
      sendJson(response, {});
    });
    for (let turn = 0; turn < 5; turn++) await client.request(get);
    expect(server.connections).toBe(1);
  });
});

describe('a refusal', () => {
  test('carries the code, the reason, the words of the server and its wish for a pause', async () => {
    const { client, calls } = await setUp((_request, response) => {
      response.setHeader('retry-after', '7');
      sendJson(response, { kind: 'Status', reason: 'TooManyRequests', message: 'slow down' }, 429);
    });
    const error = await rejection(client.request(get));
    expect(error).toBeInstanceOf(KubeApiError);
    expect(error).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: 'GET /api/v1/pods: slow down (HTTP 429)',
      retryAfterMs: 7000,
    });
    expect(calls[0]?.code).toBe('429');
  });

  test('carries the causes that the server names', async () => {
    const { client } = await setUp((_request, response) => {
      const causes = [
        { reason: 'NamespaceTerminating', message: 'it is going', field: 'metadata.namespace' },
        { message: 'a cause without a word' },
      ];
      const details = { name: 'a', kind: 'jobs', causes };
      sendJson(response, { kind: 'Status', reason: 'Forbidden', message: 'no', details }, 403);
    });
    expect(await rejection(client.request(get))).toMatchObject({
      ...{ code: 403, reason: 'Forbidden', causes: ['NamespaceTerminating'] },
    });
  });

  test('by a proxy in between carries the beginning of its page', async () => {
    const { client } = await setUp((_request, response) => {
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end(`<h1>Bad Gateway</h1>${'x'.repeat(5000)}`);
    });
    const error = (await rejection(client.request(get))) as KubeApiError;
    expect(error).toMatchObject({ code: 502, reason: '' });
    expect(error.message).toContain('Bad Gateway');
    expect(error.message.length).toBeLessThan(300);
  });

  test('that says nothing has at least the name of its code', async () => {
    const { client } = await setUp((_request, response) => {
      sendJson(response, {}, 503);
    });
    expect(await rejection(client.request(get))).toMatchObject({
      message: 'GET /api/v1/pods: Service Unavailable (HTTP 503)',
    });
  });
});

describe('no answer', () => {
  test('from a server that is not there is a connection error with its cause', async () => {
    const { server, client, calls } = await setUp(() => undefined);
    await server.close();
    const error = (await rejection(client.request(get))) as Error;
    expect(error).toBeInstanceOf(KubeConnectionError);
    expect((error.cause as NodeJS.ErrnoException).code).toBe('ECONNREFUSED');
    expect(calls[0]?.code).toBe('<error>');
    cleanups.shift();
  });

  test.each([
    { name: 'that never answers', begin: false },
    { name: 'that stops in the middle of its answer', begin: true },
  ])('from a server $name ends at the deadline', async ({ begin }) => {
    const clock = new FakeClock();
    const { server, client } = await setUp(
      (_request, response) => {
        if (begin) response.write('{"half":');
      },
      { clock },
    );
    const ended = rejection(client.request({ ...get, timeoutMs: 3000 }));
    await eventually(() => server.requests.length === 1, { timeoutMs: 60_000 });
    await clock.advance(3000);
    const error = (await ended) as Error;
    expect(error).toBeInstanceOf(KubeConnectionError);
    expect(error.message).toBe('GET /api/v1/pods: no answer within 3000 ms');
    await eventually(() => server.openConnections === 0, { timeoutMs: 60_000 });
    expect(clock.pendingTimers).toBe(0);
  });

  test('ends with the signal, and its reason', async () => {
    const { server, client } = await setUp(() => undefined);
    const stop = new AbortController();
    const ended = rejection(client.request({ ...get, signal: stop.signal }));
    await eventually(() => server.requests.length === 1, { timeoutMs: 60_000 });
    stop.abort(new Error('enough'));
    expect(await ended).toMatchObject({ message: 'enough' });
    const aborted = client.request({ ...get, signal: stop.signal });
    expect(await rejection(aborted)).toMatchObject({ message: 'enough' });
    expect(server.requests).toHaveLength(1);
  });

  test('that is longer than the caller takes is dropped, and its connection with it', async () => {
    const { server, client } = await setUp((_request, response) => {
      response.end(JSON.stringify({ text: '-'.repeat(100) }));
    });
    const error = await rejection(client.request({ ...get, maxReplyBytes: 99 }));
    expect(error).toBeInstanceOf(KubeReplyTooLargeError);
    expect(error).toHaveProperty('message', 'GET /api/v1/pods: the reply is longer than 99 bytes');
    expect(await client.request({ ...get, maxReplyBytes: 200 })).toHaveProperty('text');
    expect(server.requests).toHaveLength(2);
  });

  test('that is no JSON is a connection error', async () => {
    const { client } = await setUp((_request, response) => {
      response.end('<html>');
    });
    const error = await rejection(client.request(get));
    expect(error).toBeInstanceOf(KubeConnectionError);
  });
});

describe('a kept connection that the server closes at the moment it is used', () => {
  /** Answers the first request of a connection and hangs up on the second. */
  const hangUpOnSecond = (): Script => {
    const used = new Set<unknown>();
    return (_request, response) => {
      if (used.has(response.socket)) {
        response.socket?.destroy();
        return;
      }
      used.add(response.socket);
      sendJson(response, {});
    };
  };

  test('costs a read nothing', async () => {
    const { server, client } = await setUp(hangUpOnSecond());
    await client.request(get);
    expect(await client.request(get)).toEqual({});
    expect(server.connections).toBe(2);
    expect(server.requests).toHaveLength(3);
  });

  test('is an error to a write: nobody knows whether it was done', async () => {
    const { server, client } = await setUp(hangUpOnSecond());
    await client.request(get);
    const write = client.request({ method: 'POST', path: '/x', body: {} });
    expect(await rejection(write)).toBeInstanceOf(KubeConnectionError);
    expect(server.requests).toHaveLength(2);
  });
});

describe('a watch', () => {
  const watch = { ...get, query: { watch: true } };

  test('yields one event a line, however the bytes are cut, and ends with the server', async () => {
    const bytes = Buffer.from('{"type":"ADDED","object":"ü"}\n{"type":"DELETED"}\n{"type":"BOO');
    const { client } = await setUp((_request, response) => {
      response.writeHead(200);
      for (const byte of bytes) response.write(Buffer.of(byte));
      response.end();
    });
    const events: unknown[] = [];
    for await (const event of client.watch(watch)) events.push(event);
    expect(events).toEqual([{ type: 'ADDED', object: 'ü' }, { type: 'DELETED' }]);
  });

  test('is refused like any call', async () => {
    const { client } = await setUp((_request, response) => {
      sendJson(response, { reason: 'Expired', message: 'too old' }, 410);
    });
    const error = await rejection(client.watch(watch).next());
    expect(error).toMatchObject({ code: 410, reason: 'Expired' });
  });

  test('that is cut in the middle is a connection error, after what had arrived', async () => {
    const { client } = await setUp((_request, response) => {
      response.write('{"type":"ADDED"}\n', () => response.socket?.destroy());
    });
    const events: unknown[] = [];
    const run = async () => {
      for await (const event of client.watch(watch)) events.push(event);
    };
    expect(await rejection(run())).toBeInstanceOf(KubeConnectionError);
    expect(events).toEqual([{ type: 'ADDED' }]);
  });

  test('may be silent for longer than a call, but must begin to answer in time', async () => {
    const clock = new FakeClock();
    const { server, client } = await setUp(() => undefined, { clock });
    const stop = new AbortController();
    const next = () => {
      const events = client.watch({ ...watch, signal: stop.signal });
      return events.next();
    };
    const unanswered = rejection(next());
    await eventually(() => server.requests.length === 1, { timeoutMs: 60_000 });
    await clock.advance(15_000);
    expect(await unanswered).toBeInstanceOf(KubeConnectionError);
    let begin: () => void = () => undefined;
    server.script = (_request, response) => {
      response.flushHeaders();
      begin = () => response.write('{"type":"ADDED"}\n');
    };
    const silent = next();
    await eventually(() => server.requests.length === 2 && clock.pendingTimers === 0, {
      timeoutMs: 5000,
    });
    await clock.advance(3_600_000);
    begin();
    expect(await silent).toEqual({ done: false, value: { type: 'ADDED' } });
    stop.abort();
  });

  test('that is left closes its connection, and so does an aborted one', async () => {
    const { server, client } = await setUp((_request, response) => {
      response.write('{"type":"ADDED"}\n');
    });
    for await (const event of client.watch(watch)) {
      expect(event).toEqual({ type: 'ADDED' });
      break;
    }
    await eventually(() => server.openConnections === 0, { timeoutMs: 60_000 });
    const stop = new AbortController();
    const run = async () => {
      for await (const event of client.watch({ ...watch, signal: stop.signal })) {
        expect(event).toEqual({ type: 'ADDED' });
        stop.abort(new Error('enough'));
      }
    };
    expect(await rejection(run())).toMatchObject({ message: 'enough' });
    await eventually(() => server.openConnections === 0, { timeoutMs: 60_000 });
  });
});
