import { describe, expect, test } from '@jest/globals';
import { findCondition } from '../../../api/conditions.ts';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { runNowName, slotName } from '../../../api/names.ts';
import { ScheduleParser } from '../../schedule/schedule-parser.ts';
import { decide } from './decide.ts';
import {
  activeRef,
  at,
  iso,
  PLAN,
  PLAN_UID,
  snapshot,
  SPEC,
  type ChildInput,
  type PlanInput,
} from './testing/builders.ts';
import { condition, decideOn, ranAtNine, readyOf } from './testing/decided.ts';

describe('a plan that cannot be', () => {
  test.each([
    {
      name: 'an unparsable schedule',
      plan: { spec: { schedule: '61 * * * *' } },
      reason: 'InvalidSchedule',
      message: 'spec.schedule: the minute "61" cannot be used: 61 is above the highest minute, 59.',
      event: 'UnparseableSchedule',
    },
    {
      name: 'a date that never comes',
      plan: { spec: { schedule: '0 0 30 2 *' } },
      reason: 'InvalidSchedule',
      message:
        'spec.schedule: "0 0 30 2 *" does not come true within five years: check the day and the month.',
      event: 'InvalidSchedule',
    },
    {
      name: 'an unknown time zone',
      plan: { spec: { timeZone: 'Mars/Crater' } },
      reason: 'UnknownTimeZone',
      message:
        'spec.timeZone: the time zone "Mars/Crater" is not in the time-zone database. Write an IANA name, for example Europe/Madrid or Etc/UTC.',
      event: 'UnknownTimeZone',
    },
    {
      name: 'a name that is too long',
      plan: { metadata: { name: 'p'.repeat(53) } },
      reason: 'NameTooLong',
      message: 'metadata.name has 53 characters, and 52 are allowed',
      event: 'NameTooLong',
    },
    {
      name: 'a template that breaks the schema',
      plan: { spec: { template: { spec: { ...SPEC.template.spec, plugin: 'magic' } } } },
      reason: 'InvalidSpec',
      message: 'spec.template.spec.plugin',
      event: 'InvalidSpec',
    },
  ])('$name: Ready=False $reason, stalled, told once, nothing started', (row) => {
    const given = snapshot(row.plan);

    const decision = decideOn(given, at('10:01'));

    expect(readyOf(decision)).toMatchObject({ status: 'False', reason: row.reason });
    expect(readyOf(decision)?.message).toContain(row.message);
    expect(findCondition(decision.status.conditions, 'Stalled')?.status).toBe('True');
    expect(decision.events).toMatchObject([{ type: 'Warning', reason: row.event }]);
    expect(decision.start).toBeUndefined();
    expect(decision.requeueAfterMs).toBeUndefined();
    const again = decideOn(snapshot({ ...row.plan, status: decision.status }), at('10:02'));
    expect(again.events).toEqual([]);
    expect(again.status).toEqual(decision.status);
  });

  test('a name of 52 characters is fine', () => {
    const decision = decideOn(snapshot({ metadata: { name: 'p'.repeat(52) } }), at('10:01'));
    expect(decision.start?.name).toHaveLength(61);
  });

  test('a plan that is being deleted is left alone', () => {
    const given = snapshot({ metadata: { deletionTimestamp: iso('10:00') } });
    expect(decide(given, at('10:01'), new ScheduleParser())).toBeUndefined();
  });
});

describe('an edit', () => {
  const monthsAgo = { creationTimestamp: '2016-01-01T00:00:00Z' };

  test('of the schedule starts nothing, and warns of nothing', () => {
    const plan = {
      ...ranAtNine({ nextScheduleTime: '2016-06-01T00:00:00Z' }),
      metadata: monthsAgo,
    };

    const edited = decideOn(snapshot({ ...plan, spec: { schedule: '*/5 * * * *' } }), at('10:07'));

    expect(edited.start).toBeUndefined();
    expect(edited.status.nextScheduleTime).toBe(iso('10:10'));
    const next = { ...plan, spec: { schedule: '*/5 * * * *' }, status: edited.status };
    const due = decideOn(snapshot(next), at('10:10'));
    expect(due.start).toMatchObject({ slot: at('10:10'), warnings: [] });
  });

  test('of anything else lets a due run start', () => {
    const { start } = decideOn(snapshot({ ...ranAtNine(), spec: { rpo: '1h' } }), at('10:00'));
    expect(start?.slot).toEqual(at('10:00'));
  });

  test('that mends a plan starts nothing that came before it', () => {
    const conditions = [condition('Ready', 'False', 'InvalidSchedule')];
    const broken = { observedGeneration: 1, conditions, lastScheduleTime: iso('09:00') };

    const mended = decideOn(snapshot({ ...ranAtNine(), status: broken }), at('10:30'));

    expect(mended.start).toBeUndefined();
    expect(mended.status.nextScheduleTime).toBe(iso('11:00'));
  });
});

