import { describe, expect, test } from '@jest/globals';
import { connect } from './client.ts';
import type { ZooKeeperClient } from './client.ts';
import { fourLetterWord, parseSrvr } from './four-letter-word.ts';
import { eventually, startZooKeeperServer } from './testing/index.ts';

const startTimeoutMs = 600_000;

/** What every release is expected to do in the same way. */
async function exercise(client: ZooKeeperClient): Promise<void> {
  await client.create('/a', Buffer.from('1'));
  await client.create('/a/null', null);
  expect((await client.getData('/a/null')).data).toBeNull();
  await client.multi([
    { type: 'setData', path: '/a', data: Buffer.from('2'), version: 0 },
    { type: 'create', path: '/a/b', data: Buffer.alloc(0) },
    { type: 'check', path: '/a/b', version: 0 },
    { type: 'delete', path: '/a/null' },
  ]);
  expect((await client.getData('/a')).data?.toString()).toBe('2');
  expect((await client.getChildren('/a')).children).toEqual(['b']);
  const failing = client.multi([{ type: 'delete', path: '/none' }]);
  await expect(failing).rejects.toMatchObject({ code: 'NoNode', index: 0 });
  expect((await client.sync('/')).zxid).toBe(client.lastZxid);
}

describe.each([
  { version: '3.4.14', hasCreateWithStat: false },
  { version: '3.5.10', hasCreateWithStat: true },
])('ZooKeeper $version', ({ version, hasCreateWithStat }) => {
  test(
    'serves the common operations; what it does not know costs one connection',
    async () => {
      await using server = await startZooKeeperServer({ version });
      await using client = await connect({ servers: [server.address] });
      await exercise(client);
      const created = client.create('/s', null, { withStat: true }).then(
        ({ stat }) => stat?.version,
        (error: { code: string }) => error.code,
      );
      expect(await created).toBe(hasCreateWithStat ? 0 : 'Unimplemented');
      await eventually(() => client.state === 'connected', { timeoutMs: 10_000 });
      const reading = client.multiRead([{ type: 'getData', path: '/a' }]);
      await expect(reading).rejects.toMatchObject({ code: 'Unimplemented' });
      const { sessionId } = client;
      expect((await client.getData('/a')).data?.toString()).toBe('2');
      expect(client.sessionId).toBe(sessionId);
      expect(parseSrvr(await fourLetterWord(server.address, 'srvr')).version).toBe(version);
    },
    startTimeoutMs,
  );
});
