import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../client.ts';
import { startSecureServer, type SecureServer } from '../testing/index.ts';
import { createAuthority } from '../../testing/certificates.ts';
import type { TlsOptions } from '../link/tls-options.ts';

jest.setTimeout(600_000);

/** A JVM takes its time for the first handshake; generous, because nothing here waits for it. */
const CONNECT_TIMEOUT_MS = 60_000;

let dir: string;
let otherCa: string;
let tls: TlsOptions;
let server: { cert: string; key: string };
let ca: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'certificates-'));
  const authority = await createAuthority(join(dir, 'good'), 'authority');
  ca = authority.cert;
  server = await authority.issue('server');
  tls = { ca, ...(await authority.issue('client')) };
  otherCa = (await createAuthority(join(dir, 'other'), 'other authority')).cert;
});

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe.each(['3.5.10', '3.8.4'])('ZooKeeper %s that demands certificates', (version) => {
  let running: SecureServer;

  beforeAll(async () => {
    running = await startSecureServer({ version, tls: { certificate: server, trusted: ca } });
  });

  afterAll(async () => {
    await running.stop();
  });

  test('is written and read over TLS with certificates on both sides', async () => {
    const servers = [running.secureAddress];
    await using client = await connect({ servers, connectTimeoutMs: CONNECT_TIMEOUT_MS, tls });
    await client.create('/tls', Buffer.alloc(100_000, 1));
    expect((await client.getData('/tls')).data?.length).toBe(100_000);
  });

  test('is refused by who does not trust its authority', async () => {
    const servers = [running.secureAddress];
    const stranger = { ...tls, ca: otherCa };
    await expect(
      connect({ servers, connectTimeoutMs: CONNECT_TIMEOUT_MS, tls: stranger }),
    ).rejects.toMatchObject({
      code: 'TlsFailed',
      tlsReason: 'untrustedServer',
    });
  });
});
