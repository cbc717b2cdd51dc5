import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ZooKeeperClient } from '../client.ts';
import { fourLetterWord, parseSrvr } from '../four-letter-word.ts';
import type { ConnectOptions } from '../options.ts';
import type { TlsOptions } from '../link/tls-options.ts';
import {
  startSecureServer,
  type SecureServer,
  type SecureServerOptions,
} from '../testing/index.ts';
import { createAuthority, type TestCertificate } from '../../testing/certificates.ts';
import { eventually } from '../../testing/eventually.ts';

const START_TIMEOUT_MS = 600_000;
jest.setTimeout(60_000);

/** A JVM takes its time for the first handshake; generous, because nothing here waits for it. */
const CONNECT_TIMEOUT_MS = 30_000;

let dir: string;
/** PEM of the authority that issued what is in order here, and of another. */
let ca: string;
let otherCa: string;
let server: TestCertificate;
let client: TestCertificate;
let foreignClient: TestCertificate;
let expiredClient: TestCertificate;
let misnamedServer: TestCertificate;
let expiredServer: TestCertificate;
let namedServer: TestCertificate;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'certificates-'));
  const authority = await createAuthority(join(dir, 'good'), 'authority');
  const other = await createAuthority(join(dir, 'other'), 'other authority');
  ca = authority.cert;
  otherCa = other.cert;
  server = await authority.issue('server');
  client = await authority.issue('client', {
    subject: '/C=DE/O=Acme, Inc/OU=a;b "c" <d>/CN=client',
  });
  foreignClient = await other.issue('client');
  expiredClient = await authority.issue('expired-client', { isExpired: true });
  misnamedServer = await authority.issue('misnamed', { names: ['other'], addresses: ['10.0.0.1'] });
  namedServer = await authority.issue('named', { addresses: [] });
  expiredServer = await authority.issue('expired', { isExpired: true });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

let running: SecureServer;

/** Options are asked for when the certificates exist. */
function startBefore(options: () => SecureServerOptions): void {
  beforeAll(async () => {
    running = await startSecureServer(options());
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await running.stop();
  });
}

function open(tls: ConnectOptions['tls'], options: Partial<ConnectOptions> = {}) {
  const secure = tls === undefined ? {} : { tls };
  const { servers = [running.secureAddress] } = options;
  return connect({ connectTimeoutMs: CONNECT_TIMEOUT_MS, ...secure, ...options, servers });
}

async function refusalOf(opening: Promise<ZooKeeperClient>): Promise<unknown> {
  return opening.then(
    async (opened) => {
      await opened.close();
      return 'connected';
    },
    (error: unknown) => error,
  );
}

describe.each([
  { version: '3.6.4', protocol: 'TLSv1.2' },
  { version: '3.9.5', protocol: 'TLSv1.2' },
  { version: '3.9.5', protocol: 'TLSv1.3' },
] as const)('ZooKeeper $version that demands certificates over $protocol', (release) => {
  const { version, protocol } = release;
  startBefore(() => ({
    version,
    tls: { certificate: server, trusted: ca, protocol },
    saslUsers: { admin: 'secret' },
  }));

  test('serves a client whose certificate it trusts', async () => {
    await using opened = await open({ ca, ...client });
    await opened.create('/tls', Buffer.alloc(100_000, 1));
    expect((await opened.getData('/tls')).data?.length).toBe(100_000);
    await opened.delete('/tls');
  });

  test.each([
    { name: 'has none', tls: (): TlsOptions => ({ ca }), tlsReason: 'clientCertificateRequired' },
    {
      name: 'has one of a strange authority',
      tls: (): TlsOptions => ({ ca, ...foreignClient }),
      tlsReason: 'clientCertificateRefused',
    },
    {
      name: 'has one that has expired',
      tls: (): TlsOptions => ({ ca, ...expiredClient }),
      tlsReason: 'clientCertificateRefused',
    },
  ])(
    'tells a client that $name so, and not that the connection broke',
    async ({ tls, tlsReason }) => {
      const refusal = await refusalOf(open(tls()));
      expect(refusal).toMatchObject({ code: 'TlsFailed', tlsReason, isRetryable: false });
    },
  );

  test('is not trusted without its authority', async () => {
    expect(await refusalOf(open({ ca: otherCa, ...client }))).toMatchObject({
      code: 'TlsFailed',
      tlsReason: 'untrustedServer',
    });
  });

  test('does SASL inside TLS', async () => {
    const tls = { ca, ...client };
    await using opened = await open(tls, { sasl: { user: 'admin', password: 'secret' } });
    expect(opened.authSchemes).toEqual(['sasl']);
    const wrong = open(tls, { sasl: { user: 'admin', password: 'wrong' } });
    expect(await refusalOf(wrong)).toMatchObject({ code: 'AuthFailed' });
  });

  test('answers four-letter words inside TLS', async () => {
    const ask = (tls: TlsOptions) => fourLetterWord(running.secureAddress, 'srvr', { tls });
    expect(parseSrvr(await ask({ ca, ...client })).version).toBe(version);
    await expect(ask({ ca, ...foreignClient })).rejects.toMatchObject({
      code: 'TlsFailed',
      tlsReason: 'clientCertificateRefused',
    });
  });

  test('gives a hint where only one side speaks TLS', async () => {
    const short = { connectTimeoutMs: 2_000 };
    const toPlainPort = open({ ca, ...client }, { servers: [running.address], ...short });
    expect(await refusalOf(toPlainPort)).toMatchObject({
      code: 'ClosedByServer',
      message: expect.stringContaining('is it the port without TLS?'),
    });
    expect(await refusalOf(open(undefined, short))).toMatchObject({
      message: expect.stringMatching(/TLS expected|is it a port with TLS\?/),
    });
  });
});

