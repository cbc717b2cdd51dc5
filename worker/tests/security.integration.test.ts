import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import { connect, permissions, type ZooKeeperClient } from '../../zookeeper/index.ts';
import { startSecureServer, type SecureServer } from '../../zookeeper/testing/index.ts';
import { createAuthority, type TestCertificate } from '../../testing/certificates.ts';
import { runSynchronize } from '../testing/run-worker.ts';
import { put, snapshot } from '../testing/znodes.ts';

jest.setTimeout(120_000);
const SETUP_TIMEOUT_MS = 600_000;
const sasl = { user: 'admin', password: 'password' };

let dir: string;
let ca: string;
let clientCertificate: TestCertificate;
let foreignCertificate: TestCertificate;
let sourceServer: SecureServer;
let destinationServer: SecureServer;
let source: ZooKeeperClient;
let destination: ZooKeeperClient;
let root = '';
let roots = 0;

/** Both sides demand SASL and, on the port with TLS, a client certificate. */
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'worker-security-'));
  const authority = await createAuthority(join(dir, 'good'), 'authority');
  const other = await createAuthority(join(dir, 'other'), 'other');
  ca = authority.cert;
  clientCertificate = await authority.issue('client');
  foreignCertificate = await other.issue('client');
  const certificate = await authority.issue('server', { names: ['zk.example'], addresses: [] });
  const options = {
    tls: { certificate, trusted: ca },
    saslUsers: { admin: 'password' },
    extraConfig: { sessionRequireClientSASLAuth: 'true' },
  };
  sourceServer = await startSecureServer(options);
  destinationServer = await startSecureServer(options);
  source = await connect({ servers: sourceServer.address, sasl });
  destination = await connect({ servers: destinationServer.address, sasl });
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await Promise.all([source.close(), destination.close()]);
  await Promise.all([sourceServer.stop(), destinationServer.stop()]);
  rmSync(dir, { recursive: true, force: true });
});

beforeEach(async () => {
  root = `/root-${(roots += 1)}`;
  await put(source, { [root]: '', [`${root}/a`]: 'a', [`${root}/null`]: null });
});

/** A Secret as the Job mounts it. */
function secret(files: Readonly<Record<string, string>>): string {
  const mounted = mkdtempSync(join(dir, 'secret-'));
  for (const [key, content] of Object.entries(files)) writeFileSync(join(mounted, key), content);
  return mounted;
}

function complete(changes: Readonly<Record<string, string>> = {}): string {
  const { cert, key } = clientCertificate;
  return secret({ ...sasl, 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key, ...changes });
}

function overTls(changes: Partial<SynchronizeArguments> = {}) {
  const credentials = complete();
  return runSynchronize({
    sourceServers: [sourceServer.secureAddress],
    destinationServers: [destinationServer.secureAddress],
    rootPath: root,
    sourceCredentialsDir: credentials,
    destinationCredentialsDir: credentials,
    sourceTls: true,
    destinationTls: true,
    sourceTlsServerName: 'zk.example',
    destinationTlsServerName: 'zk.example',
    ...changes,
  });
}

describe('a worker over TLS, with SASL', () => {
  test('copies and verifies, with rights that only SASL gives', async () => {
    const onlyAdmin = [{ permissions: permissions.all, scheme: 'sasl', id: 'admin' }];
    await source.setAcl(`${root}/a`, onlyAdmin);
    const { code, result, lines } = await overTls();
    expect(result?.message).toBeDefined();
    expect(code).toBe(0);
    expect(result).toMatchObject({ verified: true, fenced: true });
    expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
    const connected = lines.filter(({ message }) => message === 'connected');
    expect(connected).toMatchObject([
      { tls: true, authentication: ['sasl'] },
      { tls: true, authentication: ['sasl'] },
    ]);
  });

  test('finds that both sides are one ensemble', async () => {
    const { code, result } = await overTls({ destinationServers: [sourceServer.secureAddress] });
    expect(code).toBe(51);
    expect(result?.guard).toBe('SameEnsemble');
  });

  interface Refusal {
    readonly name: string;
    readonly changes: () => Partial<SynchronizeArguments>;
    readonly says: string;
  }

  test.each<Refusal>([
    {
      name: 'a wrong password',
      changes: () => ({ destinationCredentialsDir: complete({ password: 'pass-word' }) }),
      says: 'No session with the destination',
    },
    {
      name: 'a digest where SASL is demanded',
      changes: () => ({ sourceAuthentication: 'Digest' }),
      says: 'the server serves only clients that authenticate (enforce.auth), and digest and x509 did not do',
    },
    {
      name: 'no client certificate',
      changes: () => ({ sourceCredentialsDir: secret({ ...sasl, 'ca.crt': ca }) }),
      says: 'put it into the Secret as tls.crt and tls.key',
    },
    {
      name: 'a client certificate of a strange authority',
      changes: () => {
        const { cert, key } = foreignCertificate;
        return { sourceCredentialsDir: complete({ 'tls.crt': cert, 'tls.key': key }) };
      },
      says: 'does not accept the client certificate',
    },
    {
      name: 'a server of another name',
      changes: () => ({ sourceTlsServerName: 'other.example' }),
      says: 'the certificate of the server is for another name',
    },
    {
      name: 'an unreadable authority',
      changes: () => ({ sourceCredentialsDir: complete({ 'ca.crt': 'nonsense' }) }),
      says: 'ca.crt, tls.crt or tls.key of the Secret cannot be used',
    },
  ])('ends for good with $name, and tells no secret', async ({ changes, says }) => {
    const { code, result, lines, stderr } = await overTls(changes());
    expect(result?.message).toContain(says);
    expect({ code, outcome: result?.outcome }).toEqual({
      code: 50,
      outcome: 'AuthenticationFailed',
    });
    expect(JSON.stringify(lines) + stderr).not.toMatch(/pass-?word"|PRIVATE KEY/);
  });

  test('is worth a retry at a port without TLS, which it names', async () => {
    const { code, result } = await overTls({
      sourceServers: [sourceServer.address],
      sourceSessionTimeoutSeconds: 2,
    });
    expect(code).toBe(40);
    expect(result?.message).toContain('spec.zookeeper.client.tls is not right for that port');
  });
});
