import { PLAN_NAME_MAX_LENGTH, runNowName, slotName } from '../../../api/names.ts';
import { describeProblems } from '../../../api/schema/problem.ts';
import type { SynchronizationPlanSpec } from '../../../api/v1alpha1/synchronization-plan.ts';
import { emptyLedger } from '../../schedule/miss-ledger.ts';
import type { ScheduleParser } from '../../schedule/schedule-parser.ts';
import {
  dueSlot,
  missedSlots,
  nextScheduleTimeDuration,
  nextSlot,
  TOO_MANY_MISSED,
  type DueSlot,
  type SlotState,
} from '../../schedule/slots.ts';
import { EVENT_REASONS, type EventNote } from './event-note.ts';
import type { Facts } from './facts.ts';
import { DEFAULT_TIME_ZONE, readMissState, settleUntil, type ScheduleInForce } from './misses.ts';
import { withRefusal } from './refusal.ts';
import { makeRoom, REPLACE_INTERVAL_MS, stillReplacing, type Room } from './replace.ts';
import { pendingToken } from './run-now.ts';
import type { Snapshot } from './snapshot.ts';
import type { PlanReason, Standing, Start, Verdict } from './verdict.ts';

/** A name that something else has may become free. */
const TAKEN_NAME_INTERVAL_MS = 60_000;

interface JudgeContext {
  readonly facts: Facts;
  readonly now: Date;
  readonly parser: ScheduleParser;
}

/** Judges a plan; the order of the questions is the order of their weight. */
export function judge(snapshot: Snapshot, context: JudgeContext): Verdict {
  const reading = readSpec(snapshot, context.parser);
  if (!reading.ok)
    return { ...reading.refusal, missState: readMissState(snapshot, context, undefined) };
  const { scheduleInForce, spec } = reading;
  const verdict = judgeSchedule(snapshot, { ...context, scheduleInForce, spec });
  const start = startByHand(snapshot, context, verdict);
  const started = start === undefined ? verdict : { ...verdict, start };
  return withRefusal(snapshot, context.facts, started);
}

type Reading =
  | {
      readonly ok: true;
      readonly spec: SynchronizationPlanSpec;
      readonly scheduleInForce: ScheduleInForce;
    }
  | { readonly ok: false; readonly refusal: Standing };

/** Whether the plan can be understood at all. */
function readSpec({ object, spec }: Snapshot, parser: ScheduleParser): Reading {
  const { namespace, name } = object.metadata;
  const refuse = (...words: Parameters<typeof refused>): Reading => ({
    ok: false,
    refusal: refused(...words),
  });
  if (!spec.ok) return refuse('InvalidSpec', describeProblems(spec.problems));
  if (name.length > PLAN_NAME_MAX_LENGTH) {
    return refuse(
      'NameTooLong',
      `metadata.name has ${name.length} characters, and ${PLAN_NAME_MAX_LENGTH} are allowed: the names of its Synchronizations are made of it. Create the plan under a shorter name.`,
    );
  }
  const { schedule: text, timeZone = DEFAULT_TIME_ZONE } = spec.value;
  const parsed = parser.parse({ schedule: text, timeZone, owner: { namespace, name } });
  if (parsed.ok) {
    const scheduleInForce = { text, timeZone, schedule: parsed.schedule };
    return { ok: true, spec: spec.value, scheduleInForce };
  }
  const message = `spec.${parsed.field}: ${parsed.problem}`;
  return parsed.field === 'timeZone'
    ? refuse('UnknownTimeZone', message)
    : refuse('InvalidSchedule', message, EVENT_REASONS.unparseableSchedule);
}

/** A run asked for by hand: also while the plan is suspended, and without touching the schedule. */
function startByHand(
  snapshot: Snapshot,
  { facts, now }: JudgeContext,
  verdict: Verdict,
): Start | undefined {
  const token = pendingToken(facts);
  if (!verdict.ready || token === undefined || isBlocked(snapshot, facts)) return undefined;
  // Under Replace a run by hand stops nothing, and the schedule would stop it at once.
  const comesSecond = policyOf(snapshot) === 'Replace' && verdict.start !== undefined;
  if (comesSecond || stillReplacing(snapshot, now).length > 0) return undefined;
  const name = runNowName(snapshot.object.metadata.name, token);
  if (snapshot.takenName === name || name in snapshot.refusals) return undefined;
  return { name, slot: undefined, scheduledTimestamp: undefined, warnings: [] };
}

