import { describe, expect, test } from '@jest/globals';
import { connect } from '../../zookeeper/index.ts';
import {
  serverMode,
  startZooKeeperEnsemble,
  startZooKeeperServer,
} from '../../zookeeper/testing/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { createRaw } from '../testing/raw-znodes.ts';
import { startWorker } from '../testing/run-worker.ts';
import {
  destination,
  root,
  secret,
  source,
  sourceServer,
  synchronize,
  useTwoClusters,
} from '../testing/two-clusters.ts';
import { open, put, putMany } from '../testing/znodes.ts';

const SETUP_TIMEOUT_MS = 600_000;

useTwoClusters();

describe('names that only servers of 3.4 take', () => {
  test(
    'are told, escaped, and the rest is copied; diff tells them, too, and an exclusion leaves them out',
    async () => {
      await using old = await startZooKeeperServer({ version: '3.4.14' });
      const at = (name: string) => Buffer.from(`${root}${name}`, 'utf8');
      const names = ['', '/good1', '/bad\x7f', '/bad\uf8ff', '/bad\ufff0', '/good2'];
      await createRaw(old, names.map(at));
      const args = { sourceServers: [old.address] };
      const { code, result } = await synchronize(args);
      expect(code).toBe(54);
      expect(result).toMatchObject({ counts: { created: 3 }, verified: true });
      expect(result?.skipped).toMatchObject([{ reason: 'InvalidName', count: 3 }]);
      expect([...(result?.skipped[0]?.paths ?? [])].sort()).toEqual(
        ['\\u007f', '\\uf8ff', '\\ufff0'].map((shown) => `${root}/bad${shown}`),
      );
      expect(result?.message).toContain('3 InvalidName');
      const { children } = await destination.getChildren(root);
      expect(children.sort()).toEqual(['good1', 'good2']);
      const diff = await startWorker([
        ...['diff', `--source-servers=${old.address}`, `--root-path=${root}`],
        `--destination-servers=${destination.server ?? ''}`,
      ]);
      expect((await diff.exited).code).toBe(54);
      const without = await synchronize({ ...args, excludePaths: [`${root}/bad?`] });
      expect(without).toMatchObject({ code: 0, result: { verified: true } });
    },
    SETUP_TIMEOUT_MS,
  );

  test(
    'stay at a destination that has them, and are told',
    async () => {
      await using old = await startZooKeeperServer({ version: '3.4.14' });
      await createRaw(old, [
        Buffer.from(root),
        Buffer.from(`${root}/gone`),
        Buffer.from(`${root}/gone/bad\x7f`),
      ]);
      await put(source, { [`${root}/a`]: '' });
      const { code, result } = await synchronize({ destinationServers: [old.address] });
      expect({ code, created: result?.counts.created }).toEqual({ code: 54, created: 1 });
      expect(result?.skipped).toEqual([
        { reason: 'InvalidName', count: 1, paths: [`${root}/gone/bad\\u007f`] },
        { reason: 'DestinationOnly', count: 1, paths: [`${root}/gone`] },
      ]);
      const kept = await synchronize({ destinationServers: [old.address], deletionPolicy: 'Keep' });
      expect(kept).toMatchObject({ code: 0 });
    },
    SETUP_TIMEOUT_MS,
  );
});

describe('a quota at the destination', () => {
  test.each([
    { limit: 'count', quota: 'count=-1,bytes=-1;byteHardLimit=-1;countHardLimit=5' },
    { limit: 'bytes', quota: 'count=-1,bytes=-1;byteHardLimit=2000;countHardLimit=-1' },
  ])(
    'of $limit is told by its name, counts nothing that was copied, and has a remedy',
    async ({ quota }) => {
      await using server = await startZooKeeperServer({
        extraConfig: { enforceQuota: 'true' },
        jvmArgs: ['-Dzookeeper.enforceQuota=true'],
      });
      const admin = await open(server);
      await admin.create(root, null);
      await put(admin, {
        [`/zookeeper/quota${root}/zookeeper_limits`]: quota,
        [`/zookeeper/quota${root}/zookeeper_stats`]: 'count=1,bytes=0',
      });
      await putMany(source, root, { count: 600, data: 'x'.repeat(50) });
      // Checked against what is applied, so one transaction overshoots: the next run finds it full.
      const args = { destinationServers: [server.address] };
      await synchronize(args);
      await put(source, { [`${root}/later`]: 'x'.repeat(2_000) });
      const { code, result } = await synchronize(args);
      expect(code).toBe(54);
      const quotaEntry = result?.skipped.find(({ reason }) => reason === 'QuotaExceeded');
      const missing = [];
      for (const name of (await source.getChildren(root)).children) {
        if ((await admin.exists(`${root}/${name}`)) === null) missing.push(name);
      }
      expect(quotaEntry?.count).toBe(missing.length);
      expect(result?.skipped).toHaveLength(1);
      expect(result?.message).toContain('QuotaExceeded');
      expect(result?.message).toContain('setquota');
      await admin.close();
    },
    SETUP_TIMEOUT_MS,
  );
});

