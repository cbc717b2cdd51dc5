import { readFileSync } from 'node:fs';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ClusterError } from './cluster-error.ts';

/** Tells a process from a later one of the same number, where the system lets us see it. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function describeHolder(pid: number): string {
  return `${pid} ${startOf(pid)}`;
}

async function tryCreate(path: string): Promise<boolean> {
  const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    return null;
  });
  if (file === null) return false;
  await file.writeFile(describeHolder(process.pid));
  await file.close();
  return true;
}

async function acquire(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  while (!(await tryCreate(path))) {
    const holder = await readFile(path, 'utf8').catch(() => '');
    const pid = Number(holder.split(' ')[0]);
    if (pid > 0 && isRunning(pid) && holder === describeHolder(pid)) {
      throw new ClusterError(`Process ${pid} is changing the cluster; wait until it has ended.`);
    }
    await rm(path, { force: true });
  }
}

/**
 * Does something that no two processes may do at the same time. The lock of a process that was
 * killed is taken over.
 *
 * @throws ClusterError if another process is at it
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await acquire(path);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
