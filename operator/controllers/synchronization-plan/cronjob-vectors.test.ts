/**
 * CronJob v2's conformance vectors (TestControllerV2SyncCronJob): on the hour, 2016-05-19. Where we
 * differ on purpose the row says so; docs/plans/cronjob.md has the reasons. What needs a server is in
 * cronjob-server-vectors.test.ts.
 */
import { describe, expect, test } from '@jest/globals';
import { ScheduleParser } from '../../schedule/schedule-parser.ts';
import { readChild } from './child.ts';
import { decide } from './decide.ts';
import { withChild, type Snapshot } from './snapshot.ts';
import type { Start } from './verdict.ts';
import {
  activeRef,
  at,
  childObject,
  iso,
  snapshot,
  type ChildInput,
  type PlanInput,
} from './testing/builders.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PADDING_MS = 100;
const A_WEEK_LATER = new Date('2016-05-26T10:00:00Z');

const NEW: PlanInput = { metadata: { creationTimestamp: iso('09:59') } };
const RAN: PlanInput = {
  metadata: { creationTimestamp: iso('08:59') },
  status: { observedGeneration: 1, lastScheduleTime: iso('09:01') },
};
const RAN_CHILD: ChildInput = { slot: '09:01', state: 'Succeeded', ended: '09:01' };
const ACTIVE: PlanInput = {
  ...RAN,
  status: { ...RAN.status, active: [activeRef('09:01')] },
};
const ACTIVE_CHILD: ChildInput = { slot: '09:01' };

interface Row {
  readonly name: string;
  readonly given: Snapshot;
  readonly now: Date;
  readonly expected: {
    readonly starts: number;
    readonly active: number;
    readonly warnings: readonly string[];
    readonly requeueMs: number | undefined;
  };
}

/** One sync: decides, starts what is to be started, and decides on that. */
function sync(given: Snapshot, now: Date) {
  const parser = new ScheduleParser();
  let current = given;
  let starts = 0;
  const warnings: string[] = [];
  const normal: string[] = [];
  for (;;) {
    const decision = decide(current, now, parser);
    if (decision === undefined) throw new Error('nothing decided');
    const { start } = decision;
    const notes = start === undefined ? decision.events : start.warnings;
    for (const { type, reason } of notes) (type === 'Warning' ? warnings : normal).push(reason);
    if (start === undefined) {
      const active = decision.status.active?.length ?? 0;
      const { status, deletions, stops, requeueAfterMs: requeueMs } = decision;
      return { starts, active, warnings, normal, requeueMs, status, deletions, stops };
    }
    starts++;
    current = withStarted(current, start);
  }
}

function withStarted(given: Snapshot, start: Start): Snapshot {
  const slot = start.slot?.toISOString().slice(11, 19);
  const child = childObject({ name: start.name, ...(slot === undefined ? {} : { slot }) });
  return withChild(given, { ...readChild(child, given.object), slot: start.slot });
}

function row(
  name: string,
  given: {
    readonly plan: PlanInput;
    readonly spec?: PlanInput['spec'];
    readonly children?: ChildInput[];
  },
  now: Date,
  expected: Partial<Row['expected']>,
): Row {
  const { plan, spec, children } = given;
  const merged = { ...plan, spec: { ...plan.spec, ...spec } };
  const nothing = { starts: 0, active: 0, warnings: [], requeueMs: undefined };
  return { name, given: snapshot(merged, children), now, expected: { ...nothing, ...expected } };
}

const zoned = { timeZone: 'Europe/Rome' };
const allow = { concurrencyPolicy: 'Allow' };
const deadline = (startingDeadlineSeconds: number) => ({ startingDeadlineSeconds });
const every = { schedule: '@every 1h' };
const ran = { plan: RAN, children: [RAN_CHILD] };
const active = { plan: ACTIVE, children: [ACTIVE_CHILD] };
const lastAt = (lastScheduleTime: Date): PlanInput => ({
  ...RAN,
  status: { observedGeneration: 1, lastScheduleTime: lastScheduleTime.toISOString() },
});