describe('the identity of a certificate', () => {
  startBefore(() => ({ tls: { certificate: server, trusted: ca, clientAuth: 'want' } }));

  test('is its subject, last part first, with commas and the like escaped', async () => {
    await using opened = await open({ ca, ...client });
    expect(await opened.whoAmI()).toContainEqual({
      scheme: 'x509',
      id: 'CN=client,OU=a\\;b \\"c\\" \\<d\\>,O=Acme\\, Inc,C=DE',
    });
    expect(opened.authSchemes).toEqual([]);
  });

  test('can do without where the server only wants one', async () => {
    await using opened = await open({ ca });
    expect((await opened.whoAmI()).map(({ scheme }) => scheme)).toEqual(['ip']);
  });
});

describe('the name of a server', () => {
  startBefore(() => ({ tls: { certificate: namedServer, trusted: ca, clientAuth: 'none' } }));

  test('is compared with the host as it is configured, not with what it resolves to', async () => {
    const byName = running.secureAddress.replace('127.0.0.1', 'localhost');
    await using opened = await open({ ca }, { servers: [byName] });
    expect(opened.server).toBe(byName);
    expect(await refusalOf(open({ ca }))).toMatchObject({
      code: 'TlsFailed',
      tlsReason: 'wrongServerName',
      message: expect.stringContaining('127.0.0.1'),
    });
  });

  test('can be given for servers that are reached under another', async () => {
    await using opened = await open({ ca, serverName: 'localhost' });
    expect(opened.server).toBe(running.secureAddress);
    expect(await refusalOf(open({ ca, serverName: 'elsewhere' }))).toMatchObject({
      tlsReason: 'wrongServerName',
    });
  });
});

describe('a server with a certificate for others', () => {
  startBefore(() => ({ tls: { certificate: misnamedServer, trusted: ca, clientAuth: 'none' } }));

  test('is refused, unless its name or address is the one to expect', async () => {
    expect(await refusalOf(open({ ca }))).toMatchObject({ tlsReason: 'wrongServerName' });
    await using byName = await open({ ca, serverName: 'other' });
    await using byAddress = await open({ ca, serverName: '10.0.0.1' });
    expect([byName.state, byAddress.state]).toEqual(['connected', 'connected']);
  });

  test('does not keep a client from the next server', async () => {
    const tls = { certificate: server, trusted: ca, clientAuth: 'none' } as const;
    await using next = await startSecureServer({ tls });
    const servers = [running.secureAddress, next.secureAddress];
    await using opened = await open({ ca }, { servers, random: () => 0 });
    expect(opened.server).toBe(next.secureAddress);
  });
});

describe('a server whose certificate has expired', () => {
  startBefore(() => ({ tls: { certificate: expiredServer, trusted: ca, clientAuth: 'none' } }));

  test('is refused', async () => {
    expect(await refusalOf(open({ ca }))).toMatchObject({
      code: 'TlsFailed',
      tlsReason: 'serverCertificateNotValidNow',
    });
  });
});

describe('certificates that are renewed', () => {
  startBefore(() => ({ tls: { certificate: server, trusted: ca } }));

  test('are used for the next connection; until then the session waits instead of failing', async () => {
    let current: TlsOptions = { ca, ...client };
    let refused = 0;
    const load = (): TlsOptions => {
      if (current.cert === foreignClient.cert) refused++;
      return current;
    };
    await using opened = await open(load, { sessionTimeoutMs: 40_000 });
    const { sessionId } = opened;
    current = { ca, ...foreignClient };
    await running.server.restart();
    await eventually(() => refused > 1, { timeoutMs: 60_000 });
    expect(opened.state).toBe('disconnected');
    current = { ca, ...client };
    expect(await opened.exists('/')).not.toBeNull();
    expect(opened.sessionId).toBe(sessionId);
  });

  test('that do not belong together are named before connecting', async () => {
    const tls = { ca, cert: client.cert, key: server.key };
    expect(await refusalOf(open(tls))).toMatchObject({
      tlsReason: 'unusableCredentials',
      message: expect.stringContaining('key does not belong'),
    });
  });
});

test('a server that speaks only what is too old is refused', async () => {
  const { cert, key } = server;
  await using old = createServer({
    cert,
    key,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'ALL:@SECLEVEL=0',
  });
  await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
  const { port } = old.address() as AddressInfo;
  const opening = open({ ca }, { servers: [`127.0.0.1:${port}`] });
  expect(await refusalOf(opening)).toMatchObject({
    code: 'TlsFailed',
    tlsReason: 'noCommonProtocol',
  });
});
