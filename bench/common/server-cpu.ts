import { readFile, readdir } from 'node:fs/promises';

/** CPU time in milliseconds of each thread of a process, by its number and name. */
type ThreadTimes = ReadonlyMap<string, number>;

const MS_PER_TICK = 10;
/** Fields of /proc/PID/stat behind the name in parentheses, which may contain blanks itself. */
const USER_TICKS_FIELD = 11;
const SYSTEM_TICKS_FIELD = 12;

async function threadTime(pid: number, thread: string): Promise<[string, number] | null> {
  // A thread may end between the listing and the reading.
  const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[USER_TICKS_FIELD]) + Number(fields[SYSTEM_TICKS_FIELD]);
  return [`${thread} ${name}`, ticks * MS_PER_TICK];
}

export async function readThreadTimes(pid: number): Promise<ThreadTimes> {
  const threads = await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(threads.map((thread) => threadTime(pid, thread)));
  return new Map(times.filter((time) => time !== null));
}

export interface ServerCpu {
  readonly totalMs: number;
  readonly busiest: { readonly name: string; readonly cpuMs: number };
}

/** What a process spent between two readings, and which of its threads spent most. */
export function spentBetween(before: ThreadTimes, after: ThreadTimes): ServerCpu {
  let totalMs = 0;
  let busiest = { name: 'none', cpuMs: 0 };
  for (const [thread, time] of after) {
    const cpuMs = time - (before.get(thread) ?? 0);
    totalMs += cpuMs;
    if (cpuMs > busiest.cpuMs) busiest = { name: thread.slice(thread.indexOf(' ') + 1), cpuMs };
  }
  return { totalMs, busiest };
}