const first: readonly Row[] = [
  row('new, bad schedule', { plan: NEW, spec: { schedule: 'no' } }, at('09:59'), {
    warnings: ['UnparseableSchedule'],
  }),
  row('new, bad zone', { plan: NEW, spec: { timeZone: 'Mars/Crater' } }, at('09:59'), {
    warnings: ['UnknownTimeZone'],
  }),
  row(
    'new, a date that never comes',
    { plan: NEW, spec: { schedule: '59 23 31 2 *' } },
    at('09:59'),
    { warnings: ['InvalidSchedule'] },
  ),
  row('new, not time', { plan: NEW }, at('09:59'), { requeueMs: MINUTE_MS + PADDING_MS }),
  row('new, not time, zoned', { plan: NEW, spec: zoned }, at('09:59'), {
    requeueMs: MINUTE_MS + PADDING_MS,
  }),
  row('new, is time', { plan: NEW }, at('10:01'), {
    starts: 1,
    active: 1,
    requeueMs: 59 * MINUTE_MS + PADDING_MS,
  }),
  row('new, is time, zoned', { plan: NEW, spec: zoned }, at('10:01'), {
    starts: 1,
    active: 1,
    requeueMs: 59 * MINUTE_MS + PADDING_MS,
  }),
  row('new, is time, allow', { plan: NEW, spec: allow }, at('10:01'), {
    starts: 1,
    active: 1,
    requeueMs: 59 * MINUTE_MS + PADDING_MS,
  }),
  row('new, is time, long deadline', { plan: NEW, spec: deadline(1_000_000) }, at('10:01'), {
    starts: 1,
    active: 1,
    requeueMs: 59 * MINUTE_MS + PADDING_MS,
  }),
  row(
    'differs: TZ= in the schedule is refused, there is nothing to grandfather',
    { plan: NEW, spec: { schedule: 'TZ=UTC 0 * * * *' } },
    at('10:01'),
    { warnings: ['InvalidSpec'] },
  ),
  row(
    'differs: TZ= in the schedule plus timeZone is refused, too',
    { plan: NEW, spec: { schedule: 'TZ=UTC 0 * * * *', ...zoned } },
    at('10:01'),
    { warnings: ['InvalidSpec'] },
  ),
  row('new, suspended', { plan: NEW, spec: { suspend: true } }, at('10:01'), {}),
  row(
    'differs: new, past a short deadline, is told of',
    { plan: NEW, spec: deadline(10) },
    at('10:12'),
    { warnings: ['MissSchedule'], requeueMs: 48 * MINUTE_MS + PADDING_MS },
  ),
];

