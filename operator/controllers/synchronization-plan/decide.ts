import { wholeSeconds } from '../../../api/conditions.ts';
import type { ScheduleParser } from '../../schedule/schedule-parser.ts';
import type { Manifest } from '../../kube/objects.ts';
import type { Child } from './child.ts';
import type { EventNote } from './event-note.ts';
import { eventsFor, rpoEvents } from './events.ts';
import { factsOf, type Facts } from './facts.ts';
import { beyondHistory } from './history.ts';
import { judge } from './judge.ts';
import { childManifest } from './resources.ts';
import { judgeRpo, type RpoVerdict } from './rpo.ts';
import type { Snapshot } from './snapshot.ts';
import { statusFor, type PlanStatus } from './status.ts';
import type { Start, Verdict } from './verdict.ts';

/** What is to be done about a plan. */
export interface Decision {
  /** First of all, and then the plan is to be decided on anew: its UID is noted at it. */
  readonly notesUid: boolean;
  /** The whole status. */
  readonly status: PlanStatus;
  /** The status tells of something that the children deleted here are the only proof of. */
  readonly writesBeforeDeleting: boolean;
  readonly events: readonly EventNote[];
  /** Children beyond the history limits; deleted before anything starts, which may need the quota. */
  readonly deletions: readonly Child[];
  /** Runs that the next one replaces; the status names them before they are deleted. */
  readonly stops: readonly Child[];
  /** Created last; then the plan is to be decided on anew, with the new child. */
  readonly start: (Start & { readonly manifest: Manifest }) | undefined;
  readonly requeueAfterMs: number | undefined;
}

/** A condition that time changes is looked at just after that time. */
const RPO_PADDING_MS = 1000;

/** Decides what is to be done; undefined for a plan that is being deleted, whose children go too. */
export function decide(
  snapshot: Snapshot,
  now: Date,
  parser: ScheduleParser,
): Decision | undefined {
  const { object, spec } = snapshot;
  if (object.metadata.deletionTimestamp !== undefined) return undefined;
  const facts = factsOf(snapshot);
  const verdict = judge(snapshot, { facts, now, parser });
  const rpo = rpoOf(snapshot, facts, now);
  const status = statusFor({ snapshot, facts, verdict, rpo, now });
  const deletions = spec.ok ? beyondHistory(snapshot.children, spec.value) : [];
  return {
    notesUid: facts.runNow.needsNote && snapshot.refusedNote === undefined,
    status,
    writesBeforeDeleting: deletions.length > 0 && tellsMore(facts, status, snapshot),
    events: [...eventsFor(snapshot, facts, verdict), ...rpoEvents(snapshot.status, status)],
    deletions,
    stops: verdict.stop ?? [],
    start: verdict.start && {
      ...verdict.start,
      manifest: childManifest(object, verdict.start),
    },
    requeueAfterMs: soonest(verdict, rpo, now),
  };
}

function rpoOf({ object, spec }: Snapshot, facts: Facts, now: Date): RpoVerdict | undefined {
  if (!spec.ok || spec.value.rpo === undefined) return undefined;
  const creationTime = new Date(object.metadata.creationTimestamp ?? now);
  return judgeRpo(spec.value.rpo, { lastSnapshotTime: facts.lastSnapshotTime, creationTime, now });
}

/** What was missed, too: why it was, only those children show that ran at that time. */
function tellsMore(facts: Facts, { misses }: PlanStatus, { status }: Snapshot): boolean {
  const times = ['lastScheduleTime', 'lastSuccessfulTime', 'lastSnapshotTime'] as const;
  const isNewer = times.some((field) => {
    const time = facts[field];
    return time !== undefined && wholeSeconds(time) !== status[field];
  });
  return (
    isNewer ||
    facts.lastRunNowToken !== status.lastRunNowToken ||
    facts.runNowTokens.join() !== (status.runNowTokens ?? []).join() ||
    misses?.evaluatedThrough !== status.misses?.evaluatedThrough
  );
}

function soonest(verdict: Verdict, rpo: RpoVerdict | undefined, now: Date): number | undefined {
  const times = [
    verdict.lookAgainInMs,
    rpo?.missedFrom && rpo.missedFrom.getTime() + RPO_PADDING_MS - now.getTime(),
  ].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(0, Math.min(...times));
}
