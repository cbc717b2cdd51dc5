import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import type { Beat, WatchdogOrders } from './beat.ts';
import { endProcess } from './end-process.ts';
import { LOOK_EVERY_MS, Standstill } from './standstill.ts';

/** What the watchdog's thread does: it listens to the main thread, and looks now and then. */
export async function watchThread(): Promise<void> {
  // Only this thread needs it, and loading it takes longer than the rest of the launcher.
  const { Session } = await import('node:inspector');
  const orders = workerData as WatchdogOrders;
  const standstill = new Standstill(orders);
  parentPort?.on('message', (beat: Beat) => {
    standstill.heard(beat);
  });
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const ended = standstill.look(nowMs - lastMs);
    lastMs = nowMs;
    if (ended === null) return;
    clearInterval(timer);
    const main = new Session();
    main.connectToMainThread();
    void endProcess(ended, {
      orders,
      main,
      kill: () => process.kill(process.pid, 'SIGKILL'),
    });
  }, LOOK_EVERY_MS);
}
