import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import type { SynchronizeArguments } from '../../api/options/synchronize-options.ts';
import type { WorkerResult } from '../../api/worker-contract.ts';
import { eventually } from '../../testing/eventually.ts';

/** Bundled before the tests, by `scripts/bundle-worker.js`. */
const MAIN = fileURLToPath(new URL('../../dist/worker.js', import.meta.url));
const EXIT_TIMEOUT_MS = 120_000;

export type LogLine = Readonly<Record<string, unknown>> & { readonly message: string };

/** How a worker process ended. */
export interface WorkerExit {
  readonly code: number | null;
  readonly lines: readonly LogLine[];
  /** Field `result` of the last line; null if there is none. */
  readonly result: WorkerResult | null;
  /** What stands in the file of the termination message; null if nothing does. */
  readonly terminationMessage: string | null;
  readonly stderr: string;
}

/** A worker process that runs. */
export interface RunningWorker {
  readonly exited: Promise<WorkerExit>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when a line with this message was logged. */
  logged(message: string): Promise<LogLine>;
}

export interface StartWorkerOptions {
  /** Options of Node, for what cannot be brought about from outside: `--require=…`. */
  readonly nodeOptions?: readonly string[];
}

/** Starts a worker as a process of its own, as the Job does. */
export async function startWorker(
  words: readonly string[],
  { nodeOptions = [] }: StartWorkerOptions = {},
): Promise<RunningWorker> {
  const dir = await mkdtemp(join(tmpdir(), 'worker-test-'));
  const messagePath = join(dir, 'termination-log');
  const args = [...nodeOptions, MAIN, ...words];
  if (!words.some((word) => word.startsWith('--termination-message-path='))) {
    args.push(`--termination-message-path=${messagePath}`);
  }
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {},
  });
  const lines: LogLine[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(parseLine(line)));
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const exited = exitOf(child).then(async (code): Promise<WorkerExit> => {
    const terminationMessage = await readFile(messagePath, 'utf8').catch(() => null);
    await rm(dir, { recursive: true });
    const result = (lines.at(-1)?.['result'] ?? null) as WorkerResult | null;
    return { code, lines, result, terminationMessage, stderr: Buffer.concat(stderr).toString() };
  });
  return {
    exited,
    kill: (signal) => child.kill(signal),
    logged: (message) =>
      eventually(() => lines.find((line) => line.message === message), {
        timeoutMs: EXIT_TIMEOUT_MS,
        description: `the line "${message}"`,
      }),
  };
}

/** Runs `synchronize` to its end. */
export async function runSynchronize(args: SynchronizeArguments): Promise<WorkerExit> {
  const worker = await startWorker(synchronizeCommandLine(args));
  return await worker.exited;
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { message: line };
  }
}

/** Resolves once the process is gone and its output is read. */
function exitOf(child: ChildProcess): Promise<number | null> {
  const killer = setTimeout(() => child.kill('SIGKILL'), EXIT_TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(killer);
      resolve(code);
    });
  });
}
