import type { MissReason } from '../../api/v1alpha1/synchronization-plan-status.ts';
import type { Schedule } from './schedule.ts';

/** A time of the schedule that had no run. */
export interface Miss {
  readonly time: Date;
  readonly reason: MissReason;
}

/** What is known of the slots of a plan up to a point: whoever is not counted here was run. */
export interface MissLedger {
  /** Every slot at or before this is settled: it was run, or it is counted here. */
  readonly evaluatedThrough: Date;
  readonly byReason: Readonly<Partial<Record<MissReason, number>>>;
  /** There were more, longer ago than is counted. */
  readonly lowerBound: boolean;
  /** The newest few, newest first. */
  readonly last: readonly Miss[];
}

/** A stretch of time whose slots, but for those that were run, were missed for one reason. */
export interface MissSpan {
  readonly reason: MissReason;
  /** Its end, inclusive; it begins after the end of the one before. */
  readonly through: Date;
}

/** What slots are reckoned with. */
export interface SlotGrid {
  readonly schedule: Schedule;
  /** What `@every` counts from: the last run before the stretch, else the plan's creation. */
  readonly anchor: Date;
  /** Slots that were run. */
  readonly runs: readonly Date[];
}

/** So many missed slots are named; the rest is only counted. */
export const MAX_NAMED_MISSES = 10;

/** Slots longer ago than this are not counted one by one: what they would cost grows with time. */
export const MAX_COUNTED_MS = 366 * 86_400_000;

/** A ledger that begins with the slots after `evaluatedThrough`. */
export function emptyLedger(evaluatedThrough: Date): MissLedger {
  return { evaluatedThrough, byReason: {}, lowerBound: false, last: [] };
}

/**
 * Settles all slots through the end of the last span: those that were not run are counted, and the
 * newest of them named. The slots are counted in closed form and only the named ones stepped
 * through, so that a plan that was down for months takes no longer than one that missed a minute.
 *
 * @param spans in the order of time; one that ends before the ledger does says nothing
 */
export function settle(ledger: MissLedger, spans: readonly MissSpan[], grid: SlotGrid): MissLedger {
  return spans.reduce((current, span) => settleSpan(current, span, grid), ledger);
}

function settleSpan(ledger: MissLedger, { reason, through }: MissSpan, grid: SlotGrid): MissLedger {
  const { evaluatedThrough } = ledger;
  if (through <= evaluatedThrough) return ledger;
  const countedFrom = new Date(
    Math.max(evaluatedThrough.getTime(), through.getTime() - MAX_COUNTED_MS),
  );
  const { schedule, anchor } = grid;
  const runs = new Set(
    grid.runs
      .filter((run) => run > countedFrom && run <= through && isSlot(run, grid))
      .map((run) => run.getTime()),
  );
  const missed = schedule.count(anchor, through, countedFrom) - runs.size;
  const leavesOut = hasSlot(grid, evaluatedThrough, countedFrom);
  const settled = {
    ...ledger,
    evaluatedThrough: through,
    lowerBound: ledger.lowerBound || leavesOut,
  };
  if (missed <= 0) return settled;
  const named = newestMissed(grid, { after: countedFrom, through, runs });
  return {
    ...settled,
    byReason: { ...ledger.byReason, [reason]: (ledger.byReason[reason] ?? 0) + missed },
    last: [...named.map((time) => ({ time, reason })), ...ledger.last].slice(0, MAX_NAMED_MISSES),
  };
}

/** A run may be of another schedule, before an edit. */
function isSlot(time: Date, { schedule, anchor }: SlotGrid): boolean {
  return schedule.latest(anchor, time)?.getTime() === time.getTime();
}

function hasSlot({ schedule, anchor }: SlotGrid, after: Date, through: Date): boolean {
  const latest = through > after ? schedule.latest(anchor, through) : undefined;
  return latest !== undefined && latest > after;
}

function newestMissed(
  { schedule, anchor }: SlotGrid,
  span: { readonly after: Date; readonly through: Date; readonly runs: ReadonlySet<number> },
): readonly Date[] {
  const found: Date[] = [];
  let slot = schedule.latest(anchor, span.through);
  while (slot !== undefined && slot > span.after && found.length < MAX_NAMED_MISSES) {
    if (!span.runs.has(slot.getTime())) found.push(slot);
    slot = schedule.latest(anchor, new Date(slot.getTime() - 1));
  }
  return found;
}
