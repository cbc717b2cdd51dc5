import { execFile, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { bundleProgram } from '../../scripts/bundle/bundle-program.ts';
import type { Arena } from './arena.ts';
import { root } from './trees.ts';

const cacheDir = '.cache/bench';
const contenderFile = `${cacheDir}/mirror-contender.js`;
const usageFile = `${cacheDir}/report-usage.js`;
export const workerFile = 'dist/worker.js';

/** The loops have none; how gentle the worker is with them is what the topic `gentle` asks. */
const noLimits = ['--reads-per-second=0', '--writes-per-second=0', '--bytes-per-second=0'];

/** What one run took. */
export interface Run {
  /** From connecting to having closed both sessions, as the contender saw it. */
  readonly workMs: number;
  /** From the start of the process to its end. */
  readonly processMs: number;
  readonly cpuMs: number;
  /** CPU of both servers. */
  readonly serverMs: number;
  readonly maxRssBytes: number;
}

export const jobNames = [
  // The verified one last: it leaves behind what the next run goes by.
  'worker: first copy, no verify',
  'worker: first copy',
  'worker: nothing changed',
  'worker: 1 % updated',
  'worker: 1 % created, deleted, ACL set',
  'loop: copy',
  'loop: walk',
  'npm: first copy',
  'npm: nothing changed',
] as const;

export type JobName = (typeof jobNames)[number];

export async function bundleContenders(): Promise<void> {
  await Promise.all([
    bundleProgram('bench/mirror/contenders/main.ts', contenderFile),
    bundleProgram('bench/mirror/report-usage.ts', usageFile),
    bundleWorker(),
  ]);
}

/** Makes {@link workerFile}. */
export async function bundleWorker(): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'bundle', '--', 'worker']);
}

/** What a job is called with, after `node`. */
function commandOf(
  job: JobName,
  { source, destination, shape }: Arena,
  workerFlags: readonly string[],
): readonly string[] {
  const loop = (name: string, what: string): readonly string[] => [
    contenderFile,
    ...[name, what, source.address, destination.address, root, String(shape.dataBytes)],
  ];
  const worker = (...flags: readonly string[]): readonly string[] => [
    ...[workerFile, 'synchronize', `--source-servers=${source.address}`],
    ...[`--destination-servers=${destination.address}`, `--root-path=${root}`],
    ...['--writer-id=bench', '--log-format=json', ...noLimits, ...workerFlags, ...flags],
  ];
  switch (job) {
    case 'worker: first copy, no verify':
      return worker('--verify=false');
    case 'loop: copy':
      return loop('loop', 'copy');
    case 'loop: walk':
      return loop('loop', 'walk');
    case 'npm: first copy':
      return loop('npm', 'copy');
    case 'npm: nothing changed':
      return loop('npm', 'again');
    default:
      return worker();
  }
}

/** What a run is called with besides what every one is. */
export interface JobFlags {
  readonly nodeFlags: readonly string[];
  readonly workerFlags: readonly string[];
}

/** Runs a job in a process of its own. Rejects if it fails. */
export async function runJob(
  job: JobName,
  arena: Arena,
  { nodeFlags, workerFlags }: JobFlags,
): Promise<Run> {
  const command = commandOf(job, arena, workerFlags);
  const { result, serverMs } = await arena.whileServing(() =>
    runProcess(job, ['--import', `./${usageFile}`, ...nodeFlags, ...command]),
  );
  return { ...result, serverMs };
}

type ProcessRun = Omit<Run, 'serverMs'>;

async function runProcess(job: JobName, args: readonly string[]): Promise<ProcessRun> {
  const startMs = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [, stdout, , descriptor3] = child.stdio as unknown as [null, Readable, null, Readable];
  const [output, usage, code] = await Promise.all([text(stdout), text(descriptor3), ended]);
  const processMs = performance.now() - startMs;
  if (code !== 0) throw new Error(`${job} ended with exit code ${code ?? 'none'}:\n${output}`);
  const used = JSON.parse(usage) as { cpuMs: number; maxRssBytes: number };
  return { ...used, processMs, workMs: workMsOf(output) };
}

/** The last line tells: of the worker its result, of the others just that. */
function workMsOf(output: string): number {
  const line = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as {
    workMs?: number;
    result?: { durations: { totalMs: number } };
  };
  return line.workMs ?? line.result?.durations.totalMs ?? Number.NaN;
}
