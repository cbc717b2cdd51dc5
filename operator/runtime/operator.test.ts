import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '../../testing/eventually.ts';
import { isJsonObject } from '../kube/json-fields.ts';

let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill('SIGKILL');
});

/** Starts testing/operator-process.ts; collects what it says. */
function start() {
  const said: unknown[] = [];
  const errors: string[] = [];
  const program = 'operator/runtime/testing/operator-process.ts';
  const started = spawn(process.execPath, ['--import', 'tsx', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // The frame looks for a configuration of its own; it must not find the machine's.
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' },
  });
  child = started;
  createInterface(started.stdout).on('line', (line) => said.push(JSON.parse(line)));
  createInterface(started.stderr).on('line', (line) => errors.push(line));
  const exited = new Promise<number | null>((resolve) => started.on('exit', resolve));
  return { said, errors, exited, kill: (signal: NodeJS.Signals) => started.kill(signal) };
}

test('on the frame: watches outlive cuts, failing handlers and lost history, and the end is orderly', async () => {
  const { said, errors, exited, kill } = start();
  await eventually(() => said.includes('ready'), { timeoutMs: 50_000 });
  kill('SIGTERM');
  expect(await exited).toBe(0);
  const id = 'synchronizations.automation.astronetes.io/v1alpha1';
  const about = { name: 'a', namespace: 'ns', id, created: true };
  expect(said[0]).toEqual({
    uri: 'https://api.invalid:6443/apis/automation.astronetes.io/v1alpha1/namespaces/ns/synchronizations',
  });
  expect(said.filter((each) => isJsonObject(each) && 'event' in each)).toEqual([
    { event: 'ADDED', ...about },
    { event: 'MODIFIED', ...about },
    { event: 'DELETED', ...about },
  ]);
  expect(said).toContainEqual({ reconciled: 'elsewhere' });
  expect(said.at(-1)).toMatchObject({
    ended: true,
    lease: { leaseDurationSeconds: 1 },
    watches: 0,
  });
  const failures = errors.filter((line) => line.includes('a handler of a watch failed'));
  expect(failures).toHaveLength(3);
});