describe('suspend', () => {
  const suspendedStatus = {
    observedGeneration: 1,
    lastScheduleTime: iso('09:00'),
    conditions: [condition('Ready', 'True', 'Suspended')],
  };

  test('starts nothing and says so', () => {
    const decision = decideOn(snapshot({ ...ranAtNine(), spec: { suspend: true } }), at('10:01'));
    expect(decision.start).toBeUndefined();
    expect(decision.status.nextScheduleTime).toBeUndefined();
    expect(readyOf(decision)).toMatchObject({ status: 'True', reason: 'Suspended' });
  });

  test.each([
    { onResume: 'RunLatest', slot: at('10:00'), next: iso('10:00') },
    { onResume: 'WaitNext', slot: undefined, next: iso('11:00') },
  ])('ends with onResume: $onResume', ({ onResume, slot, next }) => {
    const plan = { ...ranAtNine(), spec: { onResume }, status: suspendedStatus };
    const decision = decideOn(snapshot(plan), at('10:30'));
    expect(decision.start?.slot).toEqual(slot);
    expect(decision.status.nextScheduleTime).toBe(next);
  });
});

describe('a deadline', () => {
  const spec = { startingDeadlineSeconds: 10 };

  test('that has passed is told once, and the slot is settled', () => {
    const missed = decideOn(snapshot({ ...ranAtNine(), spec }), at('10:01'));
    expect(missed.events).toEqual([
      {
        type: 'Warning',
        reason: 'MissSchedule',
        note: `Missed the run due at ${iso('10:00')}: it could not start within 10 s (spec.startingDeadlineSeconds).`,
        cause: 'spec.startingDeadlineSeconds',
      },
    ]);
    const generous = { startingDeadlineSeconds: 3600 };
    const again = decideOn(
      snapshot({ ...ranAtNine(), spec: generous, status: missed.status }),
      at('10:02'),
    );
    expect(again.events).toEqual([]);
    expect(again.start).toBeUndefined();
  });
});

describe('a run that is due while the one before goes on', () => {
  const plan = ranAtNine({ active: [activeRef('09:00')] });

  test('waits, and what waits is next', () => {
    const decision = decideOn(snapshot(plan, [{ slot: '09:00' }]), at('10:00'));
    const name = slotName(PLAN, at('09:00'));
    expect(decision.events).toMatchObject([
      {
        ...{ type: 'Normal', reason: 'JobAlreadyActive', cause: 'a run waits for another' },
        note: `A run is due and waits for ${name} to end (spec.concurrencyPolicy: Forbid).`,
      },
    ]);
    expect(readyOf(decision)?.message).toBe(
      `The run due at ${iso('10:00')} waits for ${name} to end (spec.concurrencyPolicy: Forbid).`,
    );
    expect(decision.status.nextScheduleTime).toBe(iso('10:00'));
    expect(decision.requeueAfterMs).toBe(60 * 60_000 + 100);
  });

  test('starts as soon as that has ended, the newest one only', () => {
    const waiting = decideOn(snapshot(plan, [{ slot: '09:00' }]), at('12:00')).status;
    const ended: ChildInput[] = [{ slot: '09:00', state: 'Failed', ended: '12:20' }];
    const decision = decideOn(snapshot({ ...plan, status: waiting }, ended), at('12:20'));
    expect(decision.start?.slot).toEqual(at('12:00'));
  });

  test('starts beside it under Allow', () => {
    const { start } = decideOn(
      snapshot({ ...plan, spec: { concurrencyPolicy: 'Allow' } }, [{ slot: '09:00' }]),
      at('10:00'),
    );
    expect(start?.slot).toEqual(at('10:00'));
  });
});

