import { describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseServers } from '../servers/server-address.ts';
import {
  serverMode,
  startSecureServer,
  startZooKeeperEnsemble,
  startZooKeeperServer,
  type ZooKeeperEnsemble,
} from '../testing/index.ts';
import { createAuthority } from '../../testing/certificates.ts';
import { eventually } from '../../testing/eventually.ts';
import {
  integerFrom,
  oneOf,
  printSeed,
  seededRandom,
  testSeed,
} from '../../testing/seeded-random.ts';
import { runFaults, type FaultReport } from '../testing/faults/fault-run.ts';

const TEST_TIMEOUT_MS = 1_800_000;
const ELECTION_TIMEOUT_MS = 60_000;
const extraConfig = { tickTime: 200, maxSessionTimeout: 60_000 };

function print({ problems, endedSessions, ...figures }: FaultReport): void {
  const counts = { endedSessions: endedSessions.length, problems: problems.length };
  process.stderr.write(`${JSON.stringify({ ...figures, ...counts })}\n`);
}

function onProgress(faults: number): void {
  process.stderr.write(`${faults} faults\n`);
}

/** Kills or freezes one member after the other until told to stop; leaves all of them running. */
async function disturb(
  { members }: ZooKeeperEnsemble,
  random: () => number,
  isOver: () => boolean,
): Promise<number> {
  let count = 0;
  while (!isOver()) {
    const victim = oneOf(random, members);
    await victim.kill(oneOf(random, ['SIGKILL', 'SIGSTOP'] as const));
    count++;
    const end = performance.now() + integerFrom(random, 500, 6_000);
    await eventually(() => isOver() || performance.now() > end, { timeoutMs: 60_000 });
    await victim.kill('SIGCONT');
    if (!victim.isRunning) await victim.restart();
    await eventually(
      async () => (await Promise.all(members.map(serverMode))).every((mode) => mode !== ''),
      { timeoutMs: ELECTION_TIMEOUT_MS, description: 'a whole ensemble' },
    );
  }
  return count;
}

describe('every promise settles once and tells the truth', () => {
  test(
    'in ten thousand random faults between the client and one server',
    async () => {
      const seed = testSeed();
      printSeed('faults of one server', seed);
      await using server = await startZooKeeperServer({ extraConfig });
      const report = await runFaults({
        ...{ seed, faults: 10_000, targets: [server], root: '/faults' },
        ...{ writers: 60, sessionTimeoutMs: 4_000, silentShare: 0.005, thefts: 100, onProgress },
      });
      print(report);
      expect({ seed, problems: report.problems }).toEqual({ seed, problems: [] });
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'in two thousand over TLS',
    async () => {
      const seed = testSeed();
      printSeed('faults over TLS', seed);
      const dir = await mkdtemp(join(tmpdir(), 'certificates-'));
      const authority = await createAuthority(dir, 'authority');
      const { cert: ca } = authority;
      const tls = { certificate: await authority.issue('server'), trusted: ca };
      await using secure = await startSecureServer({ tls, extraConfig });
      const client = { ca, ...(await authority.issue('client')) };
      const report = await runFaults({
        ...{ seed, faults: 2_000, root: '/faults', tls: client, maxBytes: 16_000 },
        targets: parseServers(secure.secureAddress).servers,
        ...{ writers: 60, sessionTimeoutMs: 4_000, silentShare: 0.005, thefts: 20, onProgress },
      });
      await rm(dir, { recursive: true });
      print(report);
      expect({ seed, problems: report.problems }).toEqual({ seed, problems: [] });
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'in two thousand between the client and an ensemble whose members are killed and frozen',
    async () => {
      const seed = testSeed();
      printSeed('faults of an ensemble', seed);
      await using ensemble = await startZooKeeperEnsemble({
        extraConfig: { tickTime: 500, syncLimit: 8, maxSessionTimeout: 60_000 },
      });
      let isOver = false;
      let disturbances = 0;
      const disturbing = disturb(ensemble, seededRandom(seed), () => isOver);
      const settle = async (): Promise<void> => {
        isOver = true;
        disturbances = await disturbing;
      };
      const report = await runFaults({
        ...{ seed, faults: 2_000, targets: ensemble.members, root: '/faults', onProgress, settle },
        ...{
          writers: 60,
          sessionTimeoutMs: 8_000,
          silentShare: 0.005,
          maxBytes: 30_000,
          thefts: 20,
        },
      });
      print(report);
      process.stderr.write(`members killed or frozen: ${disturbances}\n`);
      expect({ seed, problems: report.problems }).toEqual({ seed, problems: [] });
    },
    TEST_TIMEOUT_MS,
  );
});
