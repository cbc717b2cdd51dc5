import { describe, expect, test } from '@jest/globals';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { runNowName, slotName } from '../../../api/names.ts';
import { at, iso, PLAN, PLAN_UID, snapshot, type ChildInput } from './testing/builders.ts';
import { decideOn, ranAtNine, readyOf } from './testing/decided.ts';

describe('a deadline of a run that others are stopped for', () => {
  const spec = { startingDeadlineSeconds: 10, concurrencyPolicy: 'Replace' };
  const stoppedAt = (since: string) =>
    decideOn(
      snapshot({ ...ranAtNine({ replacing: [{ name: 'x', uid: 'y', since: iso(since) }] }), spec }),
      at('10:01'),
    );

  test('is met where they were stopped in time, however long they took', () => {
    const { start, status, events } = stoppedAt('10:00:10');
    expect(start?.slot).toEqual(at('10:00'));
    expect(events).toEqual([]);
    expect(readyOf({ status })?.message).toBe(
      `Starts ${slotName(PLAN, at('10:00'))}, due at ${iso('10:00')}.`,
    );
  });

  test('has passed where they were stopped after it', () => {
    const { start, events } = stoppedAt('10:00:11');
    expect(start).toBeUndefined();
    expect(events).toMatchObject([{ reason: 'MissSchedule' }]);
  });

  test('is not there where the spec has none', () => {
    const free = { concurrencyPolicy: 'Replace' };
    expect(decideOn(snapshot({ ...ranAtNine(), spec: free }), at('10:59')).start?.slot).toEqual(
      at('10:00'),
    );
  });
});

test('a run that replaces another is told with what it waits for', () => {
  const plan = { ...ranAtNine(), spec: { concurrencyPolicy: 'Replace' } };
  const decision = decideOn(snapshot(plan, [{ slot: '09:00' }]), at('10:00'));
  const name = slotName(PLAN, at('09:00'));
  expect(readyOf(decision)).toMatchObject({
    status: 'True',
    message: `The run due at ${iso('10:00')} starts once the worker of ${name} is gone (spec.concurrencyPolicy: Replace).`,
  });
  expect(decision.events).toMatchObject([
    {
      cause: 'a run replaces another',
      note: `A run is due and replaces ${name} (spec.concurrencyPolicy: Replace).`,
    },
  ]);
  expect(decision.stops).toMatchObject([{ name }]);
});

test('of several that a run waits for, the oldest is named and the others are counted', () => {
  const children = [{ slot: '08:30' }, { slot: '09:00' }];
  const decision = decideOn(snapshot(ranAtNine(), children), at('10:00'));
  expect(readyOf(decision)?.status).toBe('True');
  expect(readyOf(decision)?.message).toContain(
    `waits for ${slotName(PLAN, at('08:30'))} and 1 more to end`,
  );
});

test.each([
  { now: '10:40', count: 100, isTold: false },
  { now: '10:41', count: 101, isTold: true },
])('$count times without a run are told: $isTold', ({ now, count, isTold }) => {
  const plan = {
    ...ranAtNine({ nextScheduleTime: iso('09:01') }),
    spec: { schedule: '* * * * ?' },
  };
  const { start } = decideOn(snapshot(plan), at(now));
  expect(start?.slot).toEqual(at(now));
  const note = `${count} times of the schedule have come and were not run; one run, for ${iso(now)}, stands for them all. Check whether the operator was down or a clock is wrong.`;
  expect(start?.warnings).toEqual(
    isTold
      ? [{ type: 'Warning', reason: 'TooManyMissedTimes', cause: 'too many missed', note }]
      : [],
  );
});

test.each([
  { name: 'when it last ran', changes: { lastScheduleTime: iso('08:00') } },
  { name: 'when it last succeeded', changes: { lastSuccessfulTime: iso('08:05') } },
  { name: 'what was copied last', changes: { lastSnapshotTime: iso('08:01') } },
  { name: 'which runs were made by hand', changes: { runNowTokens: [] } },
])('what a child to be deleted tells is written down first, if only $name', ({ changes }) => {
  const plan = { ...ranAtNine(), spec: { successfulSynchronizationsHistoryLimit: 0 } };
  const children: ChildInput[] = [
    { slot: '09:00', state: 'Succeeded', started: '09:00', ended: '09:05', copied: '09:01' },
    { name: runNowName(PLAN, 'please'), state: 'Succeeded', ended: '09:04' },
  ];
  const { status } = decideOn(snapshot(plan, children), at('09:30'));
  const again = (known: object) =>
    decideOn(snapshot({ ...plan, status: { ...status, ...known } }, children), at('09:30'));
  expect(again({}).deletions).toHaveLength(2);
  expect(again({}).writesBeforeDeleting).toBe(false);
  expect(again(changes).writesBeforeDeleting).toBe(true);
});

