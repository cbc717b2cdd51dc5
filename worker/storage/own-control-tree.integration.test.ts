import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CONTROL_ROOT } from '../../api/znode-path.ts';
import { systemClock } from '../../common/clock.ts';
import {
  creatorAllAcl,
  digestAclId,
  openAcl,
  type Acl,
  type ZooKeeperClient,
} from '../../zookeeper/index.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../zookeeper/testing/index.ts';
import type { MemoAcls } from '../mirror/memo.ts';
import { silentLogger } from '../mirror/testing/run-mirror.ts';
import { open, remove } from '../testing/znodes.ts';
import { controlDir, encodeMemo } from './control-tree.ts';
import { Fence } from './fence.ts';
import { forgetRoot } from './forget-root.ts';
import { MemoZnode } from './memo-znode.ts';
import { openSide } from './open-side.ts';
import { pipelinedDriver } from './pipelined/pipelined-driver.ts';
import type { Side } from './side.ts';

const SETUP_TIMEOUT_MS = 600_000;
const OURS = 'copier:password';
const THEIRS = 'other:password';
const MEMO = { totals: { znodes: 1, bytes: 2 } };
const ACLS: MemoAcls = {
  ...{
    digestAlgorithm: null,
    scope: 'scope',
    sourceZxid: '0x1',
    destinationZxid: '0x1',
    source: '',
    destination: '',
  },
  witness: {
    path: `${CONTROL_ROOT}/witness-${'a'.repeat(64)}`,
    ...{ czxid: '0x1', mzxid: '0x2', nonce: 'b'.repeat(32) },
  },
  turn: 0,
};

let server: ZooKeeperServer;
let client: ZooKeeperClient;
let dir: string;
let sides: Side[] = [];
let root = '';
let roots = 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'own-control-tree-'));
  server = await startZooKeeperServer({
    jvmArgs: [
      `-Dzookeeper.DigestAuthenticationProvider.superDigest=${digestAclId('super', 'secret')}`,
    ],
  });
  client = await open(server);
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await client.close();
  await server.stop();
  rmSync(dir, { recursive: true });
});

beforeEach(() => {
  root = `/root-${(roots += 1)}`;
});

/** Each test finds no control tree. */
afterEach(async () => {
  await Promise.all(sides.map((side) => side.session.close()));
  sides = [];
  await asSuper((each) => remove(each, CONTROL_ROOT));
});

async function asSuper(work: (superuser: ZooKeeperClient) => Promise<unknown>): Promise<void> {
  await using superuser = await open(server, 'super:secret');
  await work(superuser);
}

/** @param digest `user:password`; null for nobody in particular */
async function sideOf(digest: string | null): Promise<Side> {
  const [user = '', password = ''] = digest?.split(':') ?? [];
  const credentialsDir = mkdtempSync(join(dir, 'secret-'));
  writeFileSync(join(credentialsDir, 'user'), user);
  writeFileSync(join(credentialsDir, 'password'), password);
  const { signal } = new AbortController();
  const options = {
    servers: [server.address],
    chroot: '',
    credentialsDir,
    authentication: digest === null ? ('None' as const) : ('Digest' as const),
    tls: null,
    sessionTimeoutMs: 30_000,
  };
  const context = { driver: pipelinedDriver, logger: silentLogger, signal, pace: null };
  const side = await openSide('destination', options, context);
  sides.push(side);
  return side;
}

/** A run into the root up to its memo, as the given user. */
async function run(digest: string | null, rootPath = root): Promise<{ fence: Fence; side: Side }> {
  const side = await sideOf(digest);
  const fence = fenceOf(side, rootPath, digest ?? 'nobody');
  await fence.take();
  await fence.adopt('tree');
  await memoOf(side, fence).write(MEMO, fence.checks);
  return { fence, side };
}

function fenceOf(side: Side, rootPath = root, writerId = 'plan-a'): Fence {
  const { signal } = new AbortController();
  const rest = { runUid: randomUUID(), clock: systemClock, logger: silentLogger, signal };
  return new Fence({ side, rootPath, writerId, ...rest });
}

function memoOf(side: Side, fence: Fence): MemoZnode {
  const { paths } = fence;
  return new MemoZnode({ side, paths, logger: silentLogger, acl: () => fence.ownAcl });
}

async function end({ side }: { readonly side: Side }): Promise<void> {
  await side.session.close();
}

const own = (digest: string, permissions = 31): Acl => {
  const [user = '', password = ''] = digest.split(':');
  return { permissions, scheme: 'digest', id: digestAclId(user, password) };
};
const world = (permissions: number): Acl => ({ permissions, scheme: 'world', id: 'anyone' });

/** The lists of the control tree of the root, as a superuser sees them; holders left out. */
async function lists(): Promise<Record<string, readonly Acl[]>> {
  const found: Record<string, readonly Acl[]> = {};
  await asSuper(async (superuser) => {
    const dirPath = controlDir(root);
    const { children } = await superuser.getChildren(dirPath);
    const kept = children.filter((name) => !name.startsWith('holder-'));
    const paths = [CONTROL_ROOT, dirPath, ...kept.map((name) => `${dirPath}/${name}`)];
    for (const path of paths) found[path] = (await superuser.getAcl(path)).acl;
  });
  return found;
}

