import type { WorkerResult } from '../../api/worker-contract.ts';
import type { Beat, EndOrder, WatchdogOrders } from './beat.ts';

/** So long a loop may stand still: well within the 30 s after which Kubernetes kills. */
const STANDSTILL_MS = 20_000;

/** The same where the run should have ended: nothing that it does takes so long by then. */
const OVERDUE_MS = 10_000;

/** How often to look. */
export const LOOK_EVERY_MS = 1_000;

/** Who looks this late was stopped itself, along with what it looks after: a paused machine, a debugger. */
const MOST_A_LOOK_MS = 2 * LOOK_EVERY_MS;

/** Finds out that the loop of the main thread stands still, and what to say of the run then. */
export class Standstill {
  #result: WorkerResult;
  #stop: EndOrder | null = null;
  #silentMs = 0;
  #deadlineLeftMs: number;
  readonly #deadlineOrder: EndOrder | null;

  constructor({ result, deadline }: Pick<WatchdogOrders, 'result' | 'deadline'>) {
    this.#result = result;
    this.#deadlineLeftMs = deadline?.leftMs ?? Infinity;
    this.#deadlineOrder = deadline?.order ?? null;
  }

  heard({ result, stop }: Beat): void {
    this.#silentMs = 0;
    this.#result = result ?? this.#result;
    this.#stop = stop;
  }

  /**
   * @param sinceMs since the look before, or the beginning
   * @returns the result to end the process with; null while there is no reason to
   */
  look(sinceMs: number): WorkerResult | null {
    this.#deadlineLeftMs -= sinceMs;
    this.#silentMs += Math.min(sinceMs, MOST_A_LOOK_MS);
    const order = this.#stop ?? (this.#deadlineLeftMs <= 0 ? this.#deadlineOrder : null);
    if (this.#silentMs < (order === null ? STANDSTILL_MS : OVERDUE_MS)) return null;
    const seconds = Math.round(this.#silentMs / 1_000);
    if (order === null)
      return { ...this.#result, outcome: 'Stuck', message: stuckMessage(seconds) };
    const message = `${order.message} Its process had stood still for ${seconds} s and was ended by its watchdog.`;
    return { ...this.#result, outcome: order.outcome, message };
  }
}

function stuckMessage(seconds: number): string {
  return (
    `The process stood still for ${seconds} s, and its watchdog ended it: a disk that does not answer, too little CPU (spec.worker.resources), or work without end. ` +
    'The next attempt goes on; if that ends the same way, report it with the log.'
  );
}