describe('what the status says of the children', () => {
  test('a child that nobody told of is active, and its slot is not run again', () => {
    const decision = decideOn(snapshot(ranAtNine(), [{ slot: '10:00' }]), at('10:01'));
    expect(decision.start).toBeUndefined();
    expect(decision.status).toMatchObject({
      lastScheduleTime: iso('10:00'),
      active: [activeRef('10:00')],
      nextScheduleTime: iso('11:00'),
    });
    expect(decision.events.map((event) => event.note)).toEqual([
      `Created Synchronization ${slotName(PLAN, at('10:00'))} for ${iso('10:00')}.`,
    ]);
  });

  test('no more than 64 active ones are named', () => {
    const spec = { concurrencyPolicy: 'Allow' };
    const children = Array.from({ length: 70 }, (_, index): ChildInput => ({ name: `c${index}` }));
    const { status } = decideOn(snapshot({ ...ranAtNine(), spec }, children), at('09:30'));
    expect(status.active).toHaveLength(64);
  });

  test('the newest success and the newest verified copy are remembered', () => {
    const children: ChildInput[] = [
      { slot: '07:00', state: 'Succeeded', ended: '07:05', copied: '07:01' },
      { slot: '08:00', state: 'Succeeded', ended: '08:05', copied: '08:01', reason: 'DryRun' },
      { slot: '09:00', state: 'Failed', ended: '09:05', copied: '09:01' },
    ];
    const { status } = decideOn(snapshot(ranAtNine(), children), at('09:30'));
    expect(status).toMatchObject({
      lastSuccessfulTime: iso('08:05'),
      lastSnapshotTime: iso('07:01'),
    });
    const forgotten = decideOn(snapshot(ranAtNine(status)), at('09:31')).status;
    expect(forgotten).toMatchObject({
      lastSuccessfulTime: iso('08:05'),
      lastSnapshotTime: iso('07:01'),
    });
  });

  test.each<{ name: string; children: ChildInput[]; type: string; note: string }>([
    {
      name: 'succeeded',
      children: [{ slot: '09:00', state: 'Succeeded' }],
      type: 'Normal',
      note: 'succeeded (Verified)',
    },
    {
      name: 'failed',
      children: [{ slot: '09:00', state: 'Failed' }],
      type: 'Warning',
      note: 'failed (GuardRefused)',
    },
    { name: 'went missing', children: [], type: 'Normal', note: 'went missing before it ended' },
  ])('an active child that $name is told of', ({ children, type, note }) => {
    const plan = ranAtNine({ active: [activeRef('09:00')] });
    const { events, status } = decideOn(snapshot(plan, children), at('09:30'));
    expect(events).toMatchObject([{ type }]);
    expect(events[0]?.note).toContain(note);
    expect(status.active).toBeUndefined();
  });

  test('a child that somebody else made is active and told of', () => {
    const { events, status } = decideOn(snapshot(ranAtNine(), [{ name: 'mine' }]), at('09:30'));
    expect(events).toMatchObject([{ type: 'Warning', reason: 'UnexpectedJob' }]);
    expect(status.active).toMatchObject([{ name: 'mine' }]);
  });

  test('a child of a plan of the same name that is gone blocks, but says nothing of this one', () => {
    const old: ChildInput = { slot: '10:00', ownerUid: 'of-the-one-before' };
    const decision = decideOn(snapshot(ranAtNine(), [old]), at('10:01'));
    expect(decision.start).toBeUndefined();
    expect(decision.status.lastScheduleTime).toBe(iso('09:00'));
  });
});

