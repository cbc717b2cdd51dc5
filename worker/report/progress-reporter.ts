import type { CancelTimer, Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { WorkerProgress } from '../../api/worker-contract.ts';

/** The operator reads the end of the log every 20 s: it finds a few of them. */
const INTERVAL_MS = 5_000;

/** A rate over less than this says nothing. */
const MIN_RATE_MS = 1_000;

/** Logs the progress every few seconds until it is stopped. */
export function reportProgress(
  read: () => WorkerProgress,
  { clock, logger }: { clock: Clock; logger: Logger },
): CancelTimer {
  let since = { phase: read().phase, atMs: clock.monotonicMs(), done: read().done };
  let cancel = next();
  function next(): CancelTimer {
    return clock.setTimer(INTERVAL_MS, () => {
      const progress = read();
      const atMs = clock.monotonicMs();
      if (progress.phase !== since.phase)
        since = { phase: progress.phase, atMs, done: progress.done };
      const elapsedMs = atMs - since.atMs;
      logger.info('progress', {
        progress: withRate(progress, progress.done - since.done, elapsedMs),
      });
      cancel = next();
    });
  }
  return () => {
    cancel();
  };
}

/** Whole, but with a tenth where that says more: what is slow is not at a standstill. */
function rounded(perSecond: number): number {
  return perSecond < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond);
}

/** Adds percent, rate and time left, as far as they are known. */
function withRate(progress: WorkerProgress, done: number, elapsedMs: number): WorkerProgress {
  const { total } = progress;
  const perSecond = elapsedMs < MIN_RATE_MS ? null : (1000 * done) / elapsedMs;
  // The total is an estimate: the source changes, and what is excluded was counted too.
  const left = total === null ? null : Math.max(0, total - progress.done);
  return {
    ...progress,
    ...(total === null || total === 0
      ? {}
      : { percent: Math.min(100, Math.floor((100 * progress.done) / total)) }),
    ...(perSecond === null ? {} : { perSecond: rounded(perSecond) }),
    ...(left === null || perSecond === null || perSecond === 0
      ? {}
      : { secondsLeft: Math.ceil(left / perSecond) }),
  };
}