describe('the control tree', () => {
  test('belongs to the user of the run, but for a place beside it', async () => {
    const first = await run(OURS);
    const dirPath = controlDir(root);
    expect(await lists()).toEqual({
      [CONTROL_ROOT]: [own(OURS), world(13)],
      [dirPath]: [own(OURS), world(1)],
      [`${dirPath}/last-write`]: [own(OURS)],
      [`${dirPath}/memo`]: [own(OURS)],
    });
    const { acl } = await client.getAcl(first.fence.holderPath);
    expect(acl.map(({ permissions, scheme }) => ({ permissions, scheme }))).toEqual([
      { permissions: 31, scheme: 'digest' },
      { permissions: 1, scheme: 'world' },
    ]);
    const refused = { code: 'NoAuth' };
    for (const path of [dirPath, `${dirPath}/memo`, `${dirPath}/last-write`]) {
      await expect(client.setData(path, null)).rejects.toMatchObject(refused);
    }
    await expect(client.delete(`${dirPath}/memo`)).rejects.toMatchObject(refused);
    await expect(client.create(`${dirPath}/x`, null)).rejects.toMatchObject(refused);
    await expect(client.delete(dirPath)).rejects.toMatchObject({ code: 'NotEmpty' });
  });

  test('is open where the run is nobody in particular', async () => {
    await run(null);
    const found = Object.values(await lists());
    expect(found).toEqual([openAcl, openAcl, openAcl, openAcl]);
  });

  test('lets another user write another root, and see who writes one that overlaps', async () => {
    const first = await run(OURS);
    const beside = `${root}-beside`;
    const other = await run(THEIRS, beside);
    expect(other.fence.isFencing).toBe(true);
    await expect(run(THEIRS, `${root}/below`)).rejects.toMatchObject({
      outcome: 'AnotherWriter',
    });
    await Promise.all([end(first), end(other)]);
    // Each user forgets what is his.
    expect(await forgetRoot(await sideOf(THEIRS), beside)).toContain(controlDir(beside));
    await expect(forgetRoot(await sideOf(THEIRS), root)).rejects.toMatchObject({
      outcome: 'AuthenticationFailed',
    });
  });

  test.each([
    { name: 'another user', digest: THEIRS },
    { name: 'the same user with another password', digest: 'copier:rotated' },
    { name: 'nobody in particular', digest: null },
  ])('is not for $name, and says whose it is and what to do', async ({ digest }) => {
    await end(await run(OURS));
    const refused = run(digest);
    await expect(refused).rejects.toMatchObject({ outcome: 'AuthenticationFailed' });
    await expect(refused).rejects.toThrow(
      new RegExp(
        `${controlDir(root)} at the destination is for digest:copier, .*forget.*setAcl -R`,
      ),
    );
    // Both remedies help: its owner forgets it, or a superuser lets the other one in.
    if (digest === null) {
      expect(await forgetRoot(await sideOf(OURS), root)).toContain(controlDir(root));
    } else {
      await asSuper(async (superuser) => {
        for (const name of ['', '/memo', '/last-write']) {
          await superuser.setAcl(controlDir(root) + name, [own(OURS), own(digest)]);
        }
      });
    }
    expect((await run(digest)).fence.isFencing).toBe(true);
  });

  test('is only used, not changed, where its owner lets this user in', async () => {
    await asSuper(async (superuser) => {
      await superuser.create(CONTROL_ROOT, null, { acl: [own(OURS)] });
    });
    await run(OURS);
    expect((await lists())[CONTROL_ROOT]).toEqual([own(OURS)]);
    const refused = run(THEIRS, `${root}-beside`);
    await expect(refused).rejects.toThrow(`${CONTROL_ROOT} at the destination is for`);
  });
});

describe('a control tree that an earlier version left open', () => {
  beforeEach(async () => {
    await end(await run(null));
  });

  test('is closed, its memory of the last write stays, and what it says is not believed', async () => {
    const before = await client.exists(`${controlDir(root)}/last-write`);
    const side = await sideOf(OURS);
    const fence = fenceOf(side);
    await fence.take();
    expect(fence.isMemoryOurs).toBe(false);
    expect(await fence.lastWriteZxid()).toBe(before?.mzxid);
    await end({ side });
    const next = await run(OURS);
    expect(next.fence.isMemoryOurs).toBe(true);
    const dirPath = controlDir(root);
    expect(await lists()).toEqual({
      [CONTROL_ROOT]: [own(OURS), world(13)],
      [dirPath]: [own(OURS), world(1)],
      [`${dirPath}/last-write`]: [own(OURS)],
      // Nobody read it, so nobody knows that it is not only ours: it is not believed as it is.
      [`${dirPath}/memo`]: openAcl,
    });
    const { memo, digests } = encodeMemo({ ...MEMO, acls: ACLS });
    const { paths } = next.fence;
    await client.setData(paths.memo, memo);
    await asSuper((superuser) => superuser.create(paths.aclDigests, digests));
    expect(await memoOf(next.side, next.fence).read()).toEqual(MEMO);
  });

  test('gets a memo of its own from the run that closes it', async () => {
    const side = await sideOf(OURS);
    const fence = fenceOf(side);
    await fence.take();
    const memo = memoOf(side, fence);
    await memo.read();
    await memo.write(MEMO, fence.checks);
    expect((await lists())[fence.paths.memo]).toEqual([own(OURS)]);
  });

  test('stays as it is for a user who may not change its list, and is not believed', async () => {
    await asSuper(async (superuser) => {
      await superuser.setAcl(CONTROL_ROOT, [...creatorAllAcl, world(15)]);
      await superuser.setAcl(controlDir(root), [...creatorAllAcl, world(15)]);
    });
    const { fence } = await run(OURS);
    expect({ isFencing: fence.isFencing, isMemoryOurs: fence.isMemoryOurs }).toEqual({
      isFencing: true,
      isMemoryOurs: false,
    });
  });
});
