import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import type { Logger } from '../../common/logger.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { silentLogger } from '../mirror/testing/run-mirror.ts';
import { deadlineFailure, watchForStop } from './stop-signal.ts';

function watch(deadlineMs: number | null) {
  const clock = new FakeClock();
  const signals = new EventEmitter();
  return {
    clock,
    signals,
    stop: watchForStop({ clock, signals, logger: silentLogger, deadlineMs }),
  };
}

describe('the stop signal', () => {
  test('aborts on SIGTERM, and hurries five seconds later', async () => {
    const { clock, signals, stop } = watch(null);
    signals.emit('SIGTERM');
    expect(stop.signal.reason).toMatchObject({ outcome: 'Terminated' });
    expect(stop.forceStop.aborted).toBe(false);
    await clock.advance(5_000);
    expect(stop.forceStop.aborted).toBe(true);
  });

  test('aborts on SIGINT as well, and listens to neither once it is disposed of', () => {
    const { signals, stop } = watch(null);
    signals.emit('SIGINT');
    expect(stop.signal.reason).toMatchObject({ outcome: 'Terminated' });
    stop[Symbol.dispose]();
    expect(signals.listenerCount('SIGINT') + signals.listenerCount('SIGTERM')).toBe(0);
  });

  test('stays what it first was', async () => {
    const { clock, signals, stop } = watch(1_000);
    await clock.advance(1_000);
    const first: unknown = stop.signal.reason;
    signals.emit('SIGTERM');
    await clock.advance(60_000);
    expect([stop.signal.reason, stop.forceStop.reason, stop.forced.reason]).toEqual([
      ...[first, first, first],
    ]);
  });

  test('names the deadline in seconds', () => {
    expect(deadlineFailure(90_000).message).toContain('reached its deadline of 90 s:');
  });

  test('ends all waiting ten seconds after it was told to', async () => {
    const { clock, signals, stop } = watch(null);
    signals.emit('SIGTERM');
    await clock.advance(9_999);
    expect(stop.forced.aborted).toBe(false);
    await clock.advance(1);
    expect(stop.forced.reason).toMatchObject({ outcome: 'Terminated' });
  });

  test('counts the deadline from the start of the process', async () => {
    const clock = new FakeClock();
    await clock.advance(400);
    const options = { clock, signals: new EventEmitter(), logger: silentLogger };
    const stop = watchForStop({ ...options, deadlineMs: 1_000 });
    await clock.advance(599);
    expect(stop.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(stop.signal.reason).toMatchObject({ outcome: 'DeadlineExceeded' });
  });

  test('comes at once where the start took longer than the deadline allows', async () => {
    const clock = new FakeClock();
    await clock.advance(2_000);
    const options = { clock, signals: new EventEmitter(), logger: silentLogger };
    const stop = watchForStop({ ...options, deadlineMs: 1_000 });
    await clock.advance(0);
    expect(stop.signal.reason).toMatchObject({ outcome: 'DeadlineExceeded' });
  });

  test('is told in the log once, however often it comes', () => {
    const told: unknown[] = [];
    const logger: Logger = { ...silentLogger, warn: (message) => told.push(message) };
    const signals = new EventEmitter();
    watchForStop({ clock: new FakeClock(), signals, logger, deadlineMs: null });
    signals.emit('SIGTERM');
    signals.emit('SIGTERM');
    expect(told).toEqual(['stopping']);
  });

  test('is given at once where a signal came before anybody listened', () => {
    const signals = new EventEmitter();
    const options = { clock: new FakeClock(), signals, logger: silentLogger, deadlineMs: null };
    let listeners = 0;
    const wasStopped = (): boolean => {
      listeners = signals.listenerCount('SIGTERM');
      return true;
    };
    const stop = watchForStop({ ...options, wasStopped });
    expect(listeners).toBe(1);
    expect(stop.signal.reason).toMatchObject({ outcome: 'Terminated' });
  });

  test('aborts at the deadline', async () => {
    const { clock, stop } = watch(60_000);
    await clock.advance(59_999);
    expect(stop.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(stop.signal.reason).toMatchObject({ outcome: 'DeadlineExceeded' });
  });

  test('keeps to the first reason', async () => {
    const { clock, signals, stop } = watch(60_000);
    signals.emit('SIGTERM');
    signals.emit('SIGTERM');
    await clock.advance(60_000);
    expect(stop.signal.reason).toMatchObject({ outcome: 'Terminated' });
  });

  test('leaves no timer and no listener behind', () => {
    const { clock, signals, stop } = watch(60_000);
    signals.emit('SIGINT');
    stop[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
    expect(signals.eventNames()).toEqual([]);
  });
});
