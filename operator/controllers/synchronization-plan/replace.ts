import { wholeSeconds } from '../../../api/conditions.ts';
import type { ReplacedSynchronization } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import { isBeingDeleted } from '../../kube/objects.ts';
import { isActive, type Child } from './child.ts';
import { EVENT_REASONS, type EventNote } from './event-note.ts';
import type { Facts } from './facts.ts';
import type { ReplacedRun, Snapshot } from './snapshot.ts';

/** Whether a run can start that replaces those before it. */
export type Room =
  | {
      readonly isFree: true;
      /** Of workers that are not gone in spite of all patience. */
      readonly warnings: readonly EventNote[];
    }
  | {
      readonly isFree: false;
      /** To be deleted now. */
      readonly stop: readonly Child[];
      /** What the status is to remember before that. */
      readonly replacing: readonly ReplacedSynchronization[];
      /** Names of those that are waited for. */
      readonly names: readonly string[];
    };

/** What the kubelet gives a pod that names no other. */
const DEFAULT_GRACE_SECONDS = 30;

/** Added to the grace period: for the garbage collector, and a kubelet that is slow. */
const PATIENCE_SECONDS = 60;

/** Nobody tells us when a pod is gone. */
export const REPLACE_INTERVAL_MS = 1000;

/**
 * Makes room for a run under `Replace`: what runs is deleted, and then waited for until its pods
 * are gone, so that two workers do not meet. What does not go within its grace period and a minute
 * is waited for no longer: its node may be lost, and the fence keeps it from writing.
 */
export function makeRoom(snapshot: Snapshot, facts: Facts, now: Date): Room {
  const overdue = snapshot.replaced.filter((run) => isOverdue(run, now));
  const givenUp = new Set(overdue.map(({ uid }) => uid));
  const inTheWay = facts.active.filter(({ uid }) => !givenUp.has(uid));
  const known = snapshot.replaced.filter(
    (run) => !givenUp.has(run.uid) && !isGone(run, snapshot.children),
  );
  const told = new Set(known.map(({ uid }) => uid));
  const more = inTheWay.filter(({ uid }) => !told.has(uid));
  if (known.length === 0 && inTheWay.length === 0) {
    return { isFree: true, warnings: overdue.map((run) => stillThere(run, now)) };
  }
  return {
    isFree: false,
    // Once is enough where a finalizer keeps it.
    stop: inTheWay.filter(({ object }) => !isBeingDeleted(object)),
    replacing: [
      ...snapshot.replaced.map(({ name, uid, since }) => ({
        name,
        uid,
        since: wholeSeconds(since),
      })),
      ...more.map(({ name, uid }) => ({ name, uid, since: wholeSeconds(now) })),
    ],
    names: [...known, ...more].map(({ name }) => name),
  };
}

/** What the status still remembers if nothing is replaced now. */
export function stillReplacing(
  { replaced, children }: Snapshot,
  now: Date,
): readonly ReplacedSynchronization[] {
  return replaced
    .filter((run) => !isGone(run, children) && !isOverdue(run, now))
    .map(({ name, uid, since }) => ({ name, uid, since: wholeSeconds(since) }));
}

/** What has ended is gone, even if its object stays: a finalizer of somebody may keep it for ever. */
function isGone({ uid, remains }: ReplacedRun, children: readonly Child[]): boolean {
  return (
    remains.names.length === 0 && !children.some((child) => child.uid === uid && isActive(child))
  );
}

function isOverdue({ since, remains }: ReplacedRun, now: Date): boolean {
  const seconds = (remains.graceSeconds ?? DEFAULT_GRACE_SECONDS) + PATIENCE_SECONDS;
  return since.getTime() + seconds * 1000 <= now.getTime();
}

function stillThere({ name, since, remains }: ReplacedRun, now: Date): EventNote {
  const seconds = Math.round((now.getTime() - since.getTime()) / 1000);
  const what = remains.names.length === 0 ? 'it' : remains.names.join(', ');
  const note = `Synchronization ${name} was told to stop ${seconds} s ago, and ${what} is still there. The next one starts all the same: the fence lets only one of them write.`;
  const cause = 'a worker that was told to stop';
  return { type: 'Warning', reason: EVENT_REASONS.replacedStillRunning, note, cause };
}
