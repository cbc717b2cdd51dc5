import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ZookeeperClient } from '../../api/v1alpha1/database.ts';
import { judgeSecret } from '../../operator/controllers/database/judge-secret.ts';
import { readCredentials } from '../../worker/storage/credentials.ts';
import { identityOptions } from './connection-options.ts';

type Values = Readonly<Record<string, string | Buffer>>;

const BOTH = { user: 'admin', password: 'secret' } as const;
const NAME = 'shop';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'one-verdict-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

interface Use {
  readonly authentication?: ZookeeperClient['authentication'];
  readonly tls?: boolean;
}

/** What the operator says of a Secret: its words, or who it would be. */
function operatorVerdict(values: Values, { authentication = 'Auto', tls = false }: Use) {
  const data = new Map(Object.entries(values).map(([key, value]) => [key, Buffer.from(value)]));
  const client = { servers: ['a:1'], authentication, tls: { enabled: tls } } as ZookeeperClient;
  const reading = judgeSecret({ name: NAME, namespace: 'n' }, client, { data });
  if (reading.state === 'Problem') {
    const { message } = reading.problem;
    expect(message).toMatch(new RegExp(`^The Secret ${NAME} has `));
    return { refused: message.replace(`The Secret ${NAME} `, '') };
  }
  return { identity: identityOptions(reading.credentials), tls: reading.tls ?? null };
}

/** The same of the worker, which has it as files. */
async function workerVerdict(values: Values, { authentication = 'Auto', tls = false }: Use) {
  for (const [key, value] of Object.entries(values)) writeFileSync(join(dir, key), value);
  const side = { servers: ['a:1'], chroot: '', credentialsDir: dir, sessionTimeoutMs: 1 };
  const options = { ...side, authentication, tls: tls ? { serverName: null } : null };
  try {
    const { tls: loadTls, ...identity } = await readCredentials('source', options);
    return { identity, tls: typeof loadTls === 'function' ? await loadTls() : null };
  } catch (error) {
    expect(error).toMatchObject({ outcome: 'AuthenticationFailed' });
    const { message } = error as Error;
    return { refused: message.replace(`The Secret of the source (${dir}) `, '') };
  }
}

interface Case extends Use {
  readonly name: string;
  readonly values: Values;
  /** Undefined: it is taken. */
  readonly refused?: string;
}

describe('a Secret gets one verdict from operator and worker', () => {
  test.each<Case>([
    { name: 'user and password', values: BOTH },
    { name: 'any bytes for a password', values: { ...BOTH, password: Buffer.from([0xff, 0, 58]) } },
    { name: 'a user beyond ASCII', values: { ...BOTH, user: 'ädmin 密' } },
    { name: 'a line break within', values: { user: 'ad\nmin', password: 'sec\rret' } },
    { name: 'blanks around', values: { user: ' admin ', password: ' secret ' } },
    { name: 'keys that nobody reads', values: { ...BOTH, USER: '', 'notes.txt': 'a:b\n' } },
    { name: 'certificates that are not used', values: { ...BOTH, 'tls.crt': 'c' } },
    { name: 'nothing, where nothing is used', values: {}, authentication: 'None' },
    { name: 'nothing but TLS', values: { 'ca.crt': 'c' }, authentication: 'None', tls: true },
    { name: 'a pair', values: { ...BOTH, 'tls.crt': 'c', 'tls.key': 'k' }, tls: true },
    { name: 'a digest alone', values: BOTH, authentication: 'Digest' },
    { name: 'SASL alone', values: BOTH, authentication: 'Sasl' },

    { name: 'nothing', values: {}, refused: 'no user and no password' },
    { name: 'no user', values: { password: 'secret' }, refused: 'no user:' },
    { name: 'no password', values: { user: 'admin' }, refused: 'no password:' },
    { name: 'an empty user', values: { ...BOTH, user: '' }, refused: 'no user:' },
    { name: 'an empty password', values: { ...BOTH, password: '' }, refused: 'no password:' },
    { name: 'LF after the user', values: { ...BOTH, user: 'admin\n' }, refused: 'end of user:' },
    { name: 'LF', values: { ...BOTH, password: 'secret\n' }, refused: 'end of password:' },
    { name: 'CR', values: { ...BOTH, password: 'secret\r' }, refused: 'end of password:' },
    { name: 'CRLF', values: { ...BOTH, password: 'secret\r\n' }, refused: 'end of password:' },
    { name: 'a colon', values: { ...BOTH, user: 'ad:min' }, refused: 'a colon in user' },
    {
      name: 'a colon for SASL',
      values: { ...BOTH, user: 'ad:min' },
      authentication: 'Sasl',
      refused: 'a colon in user',
    },
    {
      name: 'a user in Latin-1',
      values: { ...BOTH, user: Buffer.from('ädmin', 'latin1') },
      refused: 'a user that is not UTF-8 text',
    },
    {
      name: 'a certificate without its key',
      values: { ...BOTH, 'tls.crt': 'c' },
      tls: true,
      refused: 'has tls.crt and no tls.key',
    },
    {
      name: 'a key without its certificate',
      values: { 'tls.key': 'k' },
      authentication: 'None',
      tls: true,
      refused: 'has tls.key and no tls.crt',
    },
  ])('$name', async ({ values, refused, ...use }) => {
    const verdict = operatorVerdict(values, use);
    expect(await workerVerdict(values, use)).toEqual(verdict);
    expect('refused' in verdict).toBe(refused !== undefined);
    if (refused === undefined) return;
    expect(verdict.refused).toContain(refused);
    expect(verdict.refused).not.toMatch(/secret|ad:?min/u);
  });
});
