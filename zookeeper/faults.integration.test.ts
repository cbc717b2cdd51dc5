import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startZooKeeperServer, testSeed } from './testing/index.ts';
import type { ZooKeeperServer } from './testing/index.ts';
import { runFaults } from './testing/fault-run.ts';

const startTimeoutMs = 600_000;
const testTimeoutMs = 300_000;
const faults = 400;

let server: ZooKeeperServer;

beforeAll(async () => {
  server = await startZooKeeperServer({
    extraConfig: { tickTime: 200, maxSessionTimeout: 60_000 },
  });
}, startTimeoutMs);

afterAll(async () => {
  await server.stop();
});

test(
  'over connections cut, stalled, delayed and split at random, everything is as its promise says',
  async () => {
    const seed = testSeed();
    const report = await runFaults({
      ...{ seed, faults, targets: [server], root: '/faults' },
      ...{ writers: 40, sessionTimeoutMs: 4_000, silentShare: 0.01, thefts: 5 },
    });
    expect({ seed, problems: report.problems }).toEqual({ seed, problems: [] });
    expect(report.faults).toBeGreaterThanOrEqual(faults);
    // Neither would mean that nothing was tested.
    expect(report.outcomes.done).toBeGreaterThan(faults);
    expect(report.outcomes.unknown).toBeGreaterThan(0);
    expect(report.endedSessions).toContain('expired');
  },
  testTimeoutMs,
);