interface ScheduleContext extends JudgeContext {
  readonly scheduleInForce: ScheduleInForce;
  readonly spec: SynchronizationPlanSpec;
}

function judgeSchedule(snapshot: Snapshot, context: ScheduleContext): Verdict {
  const { facts, now, scheduleInForce, spec } = context;
  const { schedule } = scheduleInForce;
  const missState = readMissState(snapshot, context, scheduleInForce);
  const { ledger = emptyLedger(now) } = missState;
  const state: SlotState = {
    schedule,
    lastScheduleTime: facts.lastScheduleTime,
    creationTime: new Date(snapshot.object.metadata.creationTimestamp ?? now),
    startingDeadlineSeconds: spec.startingDeadlineSeconds,
    notBefore: new Date(ledger.evaluatedThrough.getTime() + 1),
  };
  const due = inTime(dueSlot(state, now), snapshot, spec);
  const next = nextSlot(state, now);
  if (due === undefined && next === undefined) {
    const message = `spec.schedule: ${JSON.stringify(spec.schedule)} does not come true within five years: check the day and the month.`;
    return {
      ...refused('InvalidSchedule', message),
      missState: readMissState(snapshot, context, undefined),
    };
  }
  const settled = settleUntil(due, snapshot, { ...context, schedule, ledger });
  const standing = spec.suspend
    ? suspended(snapshot, facts)
    : judgeSlots(snapshot, { ...context, state, due, next });
  return { ...standing, missState: { ledger: settled, scheduleInForce } };
}

interface SlotContext extends ScheduleContext {
  readonly state: SlotState;
  readonly due: DueSlot | undefined;
  readonly next: Date | undefined;
}

/** What becomes of the slot that is due, if there is one. */
function judgeSlots(snapshot: Snapshot, context: SlotContext): Standing {
  const { facts, now, spec, due, next, state } = context;
  const lookAgainInMs = nextScheduleTimeDuration(state, now);
  if (due === undefined) return { ...scheduled(snapshot, facts, next), lookAgainInMs };
  if (due.isLate) {
    return { ...scheduled(snapshot, facts, next), lookAgainInMs, happened: missed(due.time, spec) };
  }
  const pending = { next: due.time, lookAgainInMs };
  if (spec.concurrencyPolicy !== 'Replace') {
    return isBlocked(snapshot, facts)
      ? { ...waiting(due.time, facts), ...pending }
      : { ...pending, ...startDue(due.time, snapshot, context, []) };
  }
  const room = makeRoom(snapshot, facts, now);
  return room.isFree
    ? { ...pending, ...startDue(due.time, snapshot, context, room.warnings) }
    : { ...pending, ...replacing(due.time, room) };
}

function startDue(
  slot: Date,
  snapshot: Snapshot,
  { state, now }: SlotContext,
  warnings: readonly EventNote[],
): Standing {
  const name = slotName(snapshot.object.metadata.name, slot);
  if (snapshot.takenName === name)
    return nameTaken(name, slot, nextScheduleTimeDuration(state, now));
  return {
    ready: true,
    reason: 'Scheduled',
    message: `Starts ${name}, due at ${iso(slot)}.`,
    start: {
      name,
      slot,
      scheduledTimestamp: state.schedule.timeZone.rfc3339(slot),
      warnings: [...warnings, ...tooManyMissed(missedSlots(state, now), slot)],
    },
  };
}

/** A run that is due and for which others have been stopped in time is not dropped any more. */
function inTime(
  due: DueSlot | undefined,
  { status: { replacing = [] } }: Snapshot,
  { startingDeadlineSeconds: seconds = 0 }: SynchronizationPlanSpec,
): DueSlot | undefined {
  if (due?.isLate !== true) return due;
  const dueMs = due.time.getTime();
  const begun = replacing.map(({ since }) => Date.parse(since) - dueMs);
  const isBegun = begun.some((afterMs) => afterMs <= seconds * 1000);
  return { ...due, isLate: !isBegun };
}

function policyOf({ spec }: Snapshot): SynchronizationPlanSpec['concurrencyPolicy'] {
  return spec.ok ? spec.value.concurrencyPolicy : 'Forbid';
}

/** A due run under Replace is not: it makes room. */
function isBlocked(snapshot: Snapshot, facts: Facts): boolean {
  return policyOf(snapshot) !== 'Allow' && facts.active.length > 0;
}

