import { findCondition, wholeSeconds } from '../../../api/conditions.ts';
import type { PlanMisses } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import {
  emptyLedger,
  settle,
  type MissLedger,
  type MissSpan,
  type SlotGrid,
} from '../../schedule/miss-ledger.ts';
import type { ScheduleParser } from '../../schedule/schedule-parser.ts';
import type { Schedule } from '../../schedule/schedule.ts';
import type { DueSlot } from '../../schedule/slots.ts';
import { missSpans } from './miss-spans.ts';
import type { Facts } from './facts.ts';
import type { Snapshot } from './snapshot.ts';

/** A schedule that a plan stands by, as its author wrote it and as it is reckoned with. */
export interface ScheduleInForce {
  readonly text: string;
  readonly timeZone: string;
  readonly schedule: Schedule;
}

/** What is known of missed slots, and by which schedule slots are judged from there on. */
export interface MissState {
  /** Undefined only for a plan that was refused from its beginning. */
  readonly ledger: MissLedger | undefined;
  /** Undefined while the plan is refused: it promises nothing. */
  readonly scheduleInForce: ScheduleInForce | undefined;
}

interface MissStateContext {
  readonly facts: Facts;
  readonly now: Date;
  readonly parser: ScheduleParser;
}

/** Times of the API are whole seconds, and so are slots. */
const SECOND_MS = 1000;

/** As the status holds it; a time zone that is left out is this one. */
export const DEFAULT_TIME_ZONE = 'UTC';

/**
 * Opens the ledger that the status holds. Where the schedule is another one than it was, or no
 * longer understood, all that came until now is settled by the one that was in force; the new one
 * begins now, so that an edit never makes anything due. `onResume: WaitNext` settles, too.
 *
 * @param current what spec says now; undefined if it is refused
 */
export function readMissState(
  snapshot: Snapshot,
  context: MissStateContext,
  current: ScheduleInForce | undefined,
): MissState {
  const { misses } = snapshot.status;
  const ledger = misses && readLedger(misses);
  const inForce = readScheduleInForce(snapshot, context);
  if (ledger === undefined || inForce === undefined) {
    return {
      ledger: current === undefined ? ledger : beginLedger(snapshot, context),
      scheduleInForce: current,
    };
  }
  const isEdited = current?.text !== inForce.text || current.timeZone !== inForce.timeZone;
  if (!isEdited && !waitsForNext(snapshot)) return { ledger, scheduleInForce: current };
  const through = wholeSecond(context.now);
  return {
    ledger: settle(ledger, spansUntil(through, snapshot, { ...context, ledger, ...inForce }), {
      ...gridOf(snapshot, inForce.schedule),
    }),
    scheduleInForce: current,
  };
}

/**
 * Settles what is decided: everything before the slot that is due, which may still be run; that
 * one too if it is too late for it; and what has been run. What comes while a plan is suspended is
 * left for the moment when it is resumed, so that a suspended plan costs nothing.
 */
export function settleUntil(
  due: DueSlot | undefined,
  snapshot: Snapshot,
  context: MissStateContext & { readonly ledger: MissLedger; readonly schedule: Schedule },
): MissLedger {
  const { ledger, schedule, facts } = context;
  if (wasSuspended(snapshot) && isSuspended(snapshot)) return ledger;
  const through = due === undefined ? facts.lastScheduleTime : justBefore(due.time);
  if (through === undefined) return ledger;
  const spans: MissSpan[] = [...spansUntil(through, snapshot, context)];
  if (due?.isLate === true) spans.push({ reason: 'Deadline', through: due.time });
  return settle(ledger, spans, gridOf(snapshot, schedule));
}

