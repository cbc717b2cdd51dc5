import { describe, expect, test } from '@jest/globals';
import { delay, systemClock } from './clock.ts';
import { FakeClock } from '../testing/fake-clock.ts';

describe('delay', () => {
  test('ends when its time has come and not before', async () => {
    const clock = new FakeClock();
    let ended = false;
    const waiting = delay(clock, 1000).then(() => (ended = true));

    await clock.advance(999);
    expect(ended).toBe(false);
    await clock.advance(1);
    await waiting;
    expect(ended).toBe(true);
  });

  test('ends at once when aborted, and leaves no timer behind', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const waiting = delay(clock, 1000, controller.signal);

    controller.abort(new Error('stop'));

    await expect(waiting).rejects.toThrow('stop');
    expect(clock.pendingTimers).toBe(0);
  });

  test('does not begin when the signal is already aborted', async () => {
    const clock = new FakeClock();

    await expect(delay(clock, 1000, AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('systemClock', () => {
  test('does not fire a timer longer than setTimeout can hold at once', async () => {
    let fired = false;
    const cancel = systemClock.setTimer(0x7fffffff + 1000, () => (fired = true));
    await new Promise((resolve) => setImmediate(resolve));
    cancel();

    expect(fired).toBe(false);
  });
});

describe('FakeClock', () => {
  test('a jump of the wall clock fires no timer and leaves durations alone', async () => {
    const clock = new FakeClock(new Date('2026-03-29T00:00:00Z'));
    let fired = false;
    clock.setTimer(1000, () => (fired = true));

    clock.jumpTo(new Date('2026-03-30T00:00:00Z'));
    await clock.advance(0);

    expect(fired).toBe(false);
    expect(clock.monotonicMs()).toBe(0);
  });
});
