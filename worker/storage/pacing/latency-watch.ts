import type { Clock } from '../../../common/clock.ts';
import type { Logger } from '../../../common/logger.ts';
import { ZooKeeperError } from '../../../zookeeper/index.ts';
import type { SideName } from '../side.ts';
import { scaled, type RateLimits } from './rate-limits.ts';
import { Slowdown, type Judgement } from './slowdown.ts';

export interface LatencyWatchOptions {
  readonly side: SideName;
  readonly limits: RateLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sends the smallest request there is; rejects with a ZooKeeperError. */
  readonly ask: () => Promise<unknown>;
  /** Told what to multiply the limits by. */
  readonly onFactor: (factor: number) => void;
}

const ASK_EVERY_MS = 200;
/** A side that is never found at rest for so long is asked nevertheless: we are what keeps it busy. */
const ASK_BUSY_EVERY_MS = 1_000;
const LOG_EVERY_MS = 10_000;

/** That a znode is missing or forbidden is an answer like any other; others come of the connection. */
const ANSWERS: ReadonlySet<string> = new Set(['NoNode', 'NoAuth']);

/** Measures, while a side is worked on, how fast it answers, and slows the work down when it does. */
export class LatencyWatch {
  readonly #options: LatencyWatchOptions;
  readonly #slowdown = new Slowdown();
  #askedMs = -Infinity;
  #isAsking = false;
  #loggedMs = -Infinity;
  #factor = 1;
  /** True once it is in the log that the work was slowed down, until that is over. */
  #isTold = false;

  constructor(options: LatencyWatchOptions) {
    this.#options = options;
  }

  /**
   * Called before every request of the work; asks if it is time to. Never throws.
   *
   * @param isBusy true if requests of the work wait for their answers: the question would wait behind
   *   them, and its latency tell of ourselves
   */
  look(isBusy: boolean): void {
    const nowMs = this.#options.clock.monotonicMs();
    const everyMs = isBusy ? ASK_BUSY_EVERY_MS : ASK_EVERY_MS;
    if (this.#isAsking || nowMs - this.#askedMs < everyMs) return;
    this.#askedMs = nowMs;
    this.#isAsking = true;
    void this.#ask().finally(() => {
      this.#isAsking = false;
    });
  }

  async #ask(): Promise<void> {
    const { ask, clock } = this.#options;
    try {
      await ask();
    } catch (error) {
      if (!(error instanceof ZooKeeperError && ANSWERS.has(error.code))) return;
    }
    const nowMs = clock.monotonicMs();
    const latencyMs = nowMs - this.#askedMs;
    const judgement = this.#slowdown.observe(latencyMs, nowMs);
    const { factor } = judgement;
    if (factor !== this.#factor) this.#options.onFactor(factor);
    this.#factor = factor;
    this.#tell(judgement, latencyMs, nowMs);
  }

  #tell({ isSlow, factor, baselineMs }: Judgement, latencyMs: number, nowMs: number): void {
    const { logger, side, limits } = this.#options;
    if (isSlow && nowMs - this.#loggedMs >= LOG_EVERY_MS) {
      this.#loggedMs = nowMs;
      this.#isTold = true;
      logger.info('slowed down, because the servers answer more slowly', {
        side,
        latencyMs: tenths(latencyMs),
        baselineMs: tenths(baselineMs),
        ...scaled(limits, factor),
      });
    } else if (factor === 1 && this.#isTold) {
      this.#isTold = false;
      logger.info('back at full rate', { side, ...scaled(limits, factor) });
    }
  }
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
