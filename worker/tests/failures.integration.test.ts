import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import { connect, creatorAllAcl, permissions } from '../../zookeeper/index.ts';
import {
  startFaultProxy,
  startZooKeeperEnsemble,
  startZooKeeperServer,
  type Fault,
  type ProxyServer,
} from '../../zookeeper/testing/index.ts';
import { eventually } from '../../testing/eventually.ts';
import { freePort } from '../../testing/free-port.ts';
import { controlDir } from '../storage/control-tree.ts';
import { startWorker, type RunningWorker } from '../testing/run-worker.ts';
import {
  argumentsWith,
  destination,
  destinationServer,
  root,
  secret,
  source,
  synchronize,
  useTwoClusters,
} from '../testing/two-clusters.ts';
import { open, put, putMany, snapshot } from '../testing/znodes.ts';

const SETUP_TIMEOUT_MS = 600_000;
const TEST_TIMEOUT_MS = 120_000;

useTwoClusters();

const credentials = (user: string, password: string) => secret({ user, password });

describe('servers that cannot be used', () => {
  test(
    'are told by side, and are worth a retry',
    async () => {
      const nobody = [`127.0.0.1:${await freePort()}`];
      const [noSource, noDestination] = await Promise.all([
        synchronize({ sourceServers: nobody, sourceSessionTimeoutSeconds: 2 }),
        synchronize({ destinationServers: nobody, destinationSessionTimeoutSeconds: 2 }),
      ]);
      expect(noSource.code).toBe(40);
      expect(noSource.result?.message).toContain(`No session with the source (${nobody[0]})`);
      expect(noSource.result?.message).toContain('ConnectionRefused');
      expect(noDestination.code).toBe(41);
      expect(noDestination.result?.outcome).toBe('DestinationUnavailable');
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'because they speak another protocol are told so',
    async () => {
      const web = await new Promise<Server>((resolve) => {
        const server = createServer((_request, response) => response.end('hello'));
        server.listen(0, '127.0.0.1', () => {
          resolve(server);
        });
      });
      const { port } = web.address() as AddressInfo;
      const args = { sourceServers: [`127.0.0.1:${port}`], sourceSessionTimeoutSeconds: 2 };
      const { code, result } = await synchronize(args);
      web.closeAllConnections();
      web.close();
      expect(code).toBe(40);
      expect(result?.message).toContain('NotZooKeeper');
    },
    TEST_TIMEOUT_MS,
  );
});

describe('rights', () => {
  test(
    'that the credentials give are used',
    async () => {
      await put(source, { [`${root}/a`]: 'a' });
      await destination.create(root, null, { acl: creatorAllAcl });
      const without = await synchronize();
      expect(without.code).toBe(50);
      expect(without.result).toMatchObject({ outcome: 'AuthenticationFailed' });
      expect(without.result?.message).toContain(`does not let this user read ${root}`);
      const wrong = await synchronize({
        destinationCredentialsDir: credentials('admin', 'wrong'),
      });
      expect(wrong.code).toBe(50);
      const right = await synchronize({
        destinationCredentialsDir: credentials('admin', 'password'),
      });
      expect(right.code).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'that are missing for a part make the copy incomplete, and name it',
    async () => {
      await put(source, { [`${root}/a`]: 'a', [`${root}/secret`]: 's', [`${root}/z`]: 'z' });
      await source.setAcl(`${root}/secret`, [
        { permissions: permissions.all, scheme: 'digest', id: 'somebody:else' },
      ]);
      const { code, result } = await synchronize();
      expect(code).toBe(54);
      expect(result?.skipped).toEqual([
        { reason: 'NoPermission', count: 1, paths: [`${root}/secret`] },
      ]);
      expect(result?.counts.created).toBe(3);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'cannot come of a broken Secret, whose content stays secret',
    async () => {
      const broken = credentials('admin', 'pass-word\n');
      const { code, result, lines, stderr } = await synchronize({ sourceCredentialsDir: broken });
      expect(code).toBe(50);
      expect(result?.message).toContain('has a line break at the end of password');
      expect(JSON.stringify(lines) + stderr).not.toContain('pass-word');
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'to fence are missing: the copy is made, and says that it is not fenced',
    async () => {
      await using server = await startZooKeeperServer();
      const admin = await open(server);
      await admin.create(root, null);
      await admin.setAcl('/', [{ permissions: permissions.read, scheme: 'world', id: 'anyone' }]);
      await admin.close();
      await put(source, { [`${root}/a`]: 'a' });
      const { code, result, lines } = await synchronize({ destinationServers: [server.address] });
      expect(code).toBe(0);
      expect(result).toMatchObject({ verified: true, fenced: false });
      expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([
        { message: 'not fenced: no right to create the control tree' },
      ]);
    },
    SETUP_TIMEOUT_MS,
  );
});

describe('a root that somebody holds', () => {
  const HOLDERS = [
    { who: 'an earlier run of the same writer', writerId: 'a', code: 43 },
    { who: 'another writer', writerId: 'b', code: 53 },
  ] as const;
  const OUTCOMES = { 43: 'PreviousRunAlive', 53: 'AnotherWriter' } as const;

  test.each(HOLDERS)(
    'is left alone while $who is alive',
    async ({ writerId, code }) => {
      await put(source, { [`${root}/a`]: '1' });
      expect((await synchronize({ writerId: 'a' })).code).toBe(0);
      await put(source, { [`${root}/a`]: '2' });
      const holder = Buffer.from(JSON.stringify({ writerId }));
      await destination.create(`${controlDir(root)}/holder-0`, holder, { mode: 'ephemeral' });
      const run = await synchronize({ writerId: 'a', destinationSessionTimeoutSeconds: 4 });
      expect(run.code).toBe(code);
      expect(run.result?.outcome).toBe(OUTCOMES[code]);
      expect((await snapshot(destination, root))[`${root}/a`]).toBe('1');
    },
    TEST_TIMEOUT_MS,
  );
});

describe('a command line that is not understood', () => {
  test.each([
    { words: ['sync'], says: "unknown command 'sync'" },
    { words: ['synchronize', '--root-path=a//b'], says: '--root-path' },
    { words: ['synchronize', '--no-such-flag'], says: "unknown option '--no-such-flag'" },
  ])('ends with 2 and says why: $words', async ({ words, says }) => {
    const { code, stderr, result, terminationMessage } = await (await startWorker(words)).exited;
    expect(code).toBe(2);
    expect(stderr).toContain(says);
    expect(result).toBeNull();
    expect(JSON.parse(terminationMessage ?? '')).toMatchObject({
      ...{ version: 1, outcome: 'BadArguments', verified: false },
      message: expect.stringContaining(says) as unknown,
    });
  });
});

describe('a run that is interrupted', () => {
  test(
    'by SIGTERM, or by its deadline, ends with a result although a server hangs',
    async () => {
      await putMany(source, root, { count: 2_000, data: 'x'.repeat(500) });
      const hanging = await startZooKeeperServer();
      const words = synchronizeCommandLine(
        argumentsWith({ destinationServers: [hanging.address], writerId: 'a' }),
      );
      const worker = await startWorker(words);
      await worker.logged('connected');
      await hanging.kill('SIGSTOP');
      worker.kill('SIGTERM');
      const terminated = await worker.exited;
      const late = await synchronize({
        destinationServers: [hanging.address],
        deadlineSeconds: 2,
      });
      await hanging.stop();
      expect(terminated.code).toBe(44);
      expect(terminated.result).toMatchObject({ outcome: 'Terminated', verified: false });
      expect(JSON.parse(terminated.terminationMessage ?? '')).toEqual(terminated.result);
      expect(late.code).toBe(45);
      expect(late.result?.outcome).toBe('DeadlineExceeded');
    },
    SETUP_TIMEOUT_MS,
  );

  interface Interruption {
    readonly by: string;
    readonly code: number;
    readonly args: Partial<SynchronizeArguments>;
    readonly interrupt: (worker: RunningWorker, line: ProxyServer) => void;
  }

  /** The session outlives the interruption, and the next run waits for its end. */
  const STALLED_FOR_LONGER = { destinationSessionTimeoutSeconds: 12 };

  const INTERRUPTIONS: readonly Interruption[] = [
    {
      by: 'SIGTERM',
      code: 44,
      args: STALLED_FOR_LONGER,
      interrupt: (worker) => worker.kill('SIGTERM'),
    },
    {
      by: 'its deadline',
      code: 45,
      args: { ...STALLED_FOR_LONGER, deadlineSeconds: 3 },
      interrupt: () => undefined,
    },
    {
      by: 'the loss of its session',
      code: 42,
      args: { destinationSessionTimeoutSeconds: 4 },
      interrupt: (_worker, line) => {
        line.isRefusing = true;
        line.cut();
      },
    },
  ];

  test.each(INTERRUPTIONS)(
    'by $by in the middle of copying is finished by the next one, which does not begin anew',
    async ({ code, args, interrupt }) => {
      await putMany(source, `${root}/many`, { count: 10_000, data: 'x'.repeat(200) });
      // Some batches come through, and then nothing more.
      const fault: Fault = { direction: 'requests', afterBytes: 1_000_000, kind: 'stall' };
      await using line = await startFaultProxy({ target: destinationServer, plan: () => fault });
      const destinationServers = [line.address];
      const words = synchronizeCommandLine(argumentsWith({ destinationServers, ...args }));
      const worker = await startWorker(words);
      await eventually(() => line.faultCount > 0, { timeoutMs: TEST_TIMEOUT_MS });
      interrupt(worker, line);
      const first = await worker.exited;
      expect(first).toMatchObject({ code, result: { verified: false } });
      const copied = Object.keys(await snapshot(destination, root)).length;
      expect(copied).toBeGreaterThan(1_000);
      expect(copied).toBeLessThan(10_002);
      expect(first.result?.counts.created).toBeLessThanOrEqual(copied);
      const next = await synchronize();
      expect(next).toMatchObject({ code: 0, result: { verified: true } });
      expect(next.result?.counts).toMatchObject({ created: 10_002 - copied, unchanged: copied });
      expect(await snapshot(destination, root)).toEqual(await snapshot(source, root));
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'by the loss of the leader goes on with the next one, or is finished by the next run',
    async () => {
      await putMany(source, `${root}/many`, { count: 10_000, data: 'x'.repeat(200) });
      await using ensemble = await startZooKeeperEnsemble();
      const leader = await ensemble.leader();
      // The leader first, so that the session is there, too.
      const destinationServers = [leader.address, ...ensemble.addresses];
      const worker = await startWorker(
        synchronizeCommandLine(argumentsWith({ destinationServers })),
      );
      await worker.logged('guards passed, the destination is empty');
      await leader.kill('SIGKILL');
      const { code } = await worker.exited;
      expect([0, 42]).toContain(code);
      const survivors = ensemble.addresses.filter((address) => address !== leader.address);
      const client = await connect({ servers: survivors });
      await client.sync('/');
      const copied = Object.keys(await snapshot(client, root)).length;
      const next = await synchronize({ destinationServers: survivors });
      expect(next).toMatchObject({ code: 0, result: { verified: true } });
      expect(next.result?.counts).toMatchObject({ created: 10_002 - copied, unchanged: copied });
      expect(await snapshot(client, root)).toEqual(await snapshot(source, root));
      await client.close();
    },
    SETUP_TIMEOUT_MS,
  );

  test(
    'by the end of a session is worth a retry',
    async () => {
      await putMany(source, root, { count: 20_000, data: 'x'.repeat(200) });
      const dying = await startZooKeeperServer();
      const worker = await startWorker(
        synchronizeCommandLine(
          argumentsWith({
            destinationServers: [dying.address],
            destinationSessionTimeoutSeconds: 4,
          }),
        ),
      );
      await worker.logged('connected');
      await dying.kill('SIGKILL');
      const { code, result } = await worker.exited;
      await dying.stop();
      // Killed before both sides were connected, it never was a session that could be lost.
      expect([41, 42]).toContain(code);
      expect(['DestinationUnavailable', 'SessionLost']).toContain(result?.outcome);
    },
    SETUP_TIMEOUT_MS,
  );

  test(
    'by a restart of the destination goes on and is verified',
    async () => {
      await putMany(source, root, { count: 20_000, data: 'x'.repeat(200) });
      await using restarting = await startZooKeeperServer();
      const worker = await startWorker(
        synchronizeCommandLine(argumentsWith({ destinationServers: [restarting.address] })),
      );
      await worker.logged('guards passed, the destination is empty');
      await restarting.restart();
      const { code, result } = await worker.exited;
      expect(code).toBe(0);
      expect(result?.verified).toBe(true);
      const client = await open(restarting);
      expect(await snapshot(client, root)).toEqual(await snapshot(source, root));
      await client.close();
    },
    SETUP_TIMEOUT_MS,
  );
});

describe('old servers', () => {
  test.each(['source', 'destination'] as const)(
    'before 3.4, which know no transactions, are refused as %s',
    async (side) => {
      await using old = await startZooKeeperServer({ version: '3.3.6' });
      await put(source, { [`${root}/a`]: '1' });
      const { code, result } = await synchronize({ [`${side}Servers`]: [old.address] });
      expect(code).toBe(51);
      expect(result).toMatchObject({ outcome: 'GuardRefused', guard: 'ServerTooOld' });
      expect(result?.message).toContain(`The ${side} (${old.address}) is older than ZooKeeper 3.4`);
    },
    SETUP_TIMEOUT_MS,
  );

  test(
    'without multiRead, and with a smaller limit of packets, are copied to and from',
    async () => {
      const old = { version: '3.5.10' };
      await using oldSource = await startZooKeeperServer(old);
      await using oldDestination = await startZooKeeperServer({
        ...old,
        jvmArgs: ['-Djute.maxbuffer=200000'],
      });
      const client = await open(oldSource);
      await putMany(client, `${root}/many`, { count: 1_000, data: 'x'.repeat(300) });
      await put(client, { [`${root}/a`]: null, [`${root}/large`]: 'x'.repeat(300_000) });
      const { code, result } = await synchronize({
        sourceServers: [oldSource.address],
        destinationServers: [oldDestination.address],
      });
      expect(code).toBe(54);
      expect(result).toMatchObject({
        verified: true,
        skipped: [{ reason: 'TooLarge', count: 1, paths: [`${root}/large`] }],
        counts: { created: 1_003 },
      });
      await client.close();
    },
    SETUP_TIMEOUT_MS,
  );
});

describe('a termination message that cannot be written', () => {
  test(
    'costs a warning and nothing else',
    async () => {
      await put(source, { [`${root}/a`]: 'a' });
      const file = join(secret({}), 'nowhere', 'termination-log');
      const words = synchronizeCommandLine(argumentsWith({}));
      const worker = await startWorker([...words, `--termination-message-path=${file}`]);
      const { code, lines } = await worker.exited;
      expect(code).toBe(0);
      expect(lines.map(({ message }) => message)).toContain('termination message not written');
    },
    TEST_TIMEOUT_MS,
  );
});
