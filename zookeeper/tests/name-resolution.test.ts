import dns from 'node:dns';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { connect } from '../client.ts';
import { ZooKeeperError } from '../errors.ts';
import { errorOf } from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { FakeServer } from '../testing/fake-server.ts';

const hostname = 'zookeeper.test';
const WAIT_MS = 20_000;

/** Where the name leads at the moment; null: nowhere. */
let resolvesTo: string | null;
let lookups: number;
const systemLookup = dns.lookup;

type LookupCallback = (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void;

/** What Node's sockets ask; everything but the one name is left to the system. */
beforeEach(() => {
  resolvesTo = '127.0.0.1';
  lookups = 0;
  const lookup = (name: string, ...rest: unknown[]): void => {
    if (name !== hostname) {
      Reflect.apply(systemLookup, dns, [name, ...rest]);
      return;
    }
    lookups++;
    const callback = rest.at(-1) as LookupCallback;
    const error = Object.assign(new Error(`getaddrinfo ${name}`), { code: 'ENOTFOUND' });
    if (resolvesTo === null) callback(error, []);
    else callback(null, [{ address: resolvesTo, family: 4 }]);
  };
  Reflect.set(dns, 'lookup', lookup);
});

afterEach(() => {
  Reflect.set(dns, 'lookup', systemLookup);
});

async function listen(host: string, port = 0): Promise<FakeServer> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return new FakeServer(server);
}

function portOf({ address }: FakeServer): number {
  return Number(address.split(':').at(-1));
}

test('a name is looked up at every attempt: a server may come back under another address', async () => {
  const first = await listen('127.0.0.1');
  const second = await listen('127.0.0.2', portOf(first));
  const opening = connect({ servers: [`${hostname}:${portOf(first)}`] });
  const peer = await first.accept();
  await peer.accept({ sessionId: 7n, timeoutMs: 30_000 });
  const client = await opening;
  expect(lookups).toBe(1);
  resolvesTo = '127.0.0.2';
  await first.close();
  const moved = await second.accept();
  expect(await moved.accept({ sessionId: 7n })).toMatchObject({ sessionId: 7n });
  await eventually(() => client.state === 'connected', { timeoutMs: WAIT_MS });
  expect(lookups).toBeGreaterThan(1);
  await client.detach();
  await second.close();
});

test('a name that leads nowhere for a while does not end the session', async () => {
  const server = await listen('127.0.0.1');
  const opening = connect({ servers: [`${hostname}:${portOf(server)}`] });
  const peer = await server.accept();
  await peer.accept({ sessionId: 7n, timeoutMs: 30_000 });
  const client = await opening;
  resolvesTo = null;
  peer.reset();
  await eventually(() => lookups > 1, { timeoutMs: WAIT_MS });
  expect(client.state).toBe('disconnected');
  resolvesTo = '127.0.0.1';
  const next = await server.accept();
  await next.accept({ sessionId: 7n });
  await eventually(() => client.state === 'connected', { timeoutMs: WAIT_MS });
  await client.detach();
  await server.close();
});

test('a name that nobody knows is told, and another server is taken', async () => {
  const server = await listen('127.0.0.1');
  resolvesTo = null;
  const unknown = connect({ servers: [`${hostname}:1`], connectTimeoutMs: 200 });
  expect(await errorOf(unknown, ZooKeeperError)).toMatchObject({ code: 'NameNotResolved' });
  const opening = connect({ servers: [`${hostname}:1`, server.address], random: () => 0 });
  const peer = await server.accept();
  await peer.accept();
  await (await opening).detach();
  await server.close();
});
