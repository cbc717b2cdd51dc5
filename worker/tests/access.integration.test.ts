import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import { digestAclId, permissions, type Acl, type ZooKeeperClient } from '../../zookeeper/index.ts';
import { startSecureServer, type SecureServer } from '../../zookeeper/testing/index.ts';
import { createAuthority } from '../../testing/certificates.ts';
import { runSynchronize, type WorkerExit } from '../testing/run-worker.ts';
import { open, put } from '../testing/znodes.ts';

const SETUP_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 120_000;
const user = 'admin';
const password = 'password';

/** A way in, and the ACL entry that only it satisfies; null for nobody in particular. */
interface Access {
  readonly name: string;
  readonly isTls: boolean;
  readonly authentication: 'None' | 'Digest' | 'Sasl';
  /** Keys of the Secret. */
  readonly keys: readonly string[];
  readonly identity: Pick<Acl, 'scheme' | 'id'> | null;
}

const PASSWORD_KEYS = ['user', 'password'];
const TLS_KEYS = ['ca.crt'];
const MTLS_KEYS = [...TLS_KEYS, 'tls.crt', 'tls.key'];

const NONE: Access = {
  ...{ name: 'nothing', isTls: false, authentication: 'None', keys: [], identity: null },
};
const ACCESSES: readonly Access[] = [
  NONE,
  {
    ...{ name: 'a digest', isTls: false, authentication: 'Digest', keys: PASSWORD_KEYS },
    identity: { scheme: 'digest', id: digestAclId(user, password) },
  },
  {
    ...{ name: 'SASL', isTls: false, authentication: 'Sasl', keys: PASSWORD_KEYS },
    identity: { scheme: 'sasl', id: user },
  },
  { name: 'TLS', isTls: true, authentication: 'None', keys: TLS_KEYS, identity: null },
  {
    ...{ name: 'a client certificate', isTls: true, authentication: 'None', keys: MTLS_KEYS },
    identity: { scheme: 'x509', id: 'CN=client' },
  },
];

let dir: string;
let files: Readonly<Record<string, string>>;
let servers: Readonly<Record<Side, SecureServer>>;
let clients: Readonly<Record<Side, ZooKeeperClient>>;

type Side = 'source' | 'destination';

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'worker-access-'));
  const authority = await createAuthority(join(dir, 'authority'), 'authority');
  const certificate = await authority.issue('server', { names: ['zk.example'], addresses: [] });
  const { cert, key } = await authority.issue('client');
  files = { user, password, 'ca.crt': authority.cert, 'tls.crt': cert, 'tls.key': key };
  const options = {
    tls: { certificate, trusted: authority.cert, clientAuth: 'want' as const },
    saslUsers: { [user]: password },
  };
  const [source, destination] = await Promise.all([
    startSecureServer(options),
    startSecureServer(options),
  ]);
  servers = { source, destination };
  clients = { source: await open(source), destination: await open(destination) };
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await Promise.all(Object.values(clients).map((client) => client.close()));
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  rmSync(dir, { recursive: true, force: true });
});

function secretFor({ keys }: Access): string {
  const mounted = mkdtempSync(join(dir, 'secret-'));
  for (const key of keys) writeFileSync(join(mounted, key), files[key] ?? '');
  return mounted;
}

function argumentsOf<S extends Side>(side: S, access: Access): Partial<SynchronizeArguments> {
  const { address, secureAddress } = servers[side];
  return {
    [`${side}Servers`]: [access.isTls ? secureAddress : address],
    [`${side}Authentication`]: access.authentication,
    ...(access.keys.length === 0 ? {} : { [`${side}CredentialsDir`]: secretFor(access) }),
    ...(access.isTls ? { [`${side}Tls`]: true, [`${side}TlsServerName`]: 'zk.example' } : {}),
  };
}

function synchronize(rootPath: string, access: Record<Side, Access>): Promise<WorkerExit> {
  return runSynchronize({
    ...argumentsOf('source', access.source),
    ...argumentsOf('destination', access.destination),
    rootPath,
    // A list that names only the source's user would lock one out who comes as nobody.
    preserveAcls: access.destination.identity !== null,
  } as SynchronizeArguments);
}

/** A root on both sides that only those who come by their access may read and write. */
async function plant(root: string, { source, destination }: Record<Side, Access>): Promise<void> {
  await put(clients.source, { [root]: '', [`${root}/a`]: 'a' });
  await put(clients.destination, { [root]: '' });
  // Those of the destination may read at the source, too: what they copy stays theirs.
  await protect(clients.source, root, source.identity === null ? [] : [source, destination]);
  await protect(clients.destination, root, [destination]);
}

async function protect(client: ZooKeeperClient, path: string, accesses: readonly Access[]) {
  const acl = accesses.flatMap(({ identity }): Acl[] =>
    identity === null ? [] : [{ ...identity, permissions: permissions.all }],
  );
  if (acl.length > 0) await client.setAcl(path, acl);
}

const PAIRS = ACCESSES.flatMap((source) =>
  ACCESSES.map((destination) => ({
    ...{ from: source.name, to: destination.name },
    access: { source, destination },
  })),
);

describe('a copy', () => {
  test.each(PAIRS)(
    'from a source by $from to a destination by $to',
    async ({ from, to, access }) => {
      const root = `/${from}-${to}`;
      await plant(root, access);
      const { code, result, lines } = await synchronize(root, access);
      expect({ code, message: result?.message }).toEqual({
        ...{ code: 0, message: expect.stringContaining('Copied and verified') as unknown },
      });
      const { data } = await clients.destination.getData(`${root}/a`);
      expect(data?.toString()).toBe('a');
      const connected = lines.filter(({ message }) => message === 'connected');
      const schemeOf = { None: [], Digest: ['digest'], Sasl: ['sasl'] };
      for (const side of ['source', 'destination'] as const) {
        const { isTls, authentication } = access[side];
        expect(connected).toContainEqual(
          expect.objectContaining({ side, tls: isTls, authentication: schemeOf[authentication] }),
        );
      }
    },
    TEST_TIMEOUT_MS,
  );

  test.each(
    ACCESSES.filter(({ identity }) => identity !== null).flatMap((access) => [
      { name: access.name, side: 'source' as const, access },
      { name: access.name, side: 'destination' as const, access },
    ]),
  )(
    'is refused where the $side asks for $name and does not get it',
    async ({ name, side, access }) => {
      const root = `/without-${name}-${side}`;
      await plant(root, { source: NONE, destination: NONE, [side]: access });
      const { code, result } = await synchronize(root, { source: NONE, destination: NONE });
      expect(code).toBe(50);
      expect(result?.message).toContain(`The ${side} does not let this user read ${root}`);
    },
    TEST_TIMEOUT_MS,
  );
});