function suspended(snapshot: Snapshot, facts: Facts): Standing {
  const message = `spec.suspend is true: nothing new starts.${runNowNote(snapshot, facts)}`;
  return { ready: true, reason: 'Suspended', message };
}

function scheduled(snapshot: Snapshot, facts: Facts, next: Date | undefined): Standing {
  const when =
    next === undefined ? 'Does not run again within five years.' : `Runs next at ${iso(next)}.`;
  return {
    ready: true,
    reason: 'Scheduled',
    message: `${when}${runNowNote(snapshot, facts)}`,
    next,
  };
}

/** Why a run that was asked for by hand has not started. */
function runNowNote(snapshot: Snapshot, facts: Facts): string {
  if (facts.runNow.is === 'Used') {
    return ' The run-now annotation starts nothing: its token has had its run before; give another one.';
  }
  const token = pendingToken(facts);
  if (token === undefined) return '';
  if (isBlocked(snapshot, facts)) {
    return ` The run-now annotation waits for ${namesOf(facts)} to end (spec.concurrencyPolicy: ${policyOf(snapshot)}).`;
  }
  const name = runNowName(snapshot.object.metadata.name, token);
  if (name in snapshot.refusals) return '';
  return ` The run-now annotation starts nothing: ${name} exists and is not this plan's; give another token.`;
}

function waiting(due: Date, facts: Facts): Standing {
  return {
    ready: true,
    reason: 'Scheduled',
    message: `The run due at ${iso(due)} waits for ${namesOf(facts)} to end (spec.concurrencyPolicy: Forbid).`,
    news: {
      type: 'Normal',
      reason: EVENT_REASONS.alreadyActive,
      // The next one that waits raises the count instead of adding an event.
      cause: 'a run waits for another',
      note: `A run is due and waits for ${namesOf(facts)} to end (spec.concurrencyPolicy: Forbid).`,
    },
  };
}

function replacing(due: Date, { stop, replacing, names }: Extract<Room, { isFree: false }>) {
  const message = `The run due at ${iso(due)} starts once the worker of ${names.join(', ')} is gone (spec.concurrencyPolicy: Replace).`;
  return {
    ready: true,
    reason: 'Scheduled',
    message,
    news: {
      type: 'Normal',
      reason: EVENT_REASONS.replacing,
      cause: 'a run replaces another',
      note: `A run is due and replaces ${names.join(', ')} (spec.concurrencyPolicy: Replace).`,
    },
    stop,
    replacing,
    lookAgainInMs: REPLACE_INTERVAL_MS,
  } as const satisfies Standing;
}

function nameTaken(name: string, due: Date, nextInMs = TAKEN_NAME_INTERVAL_MS): Standing {
  return {
    ready: true,
    reason: 'Scheduled',
    message: `The run due at ${iso(due)} cannot start: a Synchronization ${name} exists and is not this plan's. Delete or rename it.`,
    news: { type: 'Warning', reason: EVENT_REASONS.failedCreate, cause: 'a name is taken' },
    lookAgainInMs: Math.min(nextInMs, TAKEN_NAME_INTERVAL_MS),
  };
}

function missed(due: Date, spec: SynchronizationPlanSpec): EventNote {
  return {
    type: 'Warning',
    reason: EVENT_REASONS.missSchedule,
    cause: 'spec.startingDeadlineSeconds',
    note: `Missed the run due at ${iso(due)}: it could not start within ${spec.startingDeadlineSeconds ?? 0} s (spec.startingDeadlineSeconds).`,
  };
}

function tooManyMissed(count: number, due: Date): readonly EventNote[] {
  if (count <= TOO_MANY_MISSED) return [];
  const note = `${count} times of the schedule have come and were not run; one run, for ${iso(due)}, stands for them all. Check whether the operator was down or a clock is wrong.`;
  return [{ type: 'Warning', reason: EVENT_REASONS.tooManyMissed, note, cause: 'too many missed' }];
}

function refused(reason: PlanReason, message: string, eventReason: string = reason): Standing {
  return { ready: false, reason, message, news: { type: 'Warning', reason: eventReason } };
}

function namesOf({ active }: Facts): string {
  const [first, ...more] = active.map((child) => child.name);
  return more.length === 0 ? (first ?? 'nothing') : `${first} and ${more.length} more`;
}

function iso(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}
