import type { CancelTimer, Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { WorkerProgress } from '../../api/worker-contract.ts';

/** The operator reads the end of the log every 20 s: it finds a few of them. */
const INTERVAL_MS = 5_000;

/** Logs the progress every few seconds until it is stopped. */
export function reportProgress(
  read: () => WorkerProgress,
  { clock, logger }: { clock: Clock; logger: Logger },
): CancelTimer {
  let cancel = next();
  function next(): CancelTimer {
    return clock.setTimer(INTERVAL_MS, () => {
      logger.info('progress', { progress: read() });
      cancel = next();
    });
  }
  return () => {
    cancel();
  };
}
