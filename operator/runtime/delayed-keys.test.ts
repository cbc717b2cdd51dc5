import { expect, test } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.ts';
import { DelayedKeys } from './delayed-keys.ts';

function setUp() {
  const clock = new FakeClock();
  const due: string[] = [];
  return { clock, due, delayed: new DelayedKeys(clock, (key) => due.push(key)) };
}

test('keys become due in their order of time, not of arrival', async () => {
  const { clock, due, delayed } = setUp();
  delayed.add('late', 2000);
  delayed.add('early', 1000);
  await clock.advance(999);
  expect(due).toEqual([]);
  await clock.advance(1);
  expect(due).toEqual(['early']);
  await clock.advance(1000);
  expect(due).toEqual(['early', 'late']);
  expect(clock.pendingTimers).toBe(0);
});

test('a key asked for twice is due once, at the earlier time', async () => {
  const { clock, due, delayed } = setUp();
  delayed.add('a', 5000);
  delayed.add('a', 1000);
  delayed.add('a', 3000);
  await clock.advance(10_000);
  expect(due).toEqual(['a']);
});

test('a wall clock set forward makes due what was computed from it, within half a minute', async () => {
  const { clock, due, delayed } = setUp();
  delayed.add('slot', 3_600_000);
  clock.jumpTo(new Date(clock.now().getTime() + 3_600_000));
  await clock.advance(30_000);
  expect(due).toEqual(['slot']);
});

test('a wall clock set back delays nothing', async () => {
  const { clock, due, delayed } = setUp();
  delayed.add('retry', 60_000);
  clock.jumpTo(new Date(0));
  await clock.advance(60_000);
  expect(due).toEqual(['retry']);
});

test('what was deleted or cleared does not become due', async () => {
  const { clock, due, delayed } = setUp();
  delayed.add('a', 1000);
  delayed.add('b', 1000);
  delayed.delete('a');
  await clock.advance(1000);
  expect(due).toEqual(['b']);
  delayed.add('c', 1000);
  delayed.clear();
  await clock.advance(5000);
  expect(due).toEqual(['b']);
  expect(clock.pendingTimers).toBe(0);
});

test('a key may be added again while it is handed out', async () => {
  const clock = new FakeClock();
  const due: number[] = [];
  const delayed: DelayedKeys = new DelayedKeys(clock, (key) => {
    due.push(clock.monotonicMs());
    if (due.length < 3) delayed.add(key, 100);
  });
  delayed.add('a', 100);
  await clock.advance(1000);
  expect(due).toEqual([100, 200, 300]);
});