describe('history', () => {
  const done = (slot: string, started?: string): ChildInput => ({
    slot,
    state: 'Succeeded',
    ...(started === undefined ? {} : { started }),
  });

  test('goes oldest start first; what never started is the youngest; then by name', () => {
    const children = [done('05:00'), done('04:00'), done('08:00', '08:30'), done('07:00', '08:31')];
    const spec = { successfulSynchronizationsHistoryLimit: 0 };
    const { deletions } = decideOn(snapshot({ ...ranAtNine(), spec }, children), at('09:30'));
    expect(deletions.map((child) => child.slot)).toEqual(
      ['08:00', '07:00', '04:00', '05:00'].map(at),
    );
  });

  test('what is being deleted is not deleted again, and is not counted any more', () => {
    const going = { ...done('07:00', '07:00'), metadata: { deletionTimestamp: iso('09:00') } };
    const children = [going, done('08:00', '08:00')];
    const spec = { successfulSynchronizationsHistoryLimit: 1 };
    expect(decideOn(snapshot({ ...ranAtNine(), spec }, children), at('09:30')).deletions).toEqual(
      [],
    );
  });

  test('of a plan of the same name that is gone is not touched', () => {
    const children = [{ ...done('07:00', '07:00'), ownerUid: 'of-the-one-before' }];
    const spec = { successfulSynchronizationsHistoryLimit: 0 };
    expect(decideOn(snapshot({ ...ranAtNine(), spec }, children), at('09:30')).deletions).toEqual(
      [],
    );
  });

  test('successes and failures have limits of their own: three and one', () => {
    const children = ['01', '02', '03', '04'].flatMap((hour): ChildInput[] => [
      done(`${hour}:00`, `${hour}:00`),
      { slot: `${hour}:30`, state: 'Failed', started: `${hour}:30` },
    ]);
    const { deletions } = decideOn(snapshot(ranAtNine(), children), at('09:30'));
    expect(deletions.map((child) => child.slot)).toEqual(
      ['01:00', '01:30', '02:30', '03:30'].map(at),
    );
  });

  test('what only a child to be deleted can tell is written down first', () => {
    const children = [{ ...done('09:00', '09:00'), ended: '09:05', copied: '09:01' }];
    const spec = { successfulSynchronizationsHistoryLimit: 0 };
    const plan = { ...ranAtNine(), spec };
    const decision = decideOn(snapshot(plan, children), at('10:00'));
    expect(decision.writesBeforeDeleting).toBe(true);
    // Not the slot after: a process that dies now must find this one unsettled.
    expect(decision.status.nextScheduleTime).toBe(iso('10:00'));
    const told = snapshot({ ...plan, status: decision.status }, children);
    expect(decideOn(told, at('10:00')).writesBeforeDeleting).toBe(false);
  });
});

test('what the child of a token tells is written down before that one is deleted', () => {
  const plan = { ...ranAtNine(), spec: { successfulSynchronizationsHistoryLimit: 0 } };
  const metadata = { ...plan.metadata, annotations: { [ANNOTATIONS.runNow]: 'please' } };
  const status = { ...plan.status, lastSuccessfulTime: iso('09:05') };
  const byHand = { name: runNowName(PLAN, 'please'), ended: '09:05' };
  const children: ChildInput[] = [{ ...byHand, state: 'Succeeded' }];
  const decision = decideOn(snapshot({ ...plan, metadata, status }, children), at('09:30'));
  expect(decision).toMatchObject({
    deletions: [{ name: byHand.name }],
    writesBeforeDeleting: true,
  });
  // Also where it tells nothing else that is new.
  const known = { ...decision.status, lastRunNowToken: 'earlier' };
  const again = decideOn(snapshot({ ...plan, metadata, status: known }, children), at('09:30'));
  expect(again.writesBeforeDeleting).toBe(true);
});

describe('run now', () => {
  const token = { [ANNOTATIONS.runNow]: 'please', [ANNOTATIONS.runNowUid]: PLAN_UID };
  const asking = (changes: PlanInput = {}): PlanInput => {
    const plan = { ...ranAtNine(), ...changes };
    return { ...plan, metadata: { ...plan.metadata, annotations: token } };
  };
  const name = runNowName(PLAN, 'please');

  test('starts a run beside the schedule', () => {
    const decision = decideOn(snapshot(asking()), at('09:30'));
    expect(decision.start).toMatchObject({ name, slot: undefined });
    expect(decision.start?.manifest.metadata.annotations).toEqual({});
    expect(decision.status.nextScheduleTime).toBe(iso('10:00'));
  });

  test('is answered with the token, and not done twice', () => {
    const { status, start, events } = decideOn(snapshot(asking(), [{ name }]), at('09:30'));
    expect(start).toBeUndefined();
    expect(status).toMatchObject({ lastRunNowToken: 'please', lastScheduleTime: iso('09:00') });
    expect(events).toMatchObject([{ reason: 'SuccessfulCreate' }]);
    const later = decideOn(snapshot(asking({ status })), at('09:31'));
    expect(later.start).toBeUndefined();
    expect(later.status.lastRunNowToken).toBe('please');
  });

  test('starts nothing for a plan that is refused', () => {
    const never = asking({ spec: { schedule: '59 23 31 2 *' } });
    expect(decideOn(snapshot(never), at('09:30')).start).toBeUndefined();
  });

  test('works while the plan is suspended', () => {
    const decision = decideOn(snapshot(asking({ spec: { suspend: true } })), at('10:30'));
    expect(decision.start).toMatchObject({ name });
    expect(readyOf(decision)?.reason).toBe('Suspended');
  });

  test('waits for what runs, and says so', () => {
    const plan = asking(ranAtNine({ active: [activeRef('09:00')] }));
    const decision = decideOn(snapshot(plan, [{ slot: '09:00' }]), at('09:30'));
    expect(decision.start).toBeUndefined();
    expect(readyOf(decision)?.message).toContain(
      `The run-now annotation waits for ${slotName(PLAN, at('09:00'))} to end (spec.concurrencyPolicy: Forbid).`,
    );
  });

  test('comes before a slot that is due, which then waits for it', () => {
    expect(decideOn(snapshot(asking()), at('10:00')).start?.name).toBe(name);
    const after = decideOn(snapshot(asking(), [{ name }]), at('10:00'));
    expect(after.start).toBeUndefined();
    expect(after.status.nextScheduleTime).toBe(iso('10:00'));
  });
});

