import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { digestAclId, digestAuth, permissions, type Acl } from '../acl.ts';
import type { SaslOptions } from '../auth/authenticator.ts';
import { connect, type ZooKeeperClient } from '../client.ts';
import type { ConnectOptions } from '../options.ts';
import {
  startSecureServer,
  type SecureServer,
  type SecureServerOptions,
} from '../testing/index.ts';
import { eventually } from '../../testing/eventually.ts';

const START_TIMEOUT_MS = 600_000;
jest.setTimeout(60_000);

/** Not all of it can be spelt in ISO 8859-1. */
const saslUsers = { admin: 'secret', jane: 'grüße, 密码 \\\\ }' };
const good: SaslOptions = { user: 'admin', password: 'secret' };
const bad: SaslOptions = { user: 'admin', password: 'wrong' };
/** With a password of its own: 3.4 and 3.6 check a stranger against the user who came before. */
const stranger: SaslOptions = { user: 'nobody', password: 'nothing' };

let server: SecureServer;

function startBefore(options: SecureServerOptions): void {
  beforeAll(async () => {
    server = await startSecureServer(options);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await server.stop();
  });
}

function open(options: Partial<ConnectOptions> = {}): Promise<ZooKeeperClient> {
  return connect({ servers: [server.address], ...options });
}

async function refusalOf(options: Partial<ConnectOptions>): Promise<unknown> {
  return open(options).then(
    async (client) => {
      await client.close();
      return 'connected';
    },
    (error: unknown) => error,
  );
}

function aclFor(scheme: string, id: string): Acl[] {
  return [{ permissions: permissions.all, scheme, id }];
}

describe.each([
  { version: '3.4.14' },
  { version: '3.5.10' },
  { version: '3.6.4' },
  { version: '3.8.4' },
  { version: '3.9.5' },
])('SASL at ZooKeeper $version', ({ version }) => {
  startBefore({ version, saslUsers });

  test('makes the session the user that it proved to be', async () => {
    await using client = await open({ sasl: good });
    await using other = await open();
    await client.create('/sasl', null, { acl: aclFor('sasl', 'admin') });
    expect(client.authSchemes).toEqual(['sasl']);
    expect((await client.getData('/sasl')).data).toBeNull();
    await expect(other.getData('/sasl')).rejects.toMatchObject({ code: 'NoAuth' });
  });

  test.each([
    { name: 'a wrong password', sasl: bad },
    { name: 'an unknown user', sasl: stranger },
  ])('is refused for good with $name, without falling back to a digest', async ({ sasl }) => {
    for (const whenNotOffered of ['fail', 'digest'] as const) {
      const refusal = await refusalOf({ sasl: { ...sasl, whenNotOffered } });
      expect(refusal).toMatchObject({ code: 'AuthFailed', isRetryable: false });
    }
  });

  test('and digests are presented again when the server comes back, before any request', async () => {
    await using client = await open({
      sasl: good,
      auth: [digestAuth('a', '1')],
      sessionTimeoutMs: 40_000,
    });
    await client.addAuth(digestAuth('b', '2'));
    await client.create('/by-sasl', null, { acl: aclFor('sasl', 'admin') });
    await client.create('/by-a', null, { acl: aclFor('digest', digestAclId('a', '1')) });
    await client.create('/by-b', null, { acl: aclFor('digest', digestAclId('b', '2')) });
    const { sessionId } = client;
    await server.server.kill('SIGKILL');
    await eventually(() => client.state === 'disconnected', { timeoutMs: 30_000 });
    const reads = ['/by-sasl', '/by-a', '/by-b'].map((path) => client.getData(path));
    await server.server.restart();
    expect((await Promise.all(reads)).map(({ data }) => data)).toEqual([null, null, null]);
    expect(client.sessionId).toBe(sessionId);
  });
});

describe('SASL with characters beyond ASCII', () => {
  startBefore({ saslUsers });

  test('proves a password that only UTF-8 can spell', async () => {
    const password = 'grüße, 密码 \\ }';
    await using client = await open({ sasl: { user: 'jane', password } });
    expect(await client.whoAmI()).toContainEqual({ scheme: 'sasl', id: 'jane' });
    await using sameInBytes = await open({
      sasl: { user: 'jane', password: Buffer.from(password) },
    });
    expect(sameInBytes.authSchemes).toEqual(['sasl']);
  });
});

describe.each([{ version: '3.4.14' }, { version: '3.9.5' }])(
  'ZooKeeper $version without SASL',
  ({ version }) => {
    startBefore({ version });

    test('is refused where SASL is wanted', async () => {
      expect(await refusalOf({ sasl: good })).toMatchObject({ code: 'AuthFailed' });
    });

    test('is shown the digest where that is allowed', async () => {
      await using client = await open({ sasl: { ...good, whenNotOffered: 'digest' } });
      expect(client.authSchemes).toEqual(['digest']);
      const acl = aclFor('digest', digestAclId('admin', 'secret'));
      await client.create('/digest', null, { acl });
      expect((await client.getData('/digest')).data).toBeNull();
    });
  },
);

describe('a server that lets failed clients in', () => {
  startBefore({ saslUsers, extraConfig: { allowSaslFailedClients: 'true' } });

  test('does not make a client go on as a stranger', async () => {
    const sasl = { ...bad, whenNotOffered: 'digest' } as const;
    expect(await refusalOf({ sasl })).toMatchObject({ code: 'AuthFailed', serverCode: null });
    await using client = await open({ sasl: good });
    expect(client.authSchemes).toEqual(['sasl']);
  });
});

describe.each([
  { version: '3.6.4', rule: { sessionRequireClientSASLAuth: 'true' } },
  { version: '3.9.5', rule: { sessionRequireClientSASLAuth: 'true' } },
  { version: '3.9.5', rule: { 'enforce.auth.enabled': 'true', 'enforce.auth.schemes': 'sasl' } },
])('ZooKeeper $version with $rule', ({ version, rule }) => {
  startBefore({ version, saslUsers, extraConfig: rule });

  test('says that it demands authentication, to clients with none and with another', async () => {
    const demand = { code: 'SessionClosedRequireAuth', serverCode: -124, isRetryable: false };
    expect(await refusalOf({})).toMatchObject(demand);
    expect(await refusalOf({ auth: [digestAuth('admin', 'secret')] })).toMatchObject(demand);
  });

  test('serves who proves to be a user, and refuses who does not', async () => {
    await using client = await open({ sasl: good });
    expect(await client.exists('/')).not.toBeNull();
    expect(await refusalOf({ sasl: bad })).toMatchObject({ code: 'AuthFailed', serverCode: -124 });
  });
});

describe('a server that demands a digest', () => {
  startBefore({
    extraConfig: { 'enforce.auth.enabled': 'true', 'enforce.auth.schemes': 'digest' },
  });

  test('serves who presents one', async () => {
    expect(await refusalOf({})).toMatchObject({ code: 'SessionClosedRequireAuth' });
    await using client = await open({ auth: [digestAuth('admin', 'secret')] });
    expect(await client.exists('/')).not.toBeNull();
  });
});
