import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { Socket } from 'node:net';
import { eventually } from '../../testing/eventually.ts';

export interface ServerProcessOptions {
  jarDir: string;
  configFile: string;
  logFile: string;
  jvmArgs: readonly string[];
  /** Survives this process, in a process group of its own. */
  detached: boolean;
}

const LOG_TAIL_BYTES = 4_000;
const STANDSTILL_TIMEOUT_MS = 10_000;

/** One Java process running a ZooKeeper server. */
export class ServerProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #exited: Promise<void>;

  constructor(child: ChildProcess & { pid: number }, options: ServerProcessOptions) {
    this.#child = child;
    this.pid = child.pid;
    this.#logFile = options.logFile;
    if (options.detached) child.unref();
    const watchdog = options.detached ? null : startWatchdog(child.pid);
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => {
        watchdog?.kill('SIGKILL');
        resolve();
      });
    });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal);
  }

  async waitForExit(): Promise<void> {
    if (this.isRunning) await this.#exited;
  }

  /** After SIGSTOP: each thread stops when it next enters the kernel, which takes a moment. */
  async waitForStandstill(): Promise<void> {
    const tasks = `/proc/${this.pid}/task`;
    const isStopped = async (): Promise<boolean> => {
      const threads = await readdir(tasks).catch(() => []);
      const states = await Promise.all(threads.map((id) => threadState(`${tasks}/${id}/stat`)));
      return states.every((state) => state === 'T');
    };
    await eventually(isStopped, { timeoutMs: STANDSTILL_TIMEOUT_MS, description: 'a standstill' });
  }

  async logTail(): Promise<string> {
    const log = await readFile(this.#logFile, 'utf8').catch(() => '');
    return log.slice(-LOG_TAIL_BYTES);
  }
}

/** `T` is stopped. A thread that has ended meanwhile is as still as one that has stopped. */
async function threadState(file: string): Promise<string> {
  const stat = await readFile(file, 'utf8').catch(() => '0 () T');
  return stat.slice(stat.lastIndexOf(')') + 2).charAt(0);
}

/**
 * Ends the server when this process is gone, however that came about: its end of the pipe closes
 * then. A handler for the exit would not run after SIGKILL or an unhandled SIGTERM.
 */
function startWatchdog(pid: number): ChildProcess {
  const script = 'read -r _; kill -9 "$1"';
  const watchdog = spawn('sh', ['-c', script, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
  return watchdog;
}

/** Starts the server; the caller waits for readiness. */
export async function spawnServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const args = [
    '-Xmx256m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Dzookeeper.jmx.log4j.disable=true',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
    ...options.jvmArgs,
    '-cp',
    `${options.jarDir}/*`,
    'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    options.configFile,
  ];
  const log = openSync(options.logFile, 'a');
  try {
    const child = spawn('java', args, {
      detached: options.detached,
      stdio: ['ignore', log, log],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return new ServerProcess(child as ChildProcess & { pid: number }, options);
  } finally {
    closeSync(log);
  }
}
