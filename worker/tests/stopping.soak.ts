import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { kept, STAGES, standingStill, STANDSTILLS, stopAt, stopEach } from '../testing/stages.ts';
import { source, useTwoClusters } from '../testing/two-clusters.ts';
import { put } from '../testing/znodes.ts';

process.stderr.write('Expected to take 3 to 5 minutes.\n');
jest.setTimeout(600_000);

useTwoClusters();

test.each(STAGES)('a run that reaches its deadline ends and says so at $name', async (stage) => {
  const [end] = await stopEach([{ stage, stop: 'deadline' }]);
  expect(end!.exit).toMatchObject({ code: end!.code, result: { outcome: end!.outcome } });
  expect(JSON.parse(end!.exit.terminationMessage ?? '')).toEqual(end!.exit.result);
});

describe('a run whose loop stands still is ended by its watchdog, which says so', () => {
  test('when it is told to stop: as a run that is stuck, for that it was told nobody knows', async () => {
    const exit = await stopAt(standingStill(STANDSTILLS.work()), 'SIGTERM', '/stopping-stuck');
    expect(exit).toMatchObject({ code: 46, stderr: '', result: { outcome: 'Stuck' } });
    expect(JSON.parse(exit.terminationMessage ?? '')).toEqual(exit.result);
  });

  test('when it had been told to stop before', async () => {
    const stage = standingStill(STANDSTILLS.work(), { at: 'applying', isStopped: true });
    await put(source, { '/stopping-stopped/a': 'a', '/stopping-stopped/b': 'b' });
    const exit = await stopAt(stage, 'SIGTERM', '/stopping-stopped');
    expect(exit).toMatchObject({ code: 44, stderr: '', result: { outcome: 'Terminated' } });
    expect(exit.result?.message).toContain('ended by its watchdog');
    expect(JSON.parse(exit.terminationMessage ?? '')).toEqual(exit.result);
  });

  test('in a call of the system: by force', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pipe-'));
    try {
      const pipe = join(dir, 'pipe');
      execFileSync('mkfifo', [pipe]);
      const exit = await stopAt(
        standingStill(STANDSTILLS.system(pipe)),
        'SIGTERM',
        '/stopping-system',
      );
      expect(exit).toMatchObject({ code: null, result: { outcome: 'Stuck' } });
      expect(JSON.parse(exit.terminationMessage ?? '')).toEqual(exit.result);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

test('a run whose lookup the system does not let go has said so when it kills itself', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'pipe-'));
  try {
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const exit = await stopAt(kept(pipe), 'SIGTERM', '/stopping-kept');
    expect(exit.code).toBeNull();
    expect(exit.result?.outcome).toBe('Terminated');
    expect(JSON.parse(exit.terminationMessage ?? '')).toEqual(exit.result);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
