import type { CancelTimer, Clock } from '../../../common/clock.ts';
import { ZooKeeperError } from '../../../zookeeper/index.ts';

export interface ThrottleValveOptions {
  readonly clock: Clock;
  /** From when it aborts, nothing waits any more: what does is rejected with `Aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** Told that requests were turned away, and how many will be under way at once; not too often. */
  readonly onThrottled?: ((inFlight: number) => void) | undefined;
}

/** `ordered`: what changes something, and `sync`. Reads may overtake each other, but none of these. */
export type Ordering = 'read' | 'ordered';

interface Request {
  readonly number: number;
  readonly ordering: Ordering;
  readonly send: () => void;
  readonly reject: (error: ZooKeeperError) => void;
  /** How often the valve had been narrowed when the request was sent. */
  wave: number;
}

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2_000;
/** Where nothing at all was executed for so long, it is not a busy moment. */
const GIVE_UP_AFTER_MS = 60_000;
const TELL_EVERY_MS = 10_000;
/** So many executed in a row, and the order is left to the server again. */
const CALM_AFTER = 1_000;

/**
 * Sends requests again that a server turned away without executing them (`Throttled`, since 3.7:
 * they had waited for longer than its `throttled_op_wait_time`). All go out at once until that
 * happens. Then half as many are under way, after a pause that doubles while nothing is executed;
 * each wave of requests that are makes room for one more.
 *
 * Requests that were turned away go out again in the order they came, before all others, and for a
 * time what is `ordered` is neither overtaken nor overtakes. Only those that were already on their
 * way behind one that was turned away may have been executed before it.
 */
export class ThrottleValve {
  readonly #options: ThrottleValveOptions;
  /** By number. */
  readonly #waiting: Request[] = [];
  #lastNumber = 0;
  #window = Infinity;
  #inFlight = 0;
  #orderedInFlight = 0;
  #wave = 0;
  /** Under way since before the valve was narrowed. */
  #staleInFlight = 0;
  #executedInARow = 0;
  #pauseMs = 0;
  #cancelPause: CancelTimer | null = null;
  /** Since when nothing was executed; null if the last answer was another one. */
  #turnedAwaySinceMs: number | null = null;
  #toldMs = -Infinity;

  constructor(options: ThrottleValveOptions) {
    this.#options = options;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * Sends now, or when it is its turn.
   *
   * @throws what `send` rejects with; `Throttled` if nothing was executed for a minute
   */
  pass<T>(ordering: Ordering, send: () => Promise<T>): Promise<T> {
    if (this.#options.signal?.aborted === true) return send();
    return new Promise<T>((resolve, reject) => {
      const request: Request = {
        number: (this.#lastNumber += 1),
        ordering,
        reject,
        wave: 0,
        send: () => {
          const sending = send();
          const done = (): void => {
            this.#executed(request);
            resolve(sending);
          };
          sending.then(done, (error: unknown) => {
            if (isThrottled(error)) this.#turnedAway(request, error);
            else done();
          });
        },
      };
      if (this.#waiting.length === 0 && this.#hasRoom(request)) this.#send(request);
      else this.#waiting.push(request);
    });
  }

  #hasRoom({ ordering }: Request): boolean {
    if (this.#window === Infinity) return true;
    if (this.#cancelPause !== null || this.#staleInFlight > 0) return false;
    if (this.#inFlight === 0) return true;
    if (this.#inFlight >= this.#window) return false;
    if (this.#executedInARow >= CALM_AFTER) return true;
    return ordering === 'read' && this.#orderedInFlight === 0;
  }

  #send(request: Request): void {
    request.wave = this.#wave;
    this.#inFlight += 1;
    if (request.ordering === 'ordered') this.#orderedInFlight += 1;
    request.send();
  }

  #answered({ ordering, wave }: Request): void {
    this.#inFlight -= 1;
    if (ordering === 'ordered') this.#orderedInFlight -= 1;
    if (wave < this.#wave) this.#staleInFlight -= 1;
  }

  /** Whatever else came of it: the server took it. */
  #executed(request: Request): void {
    this.#answered(request);
    this.#turnedAwaySinceMs = null;
    this.#executedInARow += 1;
    if (request.wave === this.#wave) {
      this.#pauseMs = 0;
      this.#window += 1 / this.#window;
    }
    this.#drain();
  }

  #turnedAway(request: Request, error: ZooKeeperError): void {
    const { clock, signal } = this.#options;
    this.#answered(request);
    if (signal?.aborted === true) {
      request.reject(error);
      return;
    }
    this.#putBack(request);
    const nowMs = clock.monotonicMs();
    this.#turnedAwaySinceMs ??= nowMs;
    if (nowMs - this.#turnedAwaySinceMs >= GIVE_UP_AFTER_MS) this.#rejectAll(error);
    else if (request.wave === this.#wave) this.#narrow(nowMs);
    else this.#drain();
  }

  #putBack(request: Request): void {
    const behind = this.#waiting.findIndex(({ number }) => number > request.number);
    this.#waiting.splice(behind === -1 ? this.#waiting.length : behind, 0, request);
  }

  /** One request was under way besides those that still are. */
  #narrow(nowMs: number): void {
    const { clock, onThrottled } = this.#options;
    this.#window = Math.max(1, Math.floor(Math.min(this.#window, this.#inFlight + 1) / 2));
    this.#wave += 1;
    this.#executedInARow = 0;
    this.#staleInFlight = this.#inFlight;
    this.#pauseMs = Math.min(MAX_PAUSE_MS, this.#pauseMs * 2 || FIRST_PAUSE_MS);
    this.#cancelPause?.();
    this.#cancelPause = clock.setTimer(this.#pauseMs, () => {
      this.#cancelPause = null;
      this.#drain();
    });
    if (nowMs - this.#toldMs < TELL_EVERY_MS) return;
    this.#toldMs = nowMs;
    onThrottled?.(this.#window);
  }

  #drain(): void {
    for (let next = this.#waiting[0]; next && this.#hasRoom(next); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#send(next);
    }
  }

  readonly #onAbort = (): void => {
    this.#rejectAll(new ZooKeeperError('Aborted', 'the run stops'));
  };

  #rejectAll(error: ZooKeeperError): void {
    this.#cancelPause?.();
    this.#cancelPause = null;
    for (const request of this.#waiting.splice(0)) request.reject(error);
  }
}

function isThrottled(error: unknown): error is ZooKeeperError {
  return error instanceof ZooKeeperError && error.code === 'Throttled';
}
