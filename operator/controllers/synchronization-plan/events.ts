import { findCondition, wholeSeconds } from '../../../api/conditions.ts';
import { runNowHash, runNowHashOf, runNowName } from '../../../api/names.ts';
import type { SynchronizationPlanStatus } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import { isActive, type Child } from './child.ts';
import type { Facts } from './facts.ts';
import { EVENT_REASONS, type EventNote } from './event-note.ts';
import type { Snapshot } from './snapshot.ts';
import type { Verdict } from './verdict.ts';

/**
 * The events of a look at a plan: one for each thing that is otherwise than the status says, so
 * that a process that dies before it writes the status loses none, and looking again says nothing
 * again.
 */
export function eventsFor(
  snapshot: Snapshot,
  facts: Facts,
  verdict: Verdict,
): readonly EventNote[] {
  return [
    ...startEvents(snapshot, facts),
    ...runNowEvents(facts),
    ...endEvents(snapshot),
    ...(verdict.happened === undefined ? [] : [verdict.happened]),
    ...missEvents(snapshot.status, verdict),
    ...newsOf(snapshot.status, verdict),
  ];
}

/** What turned false or true again about the age of the copy. */
export function rpoEvents(
  before: SynchronizationPlanStatus,
  after: SynchronizationPlanStatus,
): readonly EventNote[] {
  const told = findCondition(before.conditions, 'RPOMet')?.status;
  const now = findCondition(after.conditions, 'RPOMet');
  if (now === undefined || now.status === told) return [];
  const { reason, message: note } = now;
  const cause = 'spec.rpo';
  if (now.status === 'False') return [{ type: 'Warning', reason, note, cause }];
  return now.status === 'True' && told === 'False' ? [{ type: 'Normal', reason, note, cause }] : [];
}

function startEvents(
  { object, status, children }: Snapshot,
  { lastRunNowToken: token }: Facts,
): readonly EventNote[] {
  const known = new Set((status.active ?? []).map((each) => each.uid));
  const last = new Date(status.lastScheduleTime ?? 0);
  const byHand =
    token === undefined || isTokenTold(token, status)
      ? undefined
      : runNowName(object.metadata.name, token);
  return children
    .filter((child) => child.isOwn && !known.has(child.uid))
    .flatMap((child) => {
      if (child.name === byHand) return [created(child, 'as the run-now annotation asks')];
      if (child.slot === undefined)
        return isUnexpected(child, object.metadata.name) ? [unexpected(child)] : [];
      const due = wholeSeconds(child.slot);
      return child.slot > last ? [created(child, `for ${due}`)] : [];
    });
}

function isTokenTold(
  token: string,
  { lastRunNowToken, runNowTokens = [] }: SynchronizationPlanStatus,
): boolean {
  return token === lastRunNowToken || runNowTokens.includes(runNowHash(token));
}

/** It stays so until the status says that the token is settled. */
function runNowEvents({ runNow }: Facts): readonly EventNote[] {
  if (runNow.is !== 'Foreign') return [];
  const note = `The run-now annotation starts nothing: it came here with another plan (UID ${runNow.uid}), from a backup or a copy of its YAML. To run now, give another token.`;
  return [{ type: 'Warning', reason: EVENT_REASONS.runNowIgnored, note }];
}

/** Named neither after a slot nor after a token. */
function isUnexpected(child: Child, plan: string): boolean {
  return isActive(child) && runNowHashOf(plan, child.name) === undefined;
}

function created({ name }: Child, why: string): EventNote {
  const note = `Created Synchronization ${name} ${why}.`;
  return { type: 'Normal', reason: EVENT_REASONS.created, note };
}

function unexpected({ name }: Child): EventNote {
  const note = `The Synchronization ${name} names this plan as its controller, and the plan did not create it.`;
  return { type: 'Warning', reason: EVENT_REASONS.unexpected, note };
}

function endEvents({ status, children }: Snapshot): readonly EventNote[] {
  const replaced = new Set((status.replacing ?? []).map(({ uid }) => uid));
  const active = (status.active ?? []).filter(({ uid }) => !replaced.has(uid));
  return active.flatMap(({ name, uid }): readonly EventNote[] => {
    const child = children.find((each) => each.uid === uid);
    if (child === undefined) {
      const note = `The Synchronization ${name} went missing before it ended.`;
      return [{ type: 'Normal', reason: EVENT_REASONS.missing, note }];
    }
    if (child.state === 'Active') return [];
    const reason = EVENT_REASONS.completed;
    if (child.state === 'Succeeded') {
      const note = `Synchronization ${name} succeeded (${child.reason}).`;
      return [{ type: 'Normal', reason, note }];
    }
    // Run after run may fail for the same reason.
    const note = `Synchronization ${name} failed (${child.reason}).`;
    return [{ type: 'Warning', reason, note, cause: child.reason }];
  });
}

/** Slots that nobody started; the other reasons are told of when they come up. */
function missEvents(
  { misses }: SynchronizationPlanStatus,
  { missState }: Verdict,
): readonly EventNote[] {
  const { byReason, last } = missState.ledger ?? { byReason: {}, last: [] };
  const more = (byReason.Down ?? 0) - (misses?.byReason.Down ?? 0);
  const newest = last.find(({ reason }) => reason === 'Down');
  if (more <= 0 || newest === undefined) return [];
  const what = more === 1 ? 'the run' : `${more} runs, the last of them`;
  const note = `Missed ${what} due at ${wholeSeconds(newest.time)}: nobody started it, because the operator did not run or could not create it. status.misses counts them.`;
  // Normal, as CronJob warns of more than a hundred only, which is warned of before the start.
  return [{ type: 'Normal', reason: EVENT_REASONS.missedRuns, note, cause: 'missed runs' }];
}

function newsOf(status: SynchronizationPlanStatus, verdict: Verdict): readonly EventNote[] {
  const told = findCondition(status.conditions, 'Ready');
  const isNews = told?.reason !== verdict.reason || told.message !== verdict.message;
  if (verdict.news === undefined || !isNews) return [];
  return [{ note: verdict.message, ...verdict.news }];
}
