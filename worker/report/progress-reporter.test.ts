import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { LogFields, Logger } from '../../common/logger.ts';
import { silentLogger } from '../mirror/testing/run-mirror.ts';
import type { WorkerProgress } from '../../api/worker-contract.ts';
import { reportProgress } from './progress-reporter.ts';

describe('the progress reporter', () => {
  test('logs the progress every five seconds until it is stopped', async () => {
    const clock = new FakeClock();
    const lines: (LogFields | undefined)[] = [];
    const logger: Logger = { ...silentLogger, info: (_message, fields) => lines.push(fields) };
    let done = 0;
    const read = () => ({ phase: 'apply', done, total: 100 }) as const;
    const stop = reportProgress(read, { clock, logger });
    await clock.advance(5_000);
    done = 42;
    await clock.advance(5_000);
    stop();
    await clock.advance(60_000);
    expect(lines).toEqual([
      { progress: { phase: 'apply', done: 0, total: 100, percent: 0, perSecond: 0 } },
      {
        progress: {
          ...{ phase: 'apply', done: 42, total: 100 },
          ...{ percent: 42, perSecond: 4.2, secondsLeft: 14 },
        },
      },
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('counts the rate anew in each phase, and claims no total where there is none', async () => {
    const clock = new FakeClock();
    const lines: (LogFields | undefined)[] = [];
    const logger: Logger = { ...silentLogger, info: (_message, fields) => lines.push(fields) };
    let progress: WorkerProgress = { phase: 'compare', done: 1_000, total: 500 };
    const stop = reportProgress(() => progress, { clock, logger });
    await clock.advance(5_000);
    progress = { phase: 'verify', done: 10, total: null };
    await clock.advance(5_000);
    progress = { phase: 'verify', done: 60, total: null };
    await clock.advance(5_000);
    stop();
    expect(lines.map((line) => line?.['progress'])).toEqual([
      { phase: 'compare', done: 1_000, total: 500, percent: 100, perSecond: 0 },
      { phase: 'verify', done: 10, total: null },
      { phase: 'verify', done: 60, total: null, perSecond: 10 },
    ]);
  });

  test.each([
    { done: 49, perSecond: 9.8, percent: 9, secondsLeft: 47 },
    { done: 50, perSecond: 10, percent: 10, secondsLeft: 45 },
    { done: 57, perSecond: 11, percent: 11, secondsLeft: 39 },
    { done: 499, perSecond: 100, percent: 99, secondsLeft: 1 },
    { done: 500, perSecond: 100, percent: 100, secondsLeft: 0 },
  ])('tells a rate in tenths where it is below ten: $done in 5 s', async ({ done, ...figures }) => {
    const clock = new FakeClock();
    const lines: unknown[] = [];
    const logger: Logger = { ...silentLogger, info: (_message, fields) => lines.push(fields) };
    let soFar = 0;
    const stop = reportProgress(() => ({ phase: 'apply', done: soFar, total: 500 }), {
      clock,
      logger,
    });
    soFar = done;
    await clock.advance(5_000);
    stop();
    expect(lines).toEqual([{ progress: { phase: 'apply', done, total: 500, ...figures } }]);
  });

  test('claims no percent of nothing', async () => {
    const clock = new FakeClock();
    const lines: unknown[] = [];
    const logger: Logger = { ...silentLogger, info: (_message, fields) => lines.push(fields) };
    const stop = reportProgress(() => ({ phase: 'apply', done: 0, total: 0 }), { clock, logger });
    await clock.advance(5_000);
    stop();
    expect(lines).toEqual([{ progress: { phase: 'apply', done: 0, total: 0, perSecond: 0 } }]);
  });
});
