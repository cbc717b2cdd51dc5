import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../common/testing/fake-clock.ts';
import type { LogFields, Logger } from '../../common/logger.ts';
import { silentLogger } from '../mirror/testing/run-mirror.ts';
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
      { progress: { phase: 'apply', done: 0, total: 100 } },
      { progress: { phase: 'apply', done: 42, total: 100 } },
    ]);
    expect(clock.pendingTimers).toBe(0);
  });
});
