import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { kept, STAGES, stopAt, stopEach } from './testing/stages.ts';
import { useTwoClusters } from './testing/two-clusters.ts';

process.stderr.write('Expected to take 2 to 4 minutes.\n');
jest.setTimeout(600_000);

useTwoClusters();

test.each(STAGES)('a run that reaches its deadline ends and says so at $name', async (stage) => {
  const [end] = await stopEach([{ stage, stop: 'deadline' }]);
  expect(end!.exit).toMatchObject({ code: end!.code, result: { outcome: end!.outcome } });
  expect(JSON.parse(end!.exit.terminationMessage ?? '')).toEqual(end!.exit.result);
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
