import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Removes the work folders of processes that were killed before they could remove them. */
async function removeAbandoned(prefix: string): Promise<void> {
  const entries = await readdir(dirname(prefix)).catch(() => []);
  const abandoned = entries
    .filter((name) => name.startsWith(basename(prefix)))
    .filter((name) => !isRunning(Number(name.slice(basename(prefix).length))))
    .map((name) => join(dirname(prefix), name));
  await Promise.all(abandoned.map((path) => rm(path, { recursive: true, force: true })));
}

/**
 * Does work in an empty folder beside `target` that is gone afterwards, unless the work has renamed
 * it. What is made there gets its final place only when it is complete, so that an interrupted run
 * is never taken for a whole one.
 */
export async function withWorkDir<T>(
  target: string,
  work: (dir: string) => Promise<T>,
): Promise<T> {
  const prefix = `${target}.incomplete-`;
  const dir = `${prefix}${process.pid}`;
  await removeAbandoned(prefix);
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