describe('the recovery point objective', () => {
  const withRpo = (status: object = {}): PlanInput => ({
    ...ranAtNine(status),
    spec: { rpo: '90m' },
  });

  test.each([
    {
      name: 'no copy yet, and time left',
      copied: undefined,
      now: '09:30',
      status: 'Unknown',
      reason: 'NoCopyYet',
      wakes: '10:00:00.100',
    },
    {
      name: 'no copy, and no time left',
      copied: undefined,
      now: '10:31',
      status: 'False',
      reason: 'NoCopyYet',
      wakes: '11:00:00.100',
    },
    {
      name: 'a young copy',
      copied: '08:05',
      now: '09:20',
      status: 'True',
      reason: 'WithinRPO',
      wakes: '09:35:01',
    },
    {
      name: 'at the very limit',
      copied: '08:05',
      now: '09:35',
      status: 'True',
      reason: 'WithinRPO',
      wakes: '09:35:01',
    },
    {
      name: 'an old copy',
      copied: '08:05',
      now: '09:36',
      status: 'False',
      reason: 'RPOExceeded',
      wakes: '10:00:00.100',
    },
  ])('$name', ({ copied, now, status, reason, wakes }) => {
    const plan = withRpo({
      ...(copied === undefined ? {} : { lastSnapshotTime: iso(copied) }),
      ...(now > '10:00' ? { lastScheduleTime: iso('10:00'), nextScheduleTime: iso('11:00') } : {}),
    });
    const decision = decideOn(snapshot(plan), at(now));
    const found = findCondition(decision.status.conditions, 'RPOMet');
    expect(found).toMatchObject({ status, reason });
    const expectedMs = new Date(`2016-05-19T${wakes}Z`).getTime() - at(now).getTime();
    expect(decision.requeueAfterMs).toBe(expectedMs);
  });

  test('is told when it is missed, and when it is met again', () => {
    const missed = decideOn(snapshot(withRpo({ lastSnapshotTime: iso('08:05') })), at('09:50'));
    expect(missed.events).toMatchObject([{ type: 'Warning', reason: 'RPOExceeded' }]);
    expect(decideOn(snapshot(withRpo(missed.status)), at('09:51')).events).toEqual([]);
    const copy: ChildInput = { slot: '09:00', state: 'Succeeded', copied: '09:51' };
    const met = decideOn(snapshot(withRpo(missed.status), [copy]), at('09:55'));
    expect(met.events).toMatchObject([{ type: 'Normal', reason: 'WithinRPO' }]);
  });

  test('is judged while the plan is suspended', () => {
    const plan = withRpo({ lastSnapshotTime: iso('08:05') });
    const decision = decideOn(
      snapshot({ ...plan, spec: { ...plan.spec, suspend: true } }),
      at('09:20'),
    );
    expect(decision.requeueAfterMs).toBe(15 * 60_000 + 1000);
  });

  test('leaves no condition behind when it is taken out of the spec', () => {
    const conditions = [condition('RPOMet', 'False', 'RPOExceeded')];
    const { status } = decideOn(snapshot(ranAtNine({ conditions })), at('09:30'));
    expect(findCondition(status.conditions, 'RPOMet')).toBeUndefined();
  });
});
