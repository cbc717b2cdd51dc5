import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, digestAuth, type Acl, type ZooKeeperClient } from '../../zookeeper/index.ts';
import { startZooKeeperServer, type ZooKeeperServer } from '../../zookeeper/testing/index.ts';
import { runSynchronize } from '../testing/run-worker.ts';

const SETUP_TIMEOUT_MS = 600_000;
const PROVIDER = '-Dzookeeper.DigestAuthenticationProvider';

/** As the server writes down a login; zookeeper.apache.org, "digestAlg". */
function aclId(user: string, password: string, algorithm: 'sha1' | 'sha256'): string {
  return `${user}:${createHash(algorithm).update(`${user}:${password}`).digest('base64')}`;
}

function only(id: string): readonly Acl[] {
  return [{ permissions: 31, scheme: 'digest', id }];
}

describe('a destination that hashes logins by another algorithm', () => {
  let dir = '';
  let servers: ZooKeeperServer[] = [];
  let source: ZooKeeperClient;
  let destination: ZooKeeperClient;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'worker-digest-'));
    writeFileSync(join(dir, 'user'), 'super');
    writeFileSync(join(dir, 'password'), 'secret');
    servers = await Promise.all([
      startZooKeeperServer({
        jvmArgs: [`${PROVIDER}.superDigest=${aclId('super', 'secret', 'sha1')}`],
      }),
      startZooKeeperServer({
        jvmArgs: [
          `${PROVIDER}.superDigest=${aclId('super', 'secret', 'sha256')}`,
          `${PROVIDER}.digestAlg=SHA-256`,
        ],
      }),
    ]);
    const auth = [digestAuth('super', 'secret')];
    source = await connect({ servers: [servers[0]!.address], auth });
    destination = await connect({ servers: [servers[1]!.address], auth });
    await source.create('/app', null);
    await source.create('/app/closed', null, { acl: only(aclId('app', 'app', 'sha1')) });
    await source.create('/app/new', null, { acl: only(aclId('app', 'app', 'sha256')) });
    await source.create('/app/text', null, { acl: only('app:app') });
  }, SETUP_TIMEOUT_MS);

  afterAll(async () => {
    await Promise.all([source.close(), destination.close()]);
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(dir, { recursive: true });
  });

  async function run() {
    return await runSynchronize({
      sourceServers: [servers[0]!.address],
      destinationServers: [servers[1]!.address],
      sourceCredentialsDir: dir,
      destinationCredentialsDir: dir,
      rootPath: '/app',
    });
  }

  test('has the lists of the source, and whose users cannot log in there is named in every run', async () => {
    const named = [
      {
        what: 'digestLogins',
        count: 1,
        paths: ['/app/closed'],
        remedy: expect.stringMatching(/hashed by SHA1.*SHA-256.*digestAlg/),
      },
    ];
    const first = await run();
    expect(first.result).toMatchObject({ verified: true, notCarried: named });
    expect(first.result?.message).toContain('1 znode');
    expect((await destination.getAcl('/app/closed')).acl).toEqual(
      (await source.getAcl('/app/closed')).acl,
    );
    const second = await run();
    expect(second.result).toMatchObject({
      verified: true,
      counts: { unchanged: 4 },
      notCarried: named,
    });
  });
});
