import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { bundleProgram } from '../../scripts/bundle/bundle-program.ts';
import type { Arena } from '../mirror/arena.ts';
import { bundleWorker, workerFile } from '../mirror/contender-process.ts';
import { root } from '../mirror/trees.ts';
import type { Latencies } from './latencies.ts';

const cacheDir = '.cache/bench';
const observerFile = `${cacheDir}/gentle-observer.js`;
const loopFile = `${cacheDir}/gentle-loop.js`;

/** Znodes a second of the two passes of a mirror. */
export interface Rates {
  readonly copy: number;
  readonly walk: number;
}

export async function bundlePrograms(): Promise<void> {
  await Promise.all([
    bundleProgram('bench/gentle/observer-main.ts', observerFile),
    bundleProgram('bench/gentle/loop-main.ts', loopFile),
    bundleWorker(),
  ]);
}

/** What another client of the source sees while `work` runs. */
export async function observe(
  { source, shape }: Arena,
  work: () => Promise<unknown>,
): Promise<Latencies> {
  const [path = root] = shape.paths();
  const observer = start([observerFile, source.address, path]);
  await work();
  observer.child.stdin.end();
  return JSON.parse(await observer.ended) as Latencies;
}

/** A first copy by the worker, with the limits it has by itself. */
export async function runMirror(
  { source, destination }: Arena,
  { znodes, flags }: { znodes: number; flags: readonly string[] },
): Promise<Rates> {
  const output = await start([
    ...[workerFile, 'synchronize', `--source-servers=${source.address}`],
    ...[`--destination-servers=${destination.address}`, `--root-path=${root}`],
    ...['--writer-id=bench', '--log-format=json', ...flags],
  ]).ended;
  const { result } = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as {
    result: { durations: { compareMs: number; applyMs: number; verifyMs: number } };
  };
  const { compareMs, applyMs, verifyMs } = result.durations;
  return { copy: (znodes * 1_000) / (compareMs + applyMs), walk: (znodes * 1_000) / verifyMs };
}

/** The same by bare loops, at the rates of a mirror. */
export async function runLoop(
  { source, destination, shape }: Arena,
  { copy, walk }: Rates,
): Promise<void> {
  await start([
    ...[loopFile, source.address, destination.address, root],
    ...[String(shape.dataBytes), String(copy), String(walk)],
  ]).ended;
}

interface Running {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  /** What it printed; rejects if it failed. */
  readonly ended: Promise<string>;
}

function start(args: readonly string[]): Running {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const ended = Promise.all([text(child.stdout), closed]).then(([output, code]) => {
    if (code === 0) return output;
    throw new Error(`${args[0] ?? ''} ended with exit code ${code ?? 'none'}:\n${output}`);
  });
  return { child, ended };
}
