import { fileURLToPath } from 'node:url';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import type { WorkerResult } from '../../api/worker-contract.ts';
import { spawn } from 'node:child_process';

const MAIN = fileURLToPath(new URL('../../dist/worker.js', import.meta.url));
const TIMEOUT_MS = 300_000;

/** Runs the bundled worker to its end, and returns what it reports. */
export async function runWorker(args: SynchronizeArguments): Promise<WorkerResult> {
  const words = [MAIN, ...synchronizeCommandLine(args), '--log-format=json'];
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {},
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for await (const chunk of child.stdout) output += String(chunk);
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  const { result } = JSON.parse(last) as { result?: WorkerResult };
  if (result === undefined) throw new Error(`the worker reported nothing:\n${output}`);
  return result;
}
