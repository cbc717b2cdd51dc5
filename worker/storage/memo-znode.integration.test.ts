import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { permissions, type ZooKeeperClient } from '../../zookeeper/index.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { CONTROL_ROOT } from '../../api/znode-path.ts';
import type { Memo, MemoAcls } from '../mirror/memo.ts';
import { silentLogger } from '../mirror/testing/run-mirror.ts';
import { open } from '../testing/znodes.ts';
import { MemoZnode } from './memo-znode.ts';
import { openSide } from './open-side.ts';
import { pipelinedDriver } from './pipelined/pipelined-driver.ts';
import type { WriteStep } from './session.ts';
import type { Side } from './side.ts';

const SETUP_TIMEOUT_MS = 600_000;
const ACLS: MemoAcls = {
  scope: 'scope',
  digestAlgorithm: 'SHA1',
  sourceZxid: '0x12',
  destinationZxid: '0x34',
  source: '',
  destination: 'digest',
  witness: {
    path: `${CONTROL_ROOT}/witness-${'a'.repeat(64)}`,
    czxid: '0x1',
    mzxid: '0x2',
    nonce: 'b'.repeat(32),
  },
  turn: 7,
};
const FIRST: Memo = { totals: { znodes: 1, bytes: 10 }, acls: ACLS };
const SECOND: Memo = { totals: { znodes: 2, bytes: 20 }, acls: { ...ACLS, turn: 8 } };

let server: ZooKeeperServer;
let client: ZooKeeperClient;
let side: Side;

beforeAll(async () => {
  server = await startZooKeeperServer();
  client = await open(server);
  const options = {
    ...{ servers: [server.address], chroot: '', credentialsDir: null, tls: null },
    ...{ authentication: 'None' as const, sessionTimeoutMs: 30_000 },
  };
  const { signal } = new AbortController();
  const context = { driver: pipelinedDriver, logger: silentLogger, signal, pace: null };
  side = await openSide('destination', options, context);
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await side.session.close();
  await client.close();
  await server.stop();
});

const memoAt = (path: string) => {
  const paths = { memo: path, aclDigests: `${path}-digests` };
  return new MemoZnode({ side, paths, logger: silentLogger, acl: () => null });
};
const holds: readonly WriteStep[] = [{ kind: 'check', path: '/' }];
const lost: readonly WriteStep[] = [{ kind: 'check', path: '/gone' }];

test('a memo is read as it was left, and none where none was', async () => {
  expect(await memoAt('/memo').read()).toBeNull();
  await memoAt('/memo').write(FIRST, holds);
  expect(await memoAt('/memo').read()).toEqual(FIRST);
  await memoAt('/memo').write(SECOND, []);
  expect(await memoAt('/memo').read()).toEqual(SECOND);
});

test('the same memo is not written again', async () => {
  await memoAt('/same').write(FIRST, holds);
  const before = await client.exists('/same');
  const memo = memoAt('/same');
  await memo.read();
  await memo.write(FIRST, holds);
  expect((await client.exists('/same'))?.mzxid).toBe(before?.mzxid);
});

test('what of a memo did not change is not written again with it, for it is large', async () => {
  await memoAt('/split').write(FIRST, holds);
  const before = await client.exists('/split-digests');
  const memo = memoAt('/split');
  await memo.read();
  await memo.write(SECOND, holds);
  expect((await client.exists('/split-digests'))?.mzxid).toBe(before?.mzxid);
  expect(await memoAt('/split').read()).toEqual(SECOND);
});

test('what belongs to another memo says nothing of lists', async () => {
  await memoAt('/torn').write(FIRST, holds);
  await memoAt('/other').write({ ...SECOND, acls: { ...ACLS, source: 'other' } }, holds);
  const { data } = await client.getData('/other-digests');
  await client.setData('/torn-digests', data);
  expect(await memoAt('/torn').read()).toEqual({ totals: FIRST.totals });
  await client.delete('/torn-digests');
  expect(await memoAt('/torn').read()).toEqual({ totals: FIRST.totals });
});

test('a run that lost its lock leaves none, and changes none', async () => {
  await memoAt('/lost').write(FIRST, lost);
  expect(await client.exists('/lost')).toBeNull();
  await memoAt('/lost').write(FIRST, holds);
  await memoAt('/lost').write(SECOND, lost);
  expect(await memoAt('/lost').read()).toEqual(FIRST);
});

test('what may not be read is no memo', async () => {
  await client.create('/secret', null, {
    acl: [{ permissions: permissions.all, scheme: 'digest', id: 'somebody:else' }],
  });
  expect(await memoAt('/secret').read()).toBeNull();
});