describe('ensembles with local sessions', () => {
  test(
    'that are not upgraded are refused with the setting to change, and nothing is written',
    async () => {
      await using ensemble = await startZooKeeperEnsemble({
        extraConfig: { localSessionsEnabled: 'true' },
      });
      await put(source, { [`${root}/a`]: '' });
      const { code, result } = await synchronize({ destinationServers: ensemble.addresses });
      expect(code).toBe(51);
      expect(result).toMatchObject({ outcome: 'GuardRefused', guard: 'LocalSessions' });
      expect(result?.message).toContain('localSessionsUpgradingEnabled=true');
      const client = await connect({ servers: ensemble.addresses });
      expect(await client.exists(root)).toBeNull();
      await client.close();
    },
    SETUP_TIMEOUT_MS,
  );

  test(
    'that are upgraded are copied to, and are known as one ensemble by whatever member',
    async () => {
      await using ensemble = await startZooKeeperEnsemble({
        extraConfig: { localSessionsEnabled: 'true', localSessionsUpgradingEnabled: 'true' },
      });
      const [first = '', second = '', third = ''] = ensemble.addresses;
      await put(source, { [`${root}/a`]: '' });
      const copied = await synchronize({ destinationServers: ensemble.addresses });
      expect(copied).toMatchObject({ code: 0, result: { verified: true, fenced: true } });
      const itself = { sourceServers: [first], destinationServers: [second] };
      expect(await synchronize(itself)).toMatchObject({
        code: 51,
        result: { guard: 'SameEnsemble' },
      });
      const sides = { sourceServers: [first, second, third], destinationServers: [third] };
      expect(await synchronize({ ...sides, dryRun: true })).toMatchObject({
        code: 51,
        result: { guard: 'SameEnsemble' },
      });
    },
    SETUP_TIMEOUT_MS,
  );
});

describe('servers that let nobody in', () => {
  test(
    'without credentials are told so, and are not said to have refused any',
    async () => {
      await using strict = await startZooKeeperServer({
        jvmArgs: [
          '-Dzookeeper.enforce.auth.enabled=true',
          '-Dzookeeper.enforce.auth.schemes=x509',
          '-Dzookeeper.authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider',
        ],
      });
      const without = await synchronize({ destinationServers: [strict.address] });
      expect(without.code).toBe(50);
      expect(without.result?.message).toContain('no credentials are used: offer user and password');
      expect(without.result?.message).not.toContain('refused the credentials');
      const destinationCredentialsDir = secret({ user: 'a', password: 'b' });
      const other = await synchronize({
        destinationServers: [strict.address],
        destinationCredentialsDir,
      });
      expect(other.code).toBe(50);
      expect(other.result?.message).toContain('enforce.auth.schemes');
      expect(other.result?.message).not.toContain('check user and password');
    },
    SETUP_TIMEOUT_MS,
  );

  test(
    'because they are cut off from their quorum say so, and not that TLS may be expected',
    async () => {
      await using ensemble = await startZooKeeperEnsemble({ readOnlyMode: true });
      const [survivor, ...others] = ensemble.members;
      if (survivor === undefined) throw new Error('no member');
      await Promise.all(others.map((member) => member.kill('SIGKILL')));
      await eventually(async () => (await serverMode(survivor)) === 'read-only', {
        timeoutMs: SETUP_TIMEOUT_MS,
        description: 'a read-only survivor',
      });
      const { code, result } = await synchronize({
        sourceServers: [sourceServer.address],
        destinationServers: [survivor.address],
        destinationSessionTimeoutSeconds: 4,
      });
      expect(code).toBe(41);
      expect(result?.message).toMatch(/ZooKeeper runs there, but .*no quorum/);
      expect(result?.message).not.toMatch(/tls/iu);
    },
    SETUP_TIMEOUT_MS,
  );
});
