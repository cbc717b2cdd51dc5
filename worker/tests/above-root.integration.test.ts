import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import { digestAclId, openAcl, type Acl, type ZooKeeperClient } from '../../zookeeper/index.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { runSynchronize } from '../testing/run-worker.ts';
import { open } from '../testing/znodes.ts';

jest.setTimeout(120_000);
const SETUP_TIMEOUT_MS = 600_000;
const SUPER = 'super:secret';
const COPIER = 'copier:password';
const superDigest = `-Dzookeeper.DigestAuthenticationProvider.superDigest=${digestAclId('super', 'secret')}`;
/** Lets the source know the scheme `sasl`; the destination does not. */
const SASL = { 'authProvider.1': 'org.apache.zookeeper.server.auth.SASLAuthenticationProvider' };

const digest = (permissions: number, user: string): Acl => ({
  permissions,
  scheme: 'digest',
  id: digestAclId(user, user === 'copier' ? 'password' : user),
});
const world = (permissions: number): Acl => ({ permissions, scheme: 'world', id: 'anyone' });
const sasl: Acl = { permissions: 31, scheme: 'sasl', id: 'app' };

let dir: string;
let servers: Readonly<Record<'source' | 'destination', ZooKeeperServer>>;
let source: ZooKeeperClient;
let destination: ZooKeeperClient;
let top = '';
let tops = 0;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'worker-above-root-'));
  const jvmArgs = [superDigest];
  const [from, to] = await Promise.all([
    startZooKeeperServer({ jvmArgs, extraConfig: SASL }),
    startZooKeeperServer({ jvmArgs }),
  ]);
  servers = { source: from, destination: to };
  source = await open(from, SUPER);
  destination = await open(to, SUPER);
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await Promise.all([source.close(), destination.close()]);
  await Promise.all([servers.source.stop(), servers.destination.stop()]);
  rmSync(dir, { recursive: true });
});

beforeEach(() => {
  top = `/top-${(tops += 1)}`;
});

/** Credentials as the Job mounts them; none for nobody in particular. */
function as(
  side: 'source' | 'destination',
  identity: string | null,
): Partial<SynchronizeArguments> {
  if (identity === null) return {};
  const [user = '', password = ''] = identity.split(':');
  const path = mkdtempSync(join(dir, 'secret-'));
  writeFileSync(join(path, 'user'), user);
  writeFileSync(join(path, 'password'), password);
  return { [`${side}CredentialsDir`]: path, [`${side}Authentication`]: 'Digest' };
}

/** Copies `app`, below what the test is about. */
async function synchronize(
  users: { readonly from: string | null; readonly to: string | null },
  more: Partial<SynchronizeArguments> = {},
) {
  return await runSynchronize({
    sourceServers: [servers.source.address],
    destinationServers: [servers.destination.address],
    ...as('source', users.from),
    ...as('destination', users.to),
    rootPath: `${top}/app`,
    ...more,
  });
}

async function listAt(path: string): Promise<readonly Acl[]> {
  return (await destination.getAcl(path)).acl;
}

interface Case {
  readonly name: string;
  readonly users: { readonly from: string | null; readonly to: string | null };
  /** Of what is above the root, at the source. */
  readonly acl: readonly Acl[];
  readonly created: readonly Acl[];
  /** Whose list it has, where that is not the source's. */
  readonly told?: string;
}

const CASES: readonly Case[] = [
  {
    name: 'has the list of the source',
    users: { from: SUPER, to: SUPER },
    acl: [digest(31, 'admin')],
    created: [digest(31, 'admin')],
  },
  {
    name: 'has an open list only where the source has one',
    users: { from: COPIER, to: COPIER },
    acl: [...openAcl],
    created: [...openAcl],
  },
  {
    name: 'has the list of the source at the end, although the user may not create under it',
    users: { from: SUPER, to: COPIER },
    acl: [digest(17, 'copier'), digest(31, 'admin')],
    created: [digest(17, 'copier'), digest(31, 'admin')],
  },
  {
    name: 'belongs to the user besides, where the list would lock him out',
    users: { from: SUPER, to: COPIER },
    acl: [digest(31, 'admin'), world(1)],
    created: [digest(31, 'copier'), digest(31, 'admin'), world(1)],
    told: 'belong to the user at the destination',
  },
  {
    name: 'belongs to the user alone, where the source does not show its list',
    users: { from: COPIER, to: COPIER },
    acl: [digest(31, 'admin')],
    created: [digest(31, 'copier')],
    told: 'belong to the user at the destination',
  },
  {
    name: 'belongs to the user, without the entries that the source hides',
    users: { from: COPIER, to: COPIER },
    acl: [digest(31, 'admin'), world(1)],
    created: [digest(31, 'copier'), world(1)],
    told: 'belong to the user at the destination',
  },
  {
    name: 'belongs to the user, where the destination does not know a scheme of the list',
    users: { from: SUPER, to: COPIER },
    acl: [sasl],
    created: [digest(31, 'copier')],
    told: 'belong to the user at the destination',
  },
  {
    name: 'is no more open than what is above it, where the user is nobody in particular',
    users: { from: null, to: null },
    acl: [digest(31, 'admin')],
    created: [...openAcl],
    told: 'has no identity that they could belong to',
  },
];

