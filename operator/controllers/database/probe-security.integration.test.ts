import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../common/clock.ts';
import { connect, permissions } from '../../../zookeeper/index.ts';
import {
  startSecureServer,
  startZooKeeperServer,
  type SecureServer,
} from '../../../zookeeper/testing/index.ts';
import { createAuthority, type TestCertificate } from '../../../testing/certificates.ts';
import type { Credentials, TlsCredentials } from '../../../assets/zookeeper/credentials.ts';
import { zooKeeperProber } from './probe.ts';

jest.setTimeout(60_000);
const START_TIMEOUT_MS = 600_000;

const probe = zooKeeperProber(systemClock, { timeoutMs: 20_000 });
const never = new AbortController().signal;
const RIGHT: Credentials = {
  user: Buffer.from('admin'),
  password: Buffer.from('password'),
  mechanism: 'Auto',
};
const WRONG: Credentials = { ...RIGHT, password: Buffer.from('guess') };

let dir: string;
let ca: Buffer;
let otherCa: Buffer;
let client: TlsCredentials;
let foreignClient: TlsCredentials;
let secure: SecureServer;

function inBytes({ cert, key }: TestCertificate): TlsCredentials {
  return { cert: Buffer.from(cert), key: Buffer.from(key) };
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'probe-'));
  const authority = await createAuthority(join(dir, 'good'), 'authority');
  const other = await createAuthority(join(dir, 'other'), 'other');
  ca = Buffer.from(authority.cert);
  otherCa = Buffer.from(other.cert);
  client = inBytes(await authority.issue('client'));
  foreignClient = inBytes(await other.issue('client'));
  secure = await startSecureServer({
    tls: { certificate: await authority.issue('server'), trusted: authority.cert },
    saslUsers: { admin: 'password' },
  });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await secure.stop();
  await rm(dir, { recursive: true, force: true });
});

async function probed(
  credentials: Credentials | undefined,
  { tls, address }: { tls?: TlsCredentials; address?: string } = {},
): Promise<unknown> {
  const server = address ?? (tls === undefined ? secure.address : secure.secureAddress);
  const [found] = await probe({ servers: [server], credentials, tls }, never);
  return found;
}

describe('the probe of a server with SASL', () => {
  test.each(['Auto', 'Sasl'] as const)('says that it verified (%s)', async (mechanism) => {
    expect(await probed({ ...RIGHT, mechanism })).toMatchObject({
      reachable: true,
      credentials: 'VerifiedBySasl',
    });
  });

  test.each(['Auto', 'Sasl'] as const)('says that it refused (%s)', async (mechanism) => {
    const found = await probed({ ...WRONG, mechanism });
    expect(found).toMatchObject({ reachable: false, reason: 'AuthenticationFailed' });
    expect(JSON.stringify(found)).not.toMatch(/guess/);
  });

  test('does not use it where the spec says Digest or None', async () => {
    const digest = { ...WRONG, mechanism: 'Digest' } as const;
    expect(await probed(digest)).toMatchObject({ credentials: 'Unverifiable' });
    expect(await probed(undefined)).toMatchObject({ credentials: 'NotUsed' });
  });

  test('says that verified credentials may give no right', async () => {
    const sasl = { user: 'admin', password: 'password' };
    const admin = await connect({ servers: secure.address, sasl });
    const { acl } = await admin.getAcl('/');
    const all = { permissions: permissions.all, scheme: 'sasl', id: 'somebody' };
    const admins = { permissions: permissions.admin, scheme: 'sasl', id: 'admin' };
    await admin.setAcl('/', [all, admins]);
    try {
      expect(await probed(RIGHT)).toMatchObject({ credentials: 'VerifiedBySaslWithoutRight' });
    } finally {
      await admin.setAcl('/', acl);
      await admin.close();
    }
  });
});

describe('the probe of a server without SASL', () => {
  test('falls back to a digest with Auto, and fails with Sasl', async () => {
    const plain = await startZooKeeperServer();
    const { address } = plain;
    try {
      expect(await probed(RIGHT, { address })).toMatchObject({ credentials: 'Unverifiable' });
      const sasl = { ...RIGHT, mechanism: 'Sasl' } as const;
      expect(await probed(sasl, { address })).toMatchObject({
        reachable: false,
        reason: 'AuthenticationFailed',
        message: expect.stringContaining('does no SASL'),
      });
    } finally {
      await plain.stop();
    }
  });
});

describe('the probe over TLS', () => {
  test('tells version, mode and credentials as without', async () => {
    expect(await probed(RIGHT, { tls: { ca, ...client } })).toMatchObject({
      reachable: true,
      version: '3.9.5',
      mode: 'standalone',
      credentials: 'VerifiedBySasl',
    });
  });

  interface Failing {
    readonly name: string;
    readonly tls: () => TlsCredentials;
    readonly says: string;
  }

  test.each<Failing>([
    { name: 'no client certificate', tls: () => ({ ca }), says: 'as tls.crt and tls.key' },
    {
      name: 'a client certificate of a strange authority',
      tls: () => ({ ca, ...foreignClient }),
      says: 'does not accept the client certificate',
    },
    { name: 'another authority', tls: () => ({ ca: otherCa, ...client }), says: 'into ca.crt' },
    {
      name: 'another name to expect',
      tls: () => ({ ca, ...client, serverName: 'elsewhere' }),
      says: 'spec.zookeeper.client.tls.serverName',
    },
    {
      name: 'nonsense for an authority',
      tls: () => ({ ca: Buffer.from('nonsense') }),
      says: 'cannot be used',
    },
  ])('says TLSFailed and what to do, given $name', async ({ tls, says }) => {
    expect(await probed(RIGHT, { tls: tls() })).toMatchObject({
      reachable: false,
      reason: 'TLSFailed',
      message: expect.stringContaining(says),
    });
  });

  test('says at a port without TLS that the two do not fit', async () => {
    const impatient = zooKeeperProber(systemClock, { timeoutMs: 2_000 });
    const servers = [secure.address];
    const [found] = await impatient({ servers, credentials: RIGHT, tls: { ca } }, never);
    expect(found).toMatchObject({
      reason: 'ConnectionClosed',
      message: expect.stringContaining('spec.zookeeper.client.tls'),
    });
  });
});