const later: readonly Row[] = [
  row('ran, not time', ran, at('09:59'), { requeueMs: MINUTE_MS + PADDING_MS }),
  row('ran, is time', ran, at('10:01'), {
    starts: 1,
    active: 1,
    requeueMs: 59 * MINUTE_MS + PADDING_MS,
  }),
  row('ran, is time, allow', { ...ran, spec: allow }, at('10:01'), {
    starts: 1,
    active: 1,
    requeueMs: 59 * MINUTE_MS + PADDING_MS,
  }),
  row('ran, suspended', { ...ran, spec: { suspend: true } }, at('10:01'), {}),
  row(
    'differs: ran, past a short deadline, is told of',
    { ...ran, spec: deadline(10) },
    at('10:01'),
    { warnings: ['MissSchedule'], requeueMs: 59 * MINUTE_MS + PADDING_MS },
  ),
  row('active, not time', active, at('09:59'), { active: 1, requeueMs: MINUTE_MS + PADDING_MS }),
  row('active, is time, allow', { ...active, spec: allow }, at('10:01'), {
    starts: 1,
    active: 2,
    requeueMs: 59 * MINUTE_MS + PADDING_MS,
  }),
  row('active, is time, forbid', active, at('10:01'), {
    active: 1,
    requeueMs: 59 * MINUTE_MS + PADDING_MS,
  }),
  row(
    'differs: active, is time, replace: that one is stopped, and the next starts once it is gone',
    { ...active, spec: { concurrencyPolicy: 'Replace' } },
    at('10:01'),
    { active: 1, requeueMs: 1000 },
  ),
  row('active, suspended', { ...active, spec: { suspend: true } }, at('10:01'), { active: 1 }),
  row(
    'active, allow, short deadline',
    { ...active, spec: { ...allow, ...deadline(10) } },
    at('10:01'),
    { active: 1, warnings: ['MissSchedule'], requeueMs: 59 * MINUTE_MS + PADDING_MS },
  ),
  row(
    'active, allow, long deadline',
    { ...active, spec: { ...allow, ...deadline(1_000_000) } },
    at('10:01'),
    { starts: 1, active: 2, requeueMs: 59 * MINUTE_MS + PADDING_MS },
  ),
  row('ran, a week later', ran, A_WEEK_LATER, {
    starts: 1,
    active: 1,
    warnings: ['TooManyMissedTimes'],
    requeueMs: HOUR_MS + PADDING_MS,
  }),
  row('ran, a week later, long deadline', { ...ran, spec: deadline(1_000_000) }, A_WEEK_LATER, {
    starts: 1,
    active: 1,
    warnings: ['TooManyMissedTimes'],
    requeueMs: HOUR_MS + PADDING_MS,
  }),
  row('ran, a week later, deadline of two hours', { ...ran, spec: deadline(7200) }, A_WEEK_LATER, {
    starts: 1,
    active: 1,
    requeueMs: HOUR_MS + PADDING_MS,
  }),
  row('ran, a week later, short deadline', { ...ran, spec: deadline(10) }, A_WEEK_LATER, {
    starts: 1,
    active: 1,
    requeueMs: HOUR_MS + PADDING_MS,
  }),
  row(
    'ran, the clock went back',
    { plan: RAN, children: [{ state: 'Succeeded', name: 'other', ended: '10:01' }] },
    at('09:59'),
    { requeueMs: MINUTE_MS + PADDING_MS },
  ),
  row(
    'differs: ran, the clock went back, a child knows its slot has been run',
    { plan: RAN, children: [{ slot: '10:00', state: 'Succeeded', ended: '10:01' }] },
    at('09:59'),
    { requeueMs: 61 * MINUTE_MS + PADDING_MS },
  ),
  row(
    'live child that the status does not know',
    { plan: RAN, children: [{ slot: '10:00' }] },
    new Date(at('10:01').getTime() + 100),
    { active: 1, requeueMs: 59 * MINUTE_MS },
  ),
];

