import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const environment = fileURLToPath(new URL('tidy-environment.js', import.meta.url));
const jest = fileURLToPath(new URL('../../node_modules/jest/bin/jest.js', import.meta.url));

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidy-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

/** Runs files of tests in one process of their own, and tells of each file by its name how it ended. */
function run(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, body] of Object.entries(files)) {
    writeFileSync(join(dir, `${name}.test.js`), `test('one', async () => { ${body} });`);
  }
  const config = {
    rootDir: dir,
    testEnvironment: environment,
    testEnvironmentOptions: { closedWithinMs: 200 },
  };
  // With two workers jest tests in processes that nothing else runs in.
  const words = ['--json', '--maxWorkers=2', '--forceExit', `--config=${JSON.stringify(config)}`];
  const { stdout } = spawnSync(process.execPath, [jest, ...words], { encoding: 'utf8' });
  const { testResults } = JSON.parse(stdout) as {
    testResults: readonly { name: string; message: string }[];
  };
  return Object.fromEntries(
    testResults.map(({ name, message }) => [
      name.slice(dir.length + 1, -'.test.js'.length),
      message,
    ]),
  );
}

test('a file fails that leaves something behind in its process, with what it is', () => {
  const said = run({
    tidy: "require('node:net').createServer().listen(0).close(); setTimeout(() => {}, 1);",
    timer: 'setTimeout(() => {}, 5_000)',
    server: "require('node:net').createServer().listen(0)",
    child: "require('node:child_process').spawn('sleep', ['5'], { stdio: 'ignore' })",
    flags: "require('node:v8').setFlagsFromString('--expose-gc')",
    directory: "process.chdir('/')",
    failing: "setTimeout(() => {}, 5_000); throw new Error('the reason')",
  });
  expect(said).toEqual({
    tidy: '',
    timer: expect.stringContaining('timers: 1'),
    server: expect.stringMatching(/open: Server at port \d+/),
    child: expect.stringContaining('process: sleep 5'),
    flags: expect.stringContaining("other flags of V8's"),
    directory: expect.stringContaining('another directory: /'),
    failing: expect.stringContaining('the reason'),
  });
  expect(said['failing']).not.toContain('Left behind');
});