/** How the ledger stands in the status. */
export function missesOf({ ledger, scheduleInForce }: MissState): PlanMisses | undefined {
  if (ledger === undefined) return undefined;
  const { byReason, lowerBound, last } = ledger;
  return {
    evaluatedThrough: wholeSeconds(ledger.evaluatedThrough),
    ...(scheduleInForce === undefined
      ? {}
      : { schedule: scheduleInForce.text, timeZone: scheduleInForce.timeZone }),
    total: Object.values(byReason).reduce((total, count) => total + count, 0),
    byReason,
    ...(lowerBound ? { lowerBound } : {}),
    ...(last.length === 0
      ? {}
      : { last: last.map(({ time, reason }) => ({ time: wholeSeconds(time), reason })) }),
  };
}

/** The last moment at which a slot is not yet settled by being looked at. */
export function justBefore(slot: Date): Date {
  return new Date(slot.getTime() - SECOND_MS);
}

function readScheduleInForce(
  { object, status: { misses } }: Snapshot,
  { parser }: MissStateContext,
): ScheduleInForce | undefined {
  if (misses?.schedule === undefined) return undefined;
  const { schedule: text, timeZone = DEFAULT_TIME_ZONE } = misses;
  const parsed = parser.parse({ schedule: text, timeZone, owner: object.metadata });
  return parsed.ok ? { text, timeZone, schedule: parsed.schedule } : undefined;
}

function readLedger(misses: PlanMisses): MissLedger {
  return {
    evaluatedThrough: new Date(misses.evaluatedThrough ?? 0),
    byReason: misses.byReason,
    lowerBound: misses.lowerBound ?? false,
    last: (misses.last ?? []).map(({ time, reason }) => ({ time: new Date(time), reason })),
  };
}

/** A ledger from the plan's creation on; or, if the plan was refused until now, from now on. */
function beginLedger(snapshot: Snapshot, { now }: MissStateContext): MissLedger {
  const { object, status } = snapshot;
  const { misses, lastScheduleTime, nextScheduleTime } = status;
  const start = new Date(lastScheduleTime ?? object.metadata.creationTimestamp ?? now);
  if (nextScheduleTime !== undefined) {
    const settled = justBefore(new Date(nextScheduleTime));
    return emptyLedger(settled < now ? settled : wholeSecond(now));
  }
  const wasJudged = findCondition(status.conditions, 'Ready') !== undefined;
  const isOpen = !wasJudged || (wasSuspended(snapshot) && !waitsForNext(snapshot));
  const evaluatedThrough = isOpen ? start : wholeSecond(now);
  return misses === undefined
    ? emptyLedger(evaluatedThrough)
    : { ...readLedger(misses), evaluatedThrough };
}

function spansUntil(
  through: Date,
  snapshot: Snapshot,
  { ledger, schedule, now }: MissStateContext & { ledger: MissLedger; schedule: Schedule },
): readonly MissSpan[] {
  if (wasSuspended(snapshot)) return [{ reason: 'Suspended', through }];
  return missSpans(snapshot, { after: ledger.evaluatedThrough, through, schedule, now });
}

/** The status's last run: whatever ran since is in the stretch that is settled. */
function gridOf({ object, status, children }: Snapshot, schedule: Schedule): SlotGrid {
  const anchor = new Date(status.lastScheduleTime ?? object.metadata.creationTimestamp ?? 0);
  const runs = children.flatMap(({ isOwn, slot }) => (isOwn && slot !== undefined ? [slot] : []));
  return { schedule, anchor, runs };
}

/** As the status says it: what has come since it was written came under that. */
function wasSuspended({ status }: Snapshot): boolean {
  return findCondition(status.conditions, 'Ready')?.reason === 'Suspended';
}

function isSuspended({ spec }: Snapshot): boolean {
  return spec.ok && spec.value.suspend;
}

function waitsForNext(snapshot: Snapshot): boolean {
  const { spec } = snapshot;
  return (
    spec.ok && !spec.value.suspend && spec.value.onResume === 'WaitNext' && wasSuspended(snapshot)
  );
}

function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / SECOND_MS) * SECOND_MS);
}
