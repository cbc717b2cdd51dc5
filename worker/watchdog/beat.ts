import type { ExitName, WorkerResult } from '../../api/worker-contract.ts';
import type { LogFormat } from '../../common/log-line.ts';

/** How a run is to end, and why. */
export interface EndOrder {
  readonly outcome: ExitName;
  readonly message: string;
}

/** What the watchdog has to know from the beginning. */
export interface WatchdogOrders {
  /** Where the kubelet looks for the termination message; null for nowhere. */
  readonly messagePath: string | null;
  readonly logFormat: LogFormat;
  /** Descriptor that the log goes to. */
  readonly logFd: 1 | 2;
  /** Null for no deadline. */
  readonly deadline: { readonly leftMs: number; readonly order: EndOrder } | null;
  /** What is known of the run. */
  readonly result: WorkerResult;
}

/** What the main thread sends while its loop turns. */
export interface Beat {
  /** What is known of the run by now; left out where little can have changed. */
  readonly result?: WorkerResult;
  /** Null until the run is told to stop. */
  readonly stop: EndOrder | null;
}
