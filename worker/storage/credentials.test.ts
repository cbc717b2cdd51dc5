import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readCredentials } from './credentials.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'credentials-test-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function read(files: Readonly<Record<string, string | Buffer>>) {
  for (const [key, content] of Object.entries(files)) writeFileSync(join(dir, key), content);
  const options = { servers: ['a:1'], chroot: '', credentialsDir: dir, sessionTimeoutMs: 1 };
  return readCredentials('source', options);
}

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly message: string;
}

const BROKEN: readonly Case[] = [
  {
    name: 'no user',
    files: { password: 'secret' },
    message: '"user" of the credentials of the source is missing',
  },
  {
    name: 'no password',
    files: { user: 'admin' },
    message: '"password" of the credentials of the source is missing',
  },
  {
    name: 'an empty user',
    files: { user: '', password: 'secret' },
    message: '"user" of the credentials of the source is empty',
  },
  {
    name: 'an empty password',
    files: { user: 'admin', password: '' },
    message: '"password" of the credentials of the source is empty',
  },
  {
    name: 'a newline behind the user',
    files: { user: 'admin\n', password: 'secret' },
    message: '"user" of the credentials of the source ends with a newline',
  },
  {
    name: 'a newline behind the password',
    files: { user: 'admin', password: 'secret\r\n' },
    message: '"password" of the credentials of the source ends with a newline',
  },
  {
    name: 'a colon in the user',
    files: { user: 'ad:min', password: 'secret' },
    message: '"user" of the credentials of the source contains a colon',
  },
];

describe('credentials', () => {
  test('are the bytes of the files, as they are', async () => {
    const password = Buffer.from([0x70, 0xff, 0x00, 0x3a, 0x20]);
    const [auth] = await read({ user: 'ädmin', password });
    expect(auth?.scheme).toBe('digest');
    expect(auth?.credential).toEqual(Buffer.concat([Buffer.from('ädmin:'), password]));
  });

  test('may be none at all', async () => {
    const options = { servers: ['a:1'], chroot: '', credentialsDir: null, sessionTimeoutMs: 1 };
    expect(await readCredentials('source', options)).toEqual([]);
  });

  test.each(BROKEN)('with $name fail for good, without telling the content', async (broken) => {
    const failure = await read(broken.files).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({ outcome: 'AuthenticationFailed' });
    const { message } = failure as Error;
    expect(message).toContain(broken.message);
    expect(message).not.toMatch(/secret|ad:?min/);
  });
});
