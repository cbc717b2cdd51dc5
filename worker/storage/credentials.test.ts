import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readCredentials, type SideCredentials } from './credentials.ts';
import type { SideOptions } from './side.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'credentials-test-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function read(
  files: Readonly<Record<string, string | Buffer>>,
  options: Partial<SideOptions> = {},
): Promise<SideCredentials> {
  for (const [key, content] of Object.entries(files)) writeFileSync(join(dir, key), content);
  return readCredentials('source', {
    servers: ['a:1'],
    chroot: '',
    credentialsDir: dir,
    authentication: 'Auto',
    tls: null,
    sessionTimeoutMs: 1,
    ...options,
  });
}

const BOTH = { user: 'admin', password: 'secret' } as const;

describe('credentials', () => {
  test('are the bytes of the files, as they are', async () => {
    const password = Buffer.from([0x70, 0xff, 0x00, 0x3a, 0x20]);
    const { auth } = await read({ user: 'ädmin', password }, { authentication: 'Digest' });
    expect(auth).toEqual([
      { scheme: 'digest', credential: Buffer.concat([Buffer.from('ädmin:'), password]) },
    ]);
    expect(await read({ user: 'ädmin', password }, { authentication: 'Sasl' })).toEqual({
      sasl: { user: 'ädmin', password, whenNotOffered: 'fail' },
    });
  });

  test('fall back to a digest with Auto alone', async () => {
    expect((await read(BOTH, { authentication: 'Auto' })).sasl?.whenNotOffered).toBe('digest');
  });

  test('may be none at all', async () => {
    expect(await read({}, { credentialsDir: null, authentication: 'None' })).toEqual({});
    expect(await read(BOTH, { authentication: 'None' })).toEqual({});
  });
});

describe('certificates', () => {
  async function tlsOf(credentials: SideCredentials): Promise<unknown> {
    if (typeof credentials.tls !== 'function') throw new Error('they are not loaded anew');
    return await credentials.tls();
  }

  test('are read anew for each connection, as far as they are there', async () => {
    const found = await read({}, { authentication: 'None', tls: { serverName: 'zk' } });
    expect(await tlsOf(found)).toEqual({ serverName: 'zk' });
    writeFileSync(join(dir, 'ca.crt'), 'authority');
    writeFileSync(join(dir, 'tls.crt'), 'certificate');
    writeFileSync(join(dir, 'tls.key'), 'key');
    expect(await tlsOf(found)).toEqual({
      ca: Buffer.from('authority'),
      cert: Buffer.from('certificate'),
      key: Buffer.from('key'),
      serverName: 'zk',
    });
  });

  test('need no directory where well-known authorities are enough', async () => {
    const options = { credentialsDir: null, authentication: 'None', tls: { serverName: null } };
    expect(await tlsOf(await read({}, options as Partial<SideOptions>))).toEqual({});
  });

  test('that cannot be read fail by name', async () => {
    mkdirSync(join(dir, 'ca.crt'));
    await expect(read(BOTH, { tls: { serverName: null } })).rejects.toMatchObject({
      outcome: 'AuthenticationFailed',
      message: expect.stringContaining('ca.crt cannot be read (EISDIR)'),
    });
    rmSync(join(dir, 'ca.crt'), { recursive: true });
    const found = await read(BOTH, { tls: { serverName: null } });
    mkdirSync(join(dir, 'ca.crt'));
    await expect(tlsOf(found)).rejects.toThrow('ca.crt cannot be read (EISDIR)');
  });
});

describe('a directory of credentials', () => {
  test.each([
    {
      what: 'that does not exist',
      path: 'none',
      says: 'none with .* of the source does not exist',
    },
    { what: 'that is a file', path: 'user', says: 'user with .* of the source is no directory' },
  ])('$what is told of instead of its keys', async ({ path, says }) => {
    for (const options of [{}, { authentication: 'None', tls: { serverName: null } }] as const) {
      const reading = read(BOTH, { ...options, credentialsDir: join(dir, path) });
      await expect(reading).rejects.toMatchObject({
        outcome: 'AuthenticationFailed',
        message: expect.stringMatching(new RegExp(`${says}: check --source-credentials-dir`)),
      });
    }
  });
});
