import { describe, expect, test } from '@jest/globals';
import { mistakeResult } from '../report/worker-result.ts';
import type { EndOrder } from './beat.ts';
import { LOOK_EVERY_MS, Standstill } from './standstill.ts';

const STOP: EndOrder = { outcome: 'Terminated', message: 'Told to stop.' };
const DEADLINE: EndOrder = { outcome: 'DeadlineExceeded', message: 'Too late.' };
const result = mistakeResult('');

/** Seconds until it has something to say, and what; null if it says nothing for an hour. */
function silence(
  standstill: Standstill,
): { seconds: number; outcome: string; message: string } | null {
  for (let seconds = 1; seconds <= 3_600; seconds += 1) {
    const ended = standstill.look(LOOK_EVERY_MS);
    if (ended !== null) return { seconds, outcome: ended.outcome, message: ended.message };
  }
  return null;
}

describe('a loop that stands still', () => {
  test('is left alone for less than the twenty seconds after which it is stuck', () => {
    const standstill = new Standstill({ result, deadline: null });
    standstill.heard({ stop: null });
    expect(silence(standstill)).toMatchObject({
      seconds: 20,
      outcome: 'Stuck',
      message: expect.stringContaining('stood still for 20 s') as unknown,
    });
  });

  test('is left alone as long as it turns now and then', () => {
    const standstill = new Standstill({ result, deadline: null });
    for (let beats = 0; beats < 100; beats += 1) {
      expect(standstill.look(1_900)).toBeNull();
      standstill.heard({ stop: null });
    }
  });

  test('has ten seconds where it was told to stop, and ends as that', () => {
    const standstill = new Standstill({ result, deadline: null });
    standstill.heard({ stop: STOP });
    expect(silence(standstill)).toMatchObject({
      seconds: 10,
      outcome: 'Terminated',
      message: expect.stringMatching(
        /^Told to stop\. Its process had stood still for 10 s/,
      ) as unknown,
    });
  });

  test('ends at its deadline where it has stood still for ten seconds by then', () => {
    const deadline = { leftMs: 15_000, order: DEADLINE };
    expect(silence(new Standstill({ result, deadline }))).toMatchObject({
      seconds: 15,
      outcome: 'DeadlineExceeded',
    });
  });

  test('may turn after its deadline: then it ends by itself', () => {
    const standstill = new Standstill({ result, deadline: { leftMs: 5_000, order: DEADLINE } });
    for (let seconds = 0; seconds < 60; seconds += 1) {
      expect(standstill.look(LOOK_EVERY_MS)).toBeNull();
      standstill.heard({ stop: null });
    }
  });

  test('says what was last known of the run', () => {
    const standstill = new Standstill({ result, deadline: null });
    const counts = { created: 7, updated: 0, deleted: 0, unchanged: 0 };
    standstill.heard({ result: { ...result, counts }, stop: null });
    standstill.heard({ stop: null });
    for (let looks = 0; looks < 9; looks += 1) standstill.look(2_000);
    expect(standstill.look(2_000)).toMatchObject({ outcome: 'Stuck', counts });
  });

  test('is not blamed for the time in which the whole machine stood still', () => {
    const standstill = new Standstill({ result, deadline: null });
    expect(standstill.look(3_600_000)).toBeNull();
  });
});
