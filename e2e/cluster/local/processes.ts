import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '../wait-until.ts';

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot, as /proc/PID/stat has it. */
  readonly startTicks: string;
}

const GONE_TIMEOUT_MS = 15_000;
/** Field 22 of /proc/PID/stat, counted from the state, which is field 3. */
const START_TIME_FIELD = 22 - 3;

interface ProcessStat {
  readonly state: string;
  readonly startTicks: string;
}

/** Splits after the last parenthesis: a program's name may itself contain parentheses and blanks. */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTicks: fields[START_TIME_FIELD] ?? '' };
}

function readStat(pid: number): ProcessStat | null {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/** The identity of a running process; null if there is none. One that only waits to be reaped counts as none. */
export function identify(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  if (stat === null || stat.state === 'Z' || stat.state === 'X') return null;
  return { pid, startTicks: stat.startTicks };
}

/** Whether this very process still runs. */
export function isAlive({ pid, startTicks }: ProcessIdentity): boolean {
  return identify(pid)?.startTicks === startTicks;
}

/** Process ids of the children, as this machine counts them. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** The arguments of a process; empty if it is gone. */
export function commandLineOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/** Every process of this machine whose command line satisfies a condition. */
export function findProcesses(
  matches: (commandLine: readonly string[]) => boolean,
): ProcessIdentity[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => matches(commandLineOf(pid)))
    .map(identify)
    .filter((found) => found !== null);
}

/** Ends one process for certain and waits until it is gone. Nothing happens if it is gone already. */
export async function killProcess(process_: ProcessIdentity): Promise<void> {
  if (!isAlive(process_)) return;
  try {
    process.kill(process_.pid, 'SIGKILL');
  } catch {
    // It went away by itself between the check and the signal.
  }
  await waitUntil(() => Promise.resolve(!isAlive(process_)), {
    what: `process ${process_.pid} to end`,
    timeoutMs: GONE_TIMEOUT_MS,
    intervalMs: 10,
  });
}

/** The processes of a cluster: one file a process, so that a killed run leaves no doubt. */
export interface PidFiles {
  write(name: string, pid: number): Promise<void>;
  /** All processes noted, alive or not. */
  list(): Promise<ReadonlyMap<string, ProcessIdentity>>;
  remove(name: string): Promise<void>;
}

export function createPidFiles(dir: string): PidFiles {
  return {
    async write(name, pid) {
      const path = join(dir, `${name}.json`);
      await mkdir(dir, { recursive: true });
      await writeFile(
        `${path}.incomplete`,
        JSON.stringify(identify(pid) ?? { pid, startTicks: '' }),
      );
      await rename(`${path}.incomplete`, path);
    },
    async list() {
      const files = await readdir(dir).catch(() => []);
      const found = new Map<string, ProcessIdentity>();
      for (const file of files.filter((candidate) => candidate.endsWith('.json'))) {
        const text = await readFile(join(dir, file), 'utf8');
        found.set(file.replace(/\.json$/, ''), JSON.parse(text) as ProcessIdentity);
      }
      return found;
    },
    async remove(name) {
      await rm(join(dir, `${name}.json`), { force: true });
    },
  };
}