test('a name that something else has keeps that run waiting, and is told once', () => {
  const name = slotName(PLAN, at('10:00'));
  const given = { ...snapshot(ranAtNine()), takenName: name };
  const decision = decideOn(given, at('10:00'));
  expect(decision.start).toBeUndefined();
  expect(decision.events).toMatchObject([
    { type: 'Warning', reason: 'FailedCreate', cause: 'a name is taken' },
  ]);
  expect(readyOf(decision)).toMatchObject({
    status: 'True',
    message: `The run due at ${iso('10:00')} cannot start: a Synchronization ${name} exists and is not this plan's. Delete or rename it.`,
  });
  expect(decision.status.nextScheduleTime).toBe(iso('10:00'));
  expect(decision.requeueAfterMs).toBe(60_000);
});

test('a run by hand whose name something else has starts nothing, and says so', () => {
  const annotations = { [ANNOTATIONS.runNow]: 'please', [ANNOTATIONS.runNowUid]: PLAN_UID };
  const plan = { ...ranAtNine(), metadata: { annotations, creationTimestamp: iso('08:30') } };
  const takenName = runNowName(PLAN, 'please');
  const decision = decideOn({ ...snapshot(plan), takenName }, at('09:30'));
  expect(decision.start).toBeUndefined();
  expect(readyOf(decision)).toMatchObject({
    status: 'True',
    message: `Runs next at ${iso('10:00')}. The run-now annotation starts nothing: ${takenName} exists and is not this plan's; give another token.`,
  });
});

test('a run that was told to stop in time is not dropped, to the second', () => {
  const seconds = 1000;
  const since = (afterSeconds: number) =>
    new Date(at('10:00').getTime() + afterSeconds * 1000).toISOString().replace('.000Z', 'Z');
  const decided = (afterSeconds: number) => {
    const name = slotName(PLAN, at('09:00'));
    const replacing = [{ name, uid: `uid-of-${name}`, since: since(afterSeconds) }];
    const plan = ranAtNine({ replacing });
    const spec = { concurrencyPolicy: 'Replace', startingDeadlineSeconds: seconds };
    return decideOn(snapshot({ ...plan, spec }), at('10:30'));
  };
  expect(readyOf(decided(seconds))?.message).not.toContain('Runs next');
  expect(readyOf(decided(seconds + 1))?.message).toBe('Runs next at 2016-05-19T11:00:00Z.');
});

test('a replaced run that is still there is told of by the seconds since it was told to stop', () => {
  const name = slotName(PLAN, at('09:00'));
  const replaced = [
    { name, uid: 'gone', since: at('10:00'), remains: { names: ['pod a'], graceSeconds: 30 } },
  ];
  const plan = ranAtNine({ replacing: [{ name, uid: 'gone', since: iso('10:00') }] });
  const spec = { concurrencyPolicy: 'Replace' };
  const given = { ...snapshot({ ...plan, spec }), replaced } as never;
  expect(decideOn(given, at('10:50')).start?.warnings).toEqual([
    expect.objectContaining({
      note: expect.stringContaining(`${name} was told to stop 3000 s ago, and pod a is`) as unknown,
      cause: 'a worker that was told to stop',
    }),
  ]);
});

test('a plan that nobody asked to run by hand says only when it runs next', () => {
  const { status } = decideOn(snapshot(ranAtNine()), at('09:30'));
  expect(readyOf({ status })?.message).toBe('Runs next at 2016-05-19T10:00:00Z.');
  expect(status).not.toHaveProperty('runNowTokens');
});

test('the last time of a schedule is run, although none comes within five years', () => {
  const spec = { schedule: '0 0 29 2 *' };
  const given = snapshot({
    spec,
    metadata: { creationTimestamp: '2096-02-28T12:00:00Z' },
    status: { observedGeneration: -1 },
  });
  expect(decideOn(given, new Date('2096-02-29T00:00:30Z')).start?.slot).toEqual(
    new Date('2096-02-29T00:00:00Z'),
  );
});

test('what a child shows of missed runs is written before it is deleted', () => {
  const failed: ChildInput = { slot: '09:00', state: 'Failed', ended: '11:20' };
  const spec = { failedSynchronizationsHistoryLimit: 0 };
  const misses = { evaluatedThrough: iso('09:00'), schedule: '0 * * * ?', timeZone: 'UTC' };
  const plan = ranAtNine({ misses: { ...misses, total: 0, byReason: {} } });
  const decision = decideOn(snapshot({ ...plan, spec }, [failed]), at('12:10'));
  expect(decision.deletions).toHaveLength(1);
  expect(decision.start).toBeDefined();
  expect(decision.writesBeforeDeleting).toBe(true);
});
