import { describe, expect, test } from '@jest/globals';
import { TERMINATION_MESSAGE_MAX_BYTES } from '../../api/worker-contract.ts';
import { TransactionLog } from '../../zookeeper/testing/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { seededRandom, testSeed } from '../../testing/seeded-random.ts';
import { controlDir } from '../storage/control-tree.ts';
import { churn, Mutator, plant } from '../testing/fire/mutator.ts';
import { SourceHistory } from '../testing/fire/source-history.ts';
import { loadReferee } from '../testing/referee.ts';
import { startWorker } from '../testing/run-worker.ts';
import {
  destination,
  destinationServer,
  root,
  source,
  sourceServer,
  synchronize,
  useTwoClusters,
} from '../testing/two-clusters.ts';
import { put, putMany, remove, snapshot, zxids } from '../testing/znodes.ts';

const TEST_TIMEOUT_MS = 90_000;

// The source takes larger znodes than the destination, as clusters that grew apart do.
useTwoClusters({ sourceOptions: { jvmArgs: ['-Djute.maxbuffer=4194304'] } });

const referee = await loadReferee();
const testWithReferee = referee === null ? test.skip : test;

describe('a worker that synchronizes', () => {
  testWithReferee(
    'copies the tree, as a foreign client sees it, and tells the story',
    async () => {
      await put(source, { [root]: 'root', [`${root}/null`]: null, [`${root}/empty`]: '' });
      await put(source, { [`${root}/a/b/c`]: 'deep', [`${root}/ü ✓`]: 'ü ✓' });
      await source.create(`${root}/lock`, null, { mode: 'ephemeral' });
      const { code, result, lines, terminationMessage } = await synchronize();
      expect(code).toBe(0);
      const copy = await referee?.(destinationServer.address, root);
      expect(copy).toEqual(await referee?.(sourceServer.address, root));
      expect(copy).toMatchObject({
        [`${root}/null`]: null,
        [`${root}/empty`]: '',
        [`${root}/ü ✓`]: 'ü ✓',
      });
      expect(result).toMatchObject({
        outcome: 'Success',
        verified: true,
        fenced: true,
        settled: true,
        counts: { created: 7, updated: 0, deleted: 0, unchanged: 0 },
        skipped: [{ reason: 'Ephemeral', count: 1, paths: [`${root}/lock`] }],
        notCarried: [],
      });
      expect(result?.source?.zxid).toMatch(/^0x[0-9a-f]+$/);
      expect(JSON.parse(terminationMessage ?? '')).toEqual(result);
      expect(Buffer.byteLength(terminationMessage ?? '')).toBeLessThan(
        TERMINATION_MESSAGE_MAX_BYTES,
      );
      // A busy machine answers slowly, and the run says so.
      const told = lines.map(({ message }) => message);
      expect(told.filter((message) => !message.startsWith('slowed down'))).toEqual([
        'synchronize',
        'connected',
        'connected',
        'fenced against other writers',
        'history of the source',
        'guards passed, the destination is empty',
        'compared and copied',
        'read back',
        'summary',
        'result',
      ]);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'brings updates and deletes over, and writes nothing when nothing changed',
    async () => {
      await put(source, { [root]: 'root', [`${root}/a`]: '1', [`${root}/b/c`]: '1' });
      expect((await synchronize()).code).toBe(0);
      await put(source, { [`${root}/a`]: null, [`${root}/d/e`]: 'new' });
      await remove(source, `${root}/b`);
      const changed = await synchronize();
      expect(changed.code).toBe(0);
      expect(changed.result).toMatchObject({
        verified: true,
        counts: { created: 2, updated: 1, deleted: 2, unchanged: 1 },
      });
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
      const before = await zxids(destination, root);
      const again = await synchronize();
      expect(again.result).toMatchObject({
        verified: true,
        counts: { created: 0, updated: 0, deleted: 0, unchanged: 4 },
      });
      expect(await zxids(destination, root)).toEqual(before);
      const { data } = await destination.getData(`${controlDir(root)}/memo`);
      expect(JSON.parse(String(data))).toMatchObject({
        version: 1,
        totals: { znodes: 4, bytes: 7 },
      });
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'leaves ephemerals of the destination and excluded znodes alone',
    async () => {
      await put(source, { [`${root}/a`]: 'a', [`${root}/cache/s`]: 's' });
      await put(destination, { [`${root}/cache/d`]: 'd', [`${root}/app/old`]: 'old' });
      await destination.create(`${root}/app/session`, null, { mode: 'ephemeral' });
      const { code, result } = await synchronize({ excludePaths: [`${root}/cache`] });
      expect(code).toBe(0);
      expect(await snapshot(destination, root)).toEqual({
        [root]: '',
        [`${root}/a`]: 'a',
        [`${root}/app`]: '',
        [`${root}/cache`]: '',
        [`${root}/cache/d`]: 'd',
      });
      expect(await destination.exists(`${root}/app/session`)).not.toBeNull();
      expect(result?.skipped).toEqual([
        { reason: 'Excluded', count: 1, paths: [`${root}/cache`] },
        { reason: 'DestinationOnly', count: 1, paths: [`${root}/app`] },
      ]);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'copies thousands of znodes in several batches',
    async () => {
      await putMany(source, `${root}/wide`, { count: 5_000, data: 'x'.repeat(300) });
      await put(source, { [root + '/deep'.repeat(50)]: 'bottom' });
      const first = await synchronize();
      expect(first.result).toMatchObject({ verified: true, counts: { created: 5_052 } });
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'copies the rest where a znode is too large, and is not a success',
    async () => {
      await put(source, { [`${root}/a`]: 'a', [`${root}/z`]: 'z' });
      await put(source, { [`${root}/large`]: 'x'.repeat(1_500_000) });
      await put(source, { [`${root}/fits`]: 'x'.repeat(1_000_000) });
      const { code, result } = await synchronize();
      expect(code).toBe(54);
      expect(result).toMatchObject({
        outcome: 'Incomplete',
        verified: true,
        counts: { created: 4 },
        skipped: [{ reason: 'TooLarge', count: 1, paths: [`${root}/large`] }],
      });
      expect(await destination.exists(`${root}/fits`)).not.toBeNull();
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'writes nothing in a dry run, not even its own znodes',
    async () => {
      await put(source, { [`${root}/a`]: 'a' });
      const { code, result, lines } = await synchronize({ dryRun: true });
      expect(code).toBe(0);
      expect(result).toMatchObject({ dryRun: true, verified: false, counts: { created: 2 } });
      expect(await destination.exists(root)).toBeNull();
      expect(lines.map(({ message }) => message)).not.toContain('fenced against other writers');
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'finds the tree below a chroot of each side',
    async () => {
      await put(source, { [`${root}/s/app/a`]: 'a' });
      const { code } = await synchronize({
        sourceServers: [`${sourceServer.address}${root}/s`],
        destinationServers: [`${destinationServer.address}${root}/d`],
        rootPath: '/app',
      });
      expect(code).toBe(0);
      expect(await snapshot(destination, root)).toEqual({
        [root]: '',
        [`${root}/d`]: '',
        [`${root}/d/app`]: '',
        [`${root}/d/app/a`]: 'a',
      });
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'copies what has the name of a reserved tree below a chroot, and sees what others do to it',
    async () => {
      const names = ['zookeeper', '.resiliency-operator', 'keeper'];
      const tree = (at: string, data: string) =>
        Object.fromEntries(names.map((name) => [`${at}/${name}/host`, data]));
      await put(source, tree(`${root}/s`, 'new'));
      await put(destination, { ...tree(`${root}/d`, 'old'), [`${root}/d/zookeeper/gone`]: '' });
      const args = {
        sourceServers: [`${sourceServer.address}${root}/s`],
        destinationServers: [`${destinationServer.address}${root}/d`],
        rootPath: '/',
      };
      const { code, result } = await synchronize(args);
      expect({ code, ...result?.counts }).toMatchObject({
        ...{ code: 0, created: 0, updated: 3, deleted: 1, unchanged: 4 },
      });
      expect(result?.skipped).toEqual([]);
      await put(destination, { [`${root}/d/zookeeper/host`]: 'changed' });
      expect(await synchronize(args)).toMatchObject({ code: 52 });
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'says what has no place at the destination, because it would be the own tree of that ensemble',
    async () => {
      await put(source, {
        [`${root}/s/zookeeper/quota`]: 'app',
        [`${root}/s/a-${root.slice(1)}`]: '',
      });
      const args = {
        sourceServers: [`${sourceServer.address}${root}/s`],
        deletionPolicy: 'Keep' as const,
        rootPath: '/',
      };
      const first = await synchronize(args);
      expect(first).toMatchObject({ code: 54, result: { outcome: 'Incomplete' } });
      expect(first.result?.skipped).toContainEqual({
        ...{ reason: 'ReservedPath', count: 1, paths: ['/zookeeper'] },
      });
      expect(await destination.exists(`/a-${root.slice(1)}`)).not.toBeNull();
      expect((await destination.getData('/zookeeper/quota')).data?.toString() ?? '').toBe('');
      const left = await synchronize({ ...args, excludePaths: ['/zookeeper'] });
      expect(left).toMatchObject({ code: 0, result: { verified: true } });
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'copies within one ensemble from one chroot to another, and says no if they overlap',
    async () => {
      await put(source, { [`${root}/s/app/a`]: 'a' });
      const there = (chroot: string) => [`${sourceServer.address}${root}${chroot}`];
      const servers = { sourceServers: there('/s'), destinationServers: there('/d') };
      expect((await synchronize({ ...servers, rootPath: '/app' })).code).toBe(0);
      expect(await source.exists(`${root}/d/app/a`)).not.toBeNull();
      const overlapping = { sourceServers: there('/s'), destinationServers: there('/s/app') };
      const { code, result } = await synchronize({ ...overlapping, rootPath: '/' });
      expect(code).toBe(51);
      expect(result?.guard).toBe('SameEnsemble');
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'tells with diff what differs, and writes nothing',
    async () => {
      await put(source, { [`${root}/a`]: 'new', [`${root}/b`]: 'b' });
      await put(destination, { [`${root}/a`]: 'old', [`${root}/c`]: 'c' });
      const before = await zxids(destination, root);
      const words = [
        'diff',
        `--source-servers=${sourceServer.address}`,
        `--destination-servers=${destinationServer.address}`,
        `--root-path=${root}`,
        '--format=json',
      ];
      const differing = await (await startWorker(words)).exited;
      expect(differing.code).toBe(3);
      expect(differing.lines).toEqual([
        { kind: 'update', path: `${root}/a` },
        { kind: 'create', path: `${root}/b` },
        { kind: 'delete', path: `${root}/c` },
        { kind: 'summary', rootPath: root, create: 1, update: 1, delete: 1, same: 1 },
      ]);
      expect(JSON.parse(differing.terminationMessage ?? '')).toMatchObject({
        outcome: 'Differences',
        counts: { created: 1, updated: 1, deleted: 1, unchanged: 1 },
      });
      expect(await zxids(destination, root)).toEqual(before);
      expect((await synchronize()).code).toBe(0);
      expect((await (await startWorker(words)).exited).code).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );
});

describe('a source that changes all the time', () => {
  test(
    'is copied and verified: each path as it was at the point of the copy or later',
    async () => {
      const log = new TransactionLog(sourceServer.dataDir);
      const history = new SourceHistory(root);
      const random = seededRandom(testSeed());
      await plant(source, root);
      const mutator = new Mutator(source, root, random);
      await eventually(() => mutator.made > 100, { timeoutMs: TEST_TIMEOUT_MS });
      // Into nothing, and into a copy of a moment ago.
      for (const destinationHas of ['nothing', 'a copy']) {
        await churn(source, root, random);
        const { code, result } = await synchronize();
        const end = { code, destinationHas, message: result?.message };
        expect(end).toMatchObject({ code: 0, message: expect.stringContaining('verified') });
        expect(result).toMatchObject({ verified: true, settled: false });
        history.see(await log.read());
        const point = BigInt(result?.source?.zxid ?? -1);
        const copy = await snapshot(destination, root);
        expect(history.pathsNotHeldSince(point, copy)).toEqual([]);
      }
      await mutator.rest();
      expect((await synchronize()).result).toMatchObject({ verified: true, settled: true });
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
    },
    TEST_TIMEOUT_MS,
  );
});

describe('a guard refuses', () => {
  test(
    'to copy an ensemble onto itself, by whatever address',
    async () => {
      await put(source, { [`${root}/a`]: 'a' });
      const { code, result } = await synchronize({
        sourceServers: [`localhost:${sourceServer.port}`],
        destinationServers: [`127.0.0.1:${sourceServer.port}`],
      });
      expect(code).toBe(51);
      expect(result).toMatchObject({ outcome: 'GuardRefused', guard: 'SameEnsemble' });
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'a source without the root',
    async () => {
      await put(destination, { [`${root}/a`]: 'a' });
      const { code, result } = await synchronize();
      expect(code).toBe(51);
      expect(result?.guard).toBe('SourceRootMissing');
      expect(await destination.exists(`${root}/a`)).not.toBeNull();
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'a destination without the root, if it may not be created',
    async () => {
      await put(source, { [root]: 'a' });
      const { code, result } = await synchronize({ createRootPath: false });
      expect(code).toBe(51);
      expect(result?.guard).toBe('DestinationRootMissing');
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'an empty source, unless that is allowed',
    async () => {
      await put(source, { [root]: '' });
      await source.create(`${root}/lock`, null, { mode: 'ephemeral' });
      await put(destination, { [`${root}/a`]: 'a' });
      const refused = await synchronize();
      expect(refused.code).toBe(51);
      expect(refused.result?.guard).toBe('EmptySource');
      expect(await destination.exists(`${root}/a`)).not.toBeNull();
      const allowed = await synchronize({ allowEmptySource: true });
      expect(allowed.code).toBe(0);
      expect(await destination.exists(`${root}/a`)).toBeNull();
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'to delete most of the destination',
    async () => {
      await putMany(destination, root, { count: 200 });
      await put(source, { [`${root}/n0`]: '' });
      const before = await zxids(destination, root);
      const refused = await synchronize();
      expect(refused.code).toBe(51);
      expect(refused.result?.guard).toBe('MassDeletion');
      expect(await zxids(destination, root)).toEqual(before);
      const allowed = await synchronize({ deletionMaxPercent: 100 });
      expect(allowed.code).toBe(0);
      expect(allowed.result?.counts.deleted).toBe(199);
    },
    TEST_TIMEOUT_MS,
  );
});
