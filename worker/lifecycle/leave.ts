import { delay, type Clock } from '../../common/clock.ts';

/** A stream of the process that may still hold what was written. */
export interface PendingOutput {
  readonly writableLength: number;
  write(text: string, written: () => void): unknown;
}

/** What the end of a process needs of it. */
export interface EndingProcess {
  exitCode?: number | string | null | undefined;
  readonly pid: number;
  exit(code: number): void;
  kill(pid: number, signal: 'SIGKILL'): unknown;
  getActiveResourcesInfo(): readonly string[];
}

export interface LeaveOptions {
  readonly process: EndingProcess;
  readonly clock: Clock;
  readonly outputs: readonly PendingOutput[];
  /**
   * True: somebody reads at leisure (`diff | less`), and gets all of it. False: what the reader of a
   * log does not take within seconds is lost.
   */
  readonly isReadAtLeisure: boolean;
}

/** A socket that nobody waits for must not keep a finished process alive. */
const EXIT_WITHIN_MS = 2_000;

/** The system's resolver may take a minute to find out that nobody answers; it cannot be stopped. */
const RESOLVER_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 100;

/** Node ends only after these, whatever is said to it; the names are its own. */
const UNSTOPPABLE = /^(GetAddrInfo|GetNameInfo|FSReq)/;

/**
 * Ends the process with this code: once what it printed has left, and at the latest some seconds later.
 * Where the system keeps a thread of it, in a name lookup or at a disk that hangs, it waits ten seconds
 * for that, and then kills itself (137): the termination message has been written by then. Process 1 of a
 * container cannot kill itself: it goes on waiting, until that is over or Kubernetes kills it.
 */
export async function leave(code: number, options: LeaveOptions): Promise<void> {
  const { process, clock, outputs, isReadAtLeisure } = options;
  process.exitCode = code;
  const written = Promise.all(outputs.map(whenWritten));
  await (isReadAtLeisure ? written : Promise.race([written, delay(clock, EXIT_WITHIN_MS)]));
  const isKept = (): boolean =>
    process.getActiveResourcesInfo().some((name) => UNSTOPPABLE.test(name));
  for (let waitedMs = 0; isKept(); waitedMs += LOOK_EVERY_MS) {
    if (waitedMs >= RESOLVER_WITHIN_MS) process.kill(process.pid, 'SIGKILL');
    await delay(clock, LOOK_EVERY_MS);
  }
  process.exit(code);
}

/** Resolves, too, when that has become impossible. */
function whenWritten(output: PendingOutput): Promise<void> {
  if (output.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => {
    output.write('', () => {
      resolve();
    });
  });
}
