import type { Schedule } from './schedule.ts';

/** What the times of a plan are reckoned from. */
export interface SlotState {
  readonly schedule: Schedule;
  /** The slot that was run last. */
  readonly lastScheduleTime?: Date | undefined;
  readonly creationTime: Date;
  /** How late a slot may start; undefined: as late as it likes. */
  readonly startingDeadlineSeconds?: number | undefined;
  /** Slots before this are settled, run or not: no later change of mind makes them due. */
  readonly notBefore?: Date | undefined;
}

/** What was due, and is the newest of it. */
export interface DueSlot {
  readonly time: Date;
  /** It is later than startingDeadlineSeconds allow. */
  readonly isLate: boolean;
}

/** A requeue this much after the slot does not come before it on a clock that is a little off. */
export const SLOT_PADDING_MS = 100;

/** More missed slots than this are worth a warning. */
export const TOO_MANY_MISSED = 100;

/**
 * The newest slot that has come and was not run; undefined if there is none. At most one run
 * catches up, however many were missed.
 *
 * Unlike CronJob's, the answer is exact for irregular schedules, the deadline does not move the
 * time that `@every` counts from, and a slot that is too late is told of instead of vanishing.
 */
export function dueSlot(state: SlotState, now: Date): DueSlot | undefined {
  const time = state.schedule.latest(anchorOf(state), now);
  if (time === undefined || isSettled(time, state)) return undefined;
  const { startingDeadlineSeconds: seconds } = state;
  const isLate = seconds !== undefined && time.getTime() + seconds * 1000 < now.getTime();
  return { time, isLate };
}

/** CronJob's question of the same meaning: the newest slot, and how many there were. */
export function mostRecentScheduleTime(
  state: SlotState,
  now: Date,
): { readonly earliest: Date; readonly mostRecent: Date | undefined; readonly missed: number } {
  const due = dueSlot(state, now);
  return {
    earliest: earliestOf(state, now),
    mostRecent: due?.isLate === false ? due.time : undefined,
    missed: missedSlots(state, now),
  };
}

/** How many slots have come and were not run, without those that the deadline or edits exclude. */
export function missedSlots(state: SlotState, now: Date): number {
  const { schedule, notBefore } = state;
  const anchor = anchorOf(state);
  const excluded = schedule.count(anchor, earliestOf(state, now));
  const settled =
    notBefore === undefined ? 0 : schedule.count(anchor, new Date(notBefore.getTime() - 1));
  return Math.max(0, schedule.count(anchor, now) - Math.max(excluded, settled));
}

/** The first slot that is still to come; undefined: none within five years. */
export function nextSlot(state: SlotState, now: Date): Date | undefined {
  const anchor = anchorOf(state);
  return state.schedule.nextAfter(state.schedule.latest(anchor, now) ?? anchor);
}

/** Milliseconds until the next slot should be looked at; undefined: none within five years. */
export function nextScheduleTimeDuration(state: SlotState, now: Date): number | undefined {
  const next = nextSlot(state, now);
  return next && next.getTime() + SLOT_PADDING_MS - now.getTime();
}

function isSettled(slot: Date, { notBefore }: SlotState): boolean {
  return notBefore !== undefined && slot < notBefore;
}

function anchorOf({ lastScheduleTime, creationTime }: SlotState): Date {
  return lastScheduleTime ?? creationTime;
}

/** The anchor, or the deadline's edge where that is later. */
function earliestOf(state: SlotState, now: Date): Date {
  const anchor = anchorOf(state);
  const { startingDeadlineSeconds: seconds } = state;
  if (seconds === undefined) return anchor;
  return new Date(Math.max(anchor.getTime(), now.getTime() - seconds * 1000));
}
