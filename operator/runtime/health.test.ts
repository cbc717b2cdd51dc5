import { afterEach, describe, expect, test } from '@jest/globals';
import { HealthServer, type HealthServerOptions } from './health.ts';
import { createOperatorMetrics } from './metrics.ts';
import { RecordingLogger } from './testing/recording-logger.ts';

const open: HealthServer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(options: Partial<HealthServerOptions> = {}) {
  const logger = new RecordingLogger();
  const server = new HealthServer({
    port: 0,
    host: '127.0.0.1',
    ready: () => [],
    metrics: { contentType: 'text/plain', metrics: () => Promise.resolve('one 1\n') },
    logger,
    ...options,
  });
  open.push(server);
  const port = await server.start();
  const get = async (path: string, method = 'GET') => {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return {
      status: reply.status,
      body: await reply.text(),
      type: reply.headers.get('content-type'),
    };
  };
  return { server, port, get, logger };
}

describe('probes', () => {
  test('are ok while nothing is wrong', async () => {
    const { get } = await serve();
    expect(await get('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await get('/readyz?verbose')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  test('say what is wrong', async () => {
    const ready = () => ['jobs have not been listed', 'pods have not been listed'];
    const { get } = await serve({ ready, live: () => ['stuck'] });
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      body: 'jobs have not been listed\npods have not been listed\n',
    });
    expect(await get('/healthz')).toMatchObject({ status: 503, body: 'stuck\n' });
  });
});

test('metrics are shown in the format they name', async () => {
  const { get } = await serve({ metrics: createOperatorMetrics().registry });
  const reply = await get('/metrics');
  expect(reply.status).toBe(200);
  expect(reply.type).toContain('text/plain; version=0.0.4');
  expect(reply.body).toContain('process_cpu_seconds_total');
});

test('metrics that cannot be read are an error of the server, which goes on', async () => {
  const metrics = { contentType: 'text/plain', metrics: () => Promise.reject(new Error('broken')) };
  const { get, logger } = await serve({ metrics });
  expect((await get('/metrics')).status).toBe(500);
  expect((await get('/healthz')).status).toBe(200);
  expect(logger.messages('error')).toHaveLength(1);
});

test('anything else is refused', async () => {
  const { get } = await serve();
  expect((await get('/')).status).toBe(404);
  expect((await get('/healthz', 'POST')).status).toBe(405);
  expect(await get('/healthz', 'HEAD')).toMatchObject({ status: 200, body: '' });
});

test('a port that is taken is an error of the start', async () => {
  const { port } = await serve();
  await expect(serve({ port })).rejects.toThrow('EADDRINUSE');
});

test('closing twice does no harm', async () => {
  const { server } = await serve();
  await server.close();
  await server.close();
});
