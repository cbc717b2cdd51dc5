import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.ts';
import { WorkerFailure } from '../failure.ts';
import { silentLogger } from '../mirror/testing/run-mirror.ts';
import { mistakeResult } from '../report/worker-result.ts';
import type { Beat } from './beat.ts';
import { watchOver, type WatchdogThread } from './watchdog.ts';

function watched(isNeeded = true) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const beats: Beat[] = [];
  const events: string[] = [];
  let fail: (error: Error) => void = () => undefined;
  const thread: WatchdogThread = {
    postMessage: (beat) => beats.push(beat),
    on: (_event, listener) => (fail = listener),
    unref: () => events.push('unref'),
    terminate: () => Promise.resolve(events.push('terminate')),
  };
  const watchdog = watchOver({
    clock,
    logger: silentLogger,
    signal: stop.signal,
    unknown: mistakeResult('nothing yet'),
    start: isNeeded ? () => (events.push('start'), thread) : null,
  });
  watchdog.follow(() => mistakeResult('so far'));
  return {
    clock,
    stop,
    beats,
    events,
    watchdog,
    fail: () => {
      fail(new Error('gone'));
    },
  };
}

describe('the watchdog of a run', () => {
  test('does not come for a run that is over soon', async () => {
    const { clock, events, watchdog } = watched();
    await clock.advance(1_999);
    watchdog[Symbol.dispose]();
    await clock.advance(60_000);
    expect(events).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('hears every second that the loop turns, and now and then what is known', async () => {
    const { clock, beats, events } = watched();
    await clock.advance(2_000);
    expect(events).toEqual(['start', 'unref']);
    await clock.advance(9_000);
    expect(beats).toHaveLength(10);
    const withResult = beats.filter(({ result }) => result !== undefined);
    expect(withResult).toHaveLength(2);
    expect(withResult[0]?.result?.message).toBe('so far');
  });

  test('hears why the run is to end', async () => {
    const { clock, beats, stop } = watched();
    await clock.advance(2_000);
    expect(beats.at(-1)?.stop).toBeNull();
    stop.abort(new WorkerFailure('Terminated', 'Told to stop.'));
    await clock.advance(1_000);
    expect(beats.at(-1)?.stop).toEqual({ outcome: 'Terminated', message: 'Told to stop.' });
  });

  test('goes with the run', async () => {
    const { clock, beats, events, watchdog } = watched();
    await clock.advance(2_000);
    watchdog[Symbol.dispose]();
    const heard = beats.length;
    await clock.advance(10_000);
    expect(events.at(-1)).toBe('terminate');
    expect(beats).toHaveLength(heard);
  });

  test('may fail without harm to the run', async () => {
    const { clock, beats, fail } = watched();
    await clock.advance(2_000);
    fail();
    const heard = beats.length;
    await clock.advance(10_000);
    expect(beats).toHaveLength(heard);
  });

  test('does not come where a person holds the output', async () => {
    const { clock, events } = watched(false);
    await clock.advance(60_000);
    expect(events).toEqual([]);
  });
});
