import { expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseServers } from '../servers/server-address.ts';
import { startSecureServer, startZooKeeperServer } from '../testing/index.ts';
import { createAuthority } from '../../testing/certificates.ts';
import { testSeed } from '../../testing/seeded-random.ts';
import { runFaults, type FaultReport, type FaultRunOptions } from '../testing/faults/fault-run.ts';

const TEST_TIMEOUT_MS = 300_000;
const extraConfig = { tickTime: 200, maxSessionTimeout: 60_000 };
const common = { root: '/faults', sessionTimeoutMs: 4_000, silentShare: 0.01 };

async function expectTruth(options: Omit<FaultRunOptions, 'seed'>): Promise<FaultReport> {
  const seed = testSeed();
  const report = await runFaults({ ...options, seed });
  expect({ seed, problems: report.problems }).toEqual({ seed, problems: [] });
  // Neither would mean that nothing was tested.
  expect(report.outcomes.done).toBeGreaterThan(options.faults / 4);
  expect(report.outcomes.unknown).toBeGreaterThan(0);
  expect(report.watched.events).toBeGreaterThan(0);
  expect(report.watched.resyncs).toBeGreaterThan(0);
  expect(report.watched.fired).toBeGreaterThan(0);
  return report;
}

test(
  'over connections cut, stalled, delayed and split at random, everything is as its promise says',
  async () => {
    await using server = await startZooKeeperServer({ extraConfig });
    const run = { ...common, faults: 400, targets: [server], writers: 40, thefts: 5 };
    const report = await expectTruth(run);
    expect(report.endedSessions).toContain('expired');
  },
  TEST_TIMEOUT_MS,
);

test(
  'and so it is over TLS, whose handshakes and records the faults tear as well',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'certificates-'));
    const authority = await createAuthority(dir, 'authority');
    const { cert: ca } = authority;
    const tls = { certificate: await authority.issue('server'), trusted: ca };
    await using secure = await startSecureServer({ tls, extraConfig });
    const client = { ca, ...(await authority.issue('client')) };
    const { servers: targets } = parseServers(secure.secureAddress);
    // A TLS handshake takes thousands of bytes of each connection.
    const sizes = { faults: 200, writers: 40, maxBytes: 16_000 };
    await expectTruth({ ...common, ...sizes, targets, tls: client, thefts: 2 });
    await rm(dir, { recursive: true });
  },
  TEST_TIMEOUT_MS,
);