describe('what is created above the root', () => {
  test.each(CASES)('$name', async ({ users, acl, created, told }) => {
    await source.create(top, null);
    await source.create(`${top}/app`, null);
    await source.create(`${top}/app/a`, null);
    await source.setAcl(top, acl);
    const { code, result } = await synchronize(users);
    expect({ code, skipped: result?.skipped }).toEqual({ code: 0, skipped: [] });
    expect(await listAt(top)).toEqual(created);
    expect(await listAt(`${top}/app/a`)).toEqual(openAcl);
    const remedy = expect.stringContaining(told ?? '') as unknown;
    const named = { what: 'parentAcls', count: 1, paths: [top], remedy };
    expect(result?.notCarried).toEqual(told === undefined ? [] : [named]);
    // It is there now, and nobody's business any more.
    const again = await synchronize(users);
    expect({ code: again.code, notCarried: again.result?.notCarried }).toEqual({
      code: 0,
      notCarried: [],
    });
    expect(await listAt(top)).toEqual(created);
  });

  test('gets nothing of the list above it that a server hides', async () => {
    const parent = `${top}/app`;
    await source.create(top, null);
    await source.create(parent, null);
    await source.create(`${parent}/root`, null);
    await source.setAcl(parent, [sasl]);
    await destination.create(top, null, { acl: [digest(31, 'admin'), world(5)] });
    const { code, result } = await synchronize(
      { from: SUPER, to: null },
      { rootPath: `${parent}/root` },
    );
    expect({ code, message: result?.message }).toMatchObject({ code: 0 });
    expect(await listAt(parent)).toEqual([world(5)]);
    expect(result?.notCarried).toMatchObject([{ what: 'parentAcls', paths: [parent] }]);
  });

  test('belongs to the user where it is a chroot, which the source does not have', async () => {
    await source.create('/app', null);
    const chroot = `${top}/deep`;
    const { code, result } = await synchronize(
      { from: SUPER, to: COPIER },
      { rootPath: '/app', destinationServers: [servers.destination.address + chroot] },
    );
    expect(code).toBe(0);
    expect(result?.notCarried).toMatchObject([{ what: 'parentAcls', paths: [top, chroot] }]);
    for (const path of [top, chroot]) expect(await listAt(path)).toEqual([digest(31, 'copier')]);
  });

  test('is open to everybody where lists are not carried over, which the result says', async () => {
    await source.create(top, null);
    await source.create(`${top}/app`, null);
    await source.setAcl(top, [digest(31, 'admin')]);
    const users = { from: SUPER, to: COPIER };
    const { code, result } = await synchronize(users, { preserveAcls: false });
    expect({ code, notCarried: result?.notCarried }).toEqual({
      code: 0,
      notCarried: [{ what: 'acls' }],
    });
    expect(await listAt(top)).toEqual(openAcl);
  });

  test('is left alone where it is there, and may not even be looked at', async () => {
    await source.create(top, null);
    await source.create(`${top}/app`, null);
    await destination.create(top, null);
    await destination.setAcl(top, [digest(31, 'admin'), digest(4, 'copier')]);
    const { code, result } = await synchronize({ from: SUPER, to: COPIER });
    expect({ code, notCarried: result?.notCarried }).toEqual({ code: 0, notCarried: [] });
    expect(await listAt(top)).toEqual([digest(31, 'admin'), digest(4, 'copier')]);
  });
});
