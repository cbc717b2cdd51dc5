import { expect, test } from '@jest/globals';
import { connect } from '../client.ts';
import { startZooKeeperServer } from './start-zookeeper-server.ts';
import { TransactionLog } from './transaction-log.ts';

const TIMEOUT_MS = 600_000;

test(
  'the log tells each change that took effect, by whom, and goes on after a restart',
  async () => {
    await using server = await startZooKeeperServer();
    const log = new TransactionLog(server.dataDir);
    const client = await connect({ servers: [server.address] });
    const data = Buffer.from('data');
    await client.create('/a', null);
    await client.create('/lock', data, { mode: 'ephemeral' });
    const failing = client.multi([
      { type: 'create', path: '/b', data },
      { type: 'delete', path: '/nothing' },
    ]);
    await expect(failing).rejects.toMatchObject({ code: 'NoNode' });
    await expect(client.create('/a', null)).rejects.toMatchObject({ code: 'NodeExists' });
    await client.multi([
      { type: 'check', path: '/a' },
      { type: 'setData', path: '/a', data: Buffer.alloc(0) },
      { type: 'delete', path: '/lock' },
    ]);
    const { sessionId } = client;
    const written = (await log.read()).filter(({ changes }) => changes.length > 0);
    expect(written.map(({ changes }) => changes)).toEqual([
      [{ kind: 'create', path: '/a', data: null, isEphemeral: false }],
      [{ kind: 'create', path: '/lock', data, isEphemeral: true }],
      [
        { kind: 'setData', path: '/a', data: Buffer.alloc(0) },
        { kind: 'delete', path: '/lock' },
      ],
    ]);
    expect(new Set(written.map((each) => each.sessionId))).toEqual(new Set([sessionId]));
    expect(written.at(-1)?.zxid).toBe((await client.exists('/a'))?.mzxid);
    expect(await log.read()).toEqual([]);

    await server.restart();
    const after = await connect({ servers: [server.address] });
    await after.delete('/a');
    // Once it is back: a client without a server leaves its session to expire when it closes.
    await client.exists('/');
    await client.close();
    await after.close();
    const later = await log.read();
    expect(later.flatMap(({ changes }) => changes)).toEqual([{ kind: 'delete', path: '/a' }]);
    const closed = later.filter((each) => each.closesSession).map((each) => each.sessionId);
    expect(closed).toEqual([sessionId, after.sessionId]);
  },
  TIMEOUT_MS,
);

test(
  'the log tells what no client can see: which znodes go by themselves',
  async () => {
    const jvmArgs = ['-Dzookeeper.extendedTypesEnabled=true'];
    await using server = await startZooKeeperServer({ jvmArgs });
    const log = new TransactionLog(server.dataDir);
    const client = await connect({ servers: [server.address] });
    const data = Buffer.from('data');
    await client.create('/container', data, { mode: 'container' });
    await client.create('/ttl', null, { mode: { ttlMs: 60_000 } });
    await client.multi([{ type: 'create', path: '/container/x', data, mode: 'container' }]);
    await client.close();
    const changes = (await log.read()).flatMap((transaction) => transaction.changes);
    const [isEphemeral, nodeType] = [false, { type: 'Container' }];
    expect(changes).toEqual([
      { kind: 'create', path: '/container', data, isEphemeral, nodeType },
      {
        kind: 'create',
        path: '/ttl',
        data: null,
        isEphemeral,
        nodeType: { type: 'TTL', ttlMs: 60_000 },
      },
      { kind: 'create', path: '/container/x', data, isEphemeral, nodeType },
    ]);
  },
  TIMEOUT_MS,
);
