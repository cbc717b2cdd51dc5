import { describe, expect, test } from '@jest/globals';
import type { LogFields, Logger } from '../../../common/logger.ts';
import { FakeClock } from '../../../testing/fake-clock.ts';
import { ZooKeeperError } from '../../../zookeeper/index.ts';
import { silentLogger } from '../../mirror/testing/run-mirror.ts';
import { LatencyWatch } from './latency-watch.ts';

const LIMITS = { readsPerSecond: 1_000, writesPerSecond: 500, bytesPerSecond: 0 };

/** A side that is asked every 10 ms for something, and answers as late as it is told to. */
class WatchedSide {
  readonly clock = new FakeClock();
  readonly factors: number[] = [];
  readonly lines: (LogFields & { readonly message: string })[] = [];
  latencyMs = 1;
  error: Error | null = null;
  isBusy = false;
  asked = 0;
  readonly #watch: LatencyWatch;

  constructor() {
    const logger: Logger = {
      ...silentLogger,
      info: (message, fields) => this.lines.push({ message, ...fields }),
    };
    this.#watch = new LatencyWatch({
      side: 'source',
      limits: LIMITS,
      clock: this.clock,
      logger,
      ask: () => this.#answer(),
      onFactor: (factor) => this.factors.push(factor),
    });
  }

  async work(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += 10) {
      this.#watch.look(this.isBusy);
      await this.clock.advance(10);
    }
  }

  #answer(): Promise<void> {
    this.asked += 1;
    return new Promise((resolve, reject) => {
      const { error } = this;
      this.clock.setTimer(this.latencyMs, () => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }
}

describe('watching how fast a side answers', () => {
  test('asks five times a second while there is work, and never twice at once', async () => {
    const side = new WatchedSide();
    await side.work(1_000);
    expect(side.asked).toBe(5);
    await side.clock.advance(60_000);
    expect(side.asked).toBe(5);
    side.latencyMs = 700;
    await side.work(690);
    expect(side.asked).toBe(6);
  });

  test('asks a side that is never at rest once a second', async () => {
    const side = new WatchedSide();
    await side.work(200);
    side.isBusy = true;
    await side.work(1_790);
    expect(side.asked).toBe(2);
  });

  test('slows the work down and says so, at most every ten seconds', async () => {
    const side = new WatchedSide();
    await side.work(200);
    side.latencyMs = 100;
    await side.work(400);
    expect(side.factors).toEqual([0.7]);
    const line = {
      message: 'slowed down, because the servers answer more slowly',
      side: 'source',
      latencyMs: 100,
      baselineMs: 1,
      readsPerSecond: 700,
      writesPerSecond: 350,
      bytesPerSecond: 0,
    };
    expect(side.lines).toEqual([line]);
    await side.work(9_700);
    expect(side.lines).toHaveLength(1);
    await side.work(400);
    expect(side.lines).toEqual([line, { ...line, readsPerSecond: 50, writesPerSecond: 25 }]);
  });

  test('says once that the full rate is back', async () => {
    const side = new WatchedSide();
    await side.work(200);
    side.latencyMs = 100;
    await side.work(400);
    side.latencyMs = 1;
    await side.work(1_000);
    expect(side.lines).toHaveLength(1);
    await side.work(1_000);
    expect(side.lines.slice(1)).toEqual([
      { message: 'back at full rate', side: 'source', ...LIMITS },
    ]);
    expect(side.factors.at(-1)).toBe(1);
  });

  test.each([
    { code: 'NoAuth', factors: [0.7] },
    { code: 'NoNode', factors: [0.7] },
    { code: 'ConnectionLoss', factors: [] },
  ] as const)('takes $code for what it is', async ({ code, factors }) => {
    const side = new WatchedSide();
    await side.work(200);
    side.latencyMs = 100;
    side.error = new ZooKeeperError(code, 'no');
    await side.work(400);
    expect(side.factors).toEqual(factors);
  });
});