const interval: readonly Row[] = [
  row('created a minute ago', { plan: NEW, spec: every }, at('10:00'), {
    requeueMs: 59 * MINUTE_MS + PADDING_MS,
  }),
  row('created an hour ago', { plan: { metadata: RAN.metadata ?? {} }, spec: every }, at('09:59'), {
    starts: 1,
    active: 1,
    requeueMs: HOUR_MS + PADDING_MS,
  }),
  row(
    'past a short deadline',
    { plan: { metadata: RAN.metadata ?? {} }, spec: { ...every, ...deadline(10) } },
    at('09:59:11'),
    { warnings: ['MissSchedule'], requeueMs: HOUR_MS - 11_000 + PADDING_MS },
  ),
  row(
    'within a long deadline',
    { plan: { metadata: RAN.metadata ?? {} }, spec: { ...every, ...deadline(1_000_000) } },
    at('09:59:09'),
    { starts: 1, active: 1, requeueMs: HOUR_MS - 9000 + PADDING_MS },
  ),
  row(
    'differs: within a short deadline, which in a CronJob it never is',
    { plan: { metadata: RAN.metadata ?? {} }, spec: { ...every, ...deadline(10) } },
    at('09:59:09'),
    { starts: 1, active: 1, requeueMs: HOUR_MS - 9000 + PADDING_MS },
  ),
  row('ran, not time', { plan: lastAt(at('09:59')), spec: every }, at('10:00'), {
    requeueMs: 59 * MINUTE_MS + PADDING_MS,
  }),
  row('ran, is time', { plan: lastAt(at('09:59')), spec: every }, at('11:00'), {
    starts: 1,
    active: 1,
    requeueMs: 59 * MINUTE_MS + PADDING_MS,
  }),
  row(
    'active, is time, allow',
    {
      plan: {
        ...ACTIVE,
        status: { ...ACTIVE.status, lastScheduleTime: iso('08:59'), active: [activeRef('08:59')] },
      },
      spec: { ...every, ...allow },
      children: [{ slot: '08:59' }],
    },
    at('10:01'),
    { starts: 1, active: 2, requeueMs: 58 * MINUTE_MS + PADDING_MS },
  ),
  row('a week later', { plan: lastAt(at('10:01')), spec: every }, A_WEEK_LATER, {
    starts: 1,
    active: 1,
    warnings: ['TooManyMissedTimes'],
    requeueMs: MINUTE_MS + PADDING_MS,
  }),
  row(
    'a week later, past a short deadline',
    { plan: lastAt(at('10:01')), spec: { ...every, ...deadline(10) } },
    new Date(A_WEEK_LATER.getTime() + 71_000),
    { warnings: ['MissSchedule'], requeueMs: HOUR_MS - 11_000 + PADDING_MS },
  ),
];

describe.each([
  { what: 'a plan that never ran', rows: first },
  { what: 'a plan that ran', rows: later },
  { what: '@every 1h', rows: interval },
])('$what', ({ rows }) => {
  test.each(rows)('$name', ({ given, now, expected }) => {
    const { starts, active, warnings, requeueMs } = sync(given, now);
    expect({ starts, active, warnings, requeueMs }).toEqual(expected);
  });
});

test('what waits under Forbid is told in one Normal event', () => {
  const { normal, status } = sync(snapshot(ACTIVE, [ACTIVE_CHILD]), at('10:01'));
  expect(normal).toEqual(['JobAlreadyActive']);
  expect(status).toMatchObject({ lastScheduleTime: iso('09:01'), nextScheduleTime: iso('10:00') });
});

test('what is replaced is deleted once', () => {
  const replace = { ...ACTIVE, spec: { concurrencyPolicy: 'Replace' } };
  const { stops, normal } = sync(snapshot(replace, [ACTIVE_CHILD]), at('10:01'));
  expect(stops).toMatchObject([{ slot: at('09:01') }]);
  expect(normal).toEqual(['Replacing']);
});

test('what is active and not due changes nothing', () => {
  const before = sync(snapshot(ACTIVE, [ACTIVE_CHILD]), at('09:58')).status;
  const after = sync(snapshot({ ...ACTIVE, status: before }, [ACTIVE_CHILD]), at('09:59'));
  expect(after.status).toEqual(before);
  expect([...after.normal, ...after.warnings]).toEqual([]);
});

describe('CleanupFinishedJobs', () => {
  const two: ChildInput[] = [
    { slot: '08:00', state: 'Succeeded', started: '08:00' },
    { slot: '09:00', state: 'Succeeded', started: '09:00' },
  ];
  test.each([
    { name: 'limit 1, 2 done', limit: 1, children: two, deleted: 1 },
    { name: 'limit 2, 1 done', limit: 2, children: two.slice(0, 1), deleted: 0 },
    { name: 'limit 0, 2 done', limit: 0, children: two, deleted: 2 },
  ])('$name', ({ limit, children, deleted }) => {
    const given = snapshot({ spec: { successfulSynchronizationsHistoryLimit: limit } }, children);
    const names = sync(given, at('09:59')).deletions.map((child) => child.slot?.getUTCHours());
    expect(names).toEqual([8, 9].slice(0, deleted));
  });
});
