import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { readThreadTimes, spentBetween } from '../common/server-cpu.ts';

/** A process that is looked at while it works. */
export interface MeasuredProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts Node with these arguments; what it prints goes to standard error. */
export function startNode(args: readonly string[]): MeasuredProcess {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 2, 2] });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The most memory that a process ever had at once, in MB. */
export async function peakMemoryMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return Number(kilobytes) / 1000;
}

/** Begins to count the CPU of a process; what is given back ends it, in seconds. */
export async function countCpu(pid: number): Promise<() => Promise<number>> {
  const before = await readThreadTimes(pid);
  return async () => spentBetween(before, await readThreadTimes(pid)).totalMs / 1000;
}
