import { findCondition } from '../../../api/conditions.ts';
import type { EventInput } from '../../kube/event-recorder.ts';
import type { FollowDecision } from './decision.ts';
import type { Snapshot } from './snapshot.ts';
import type { ReportedDecision } from './status.ts';

/** What an event says, without the object it is about. */
export type EventNote = Pick<EventInput, 'type' | 'reason' | 'note'>;

/** Reasons of events that are not reasons of a condition. */
export const EVENT_REASONS = { jobCreated: 'JobCreated', attemptFailed: 'AttemptFailed' } as const;

/**
 * The events of a decision: one for each thing that is now otherwise than the status says, so that
 * looking again says nothing again.
 */
export function eventsFor(decision: ReportedDecision, snapshot: Snapshot): readonly EventNote[] {
  switch (decision.action) {
    case 'RecordJob':
      return [{ type: 'Normal', reason: EVENT_REASONS.jobCreated, note: decision.message }];
    case 'Wait':
      return decision.obstructed && isNews(decision, snapshot, true)
        ? [{ type: 'Warning', reason: decision.reason, note: decision.message }]
        : [];
    case 'Follow':
      return followEvents(decision, snapshot);
    case 'Finish': {
      const type = decision.succeeded ? 'Normal' : 'Warning';
      return [
        { type, reason: decision.reason, note: decision.message },
        ...specChangedEvents(decision.specChanged, snapshot),
      ];
    }
    case 'Settle':
      return specChangedEvents(decision.specChanged, snapshot);
  }
}

function followEvents(decision: FollowDecision, snapshot: Snapshot): readonly EventNote[] {
  const { reason, message, obstructed, lastFailure, attempts } = decision;
  const type = obstructed ? 'Warning' : 'Normal';
  const failed = lastFailure !== undefined && hasNewFailure(snapshot, lastFailure, attempts);
  // That the worker is about to start was said when its Job was created.
  const isTelling = obstructed || reason === 'Running';
  return [
    ...(failed
      ? [{ type: 'Warning' as const, reason: EVENT_REASONS.attemptFailed, note: lastFailure }]
      : []),
    ...(isTelling && isNews(decision, snapshot, obstructed)
      ? [{ type, reason, note: message } as const]
      : []),
    ...specChangedEvents(decision.specChanged, snapshot),
  ];
}

/** Whether the failure is not in the status's words yet. */
function hasNewFailure(snapshot: Snapshot, lastFailure: string, attempts: number): boolean {
  const told = findCondition(snapshot.status.conditions, 'Succeeded')?.message ?? '';
  return !told.includes(lastFailure) || attempts !== snapshot.status.attempts;
}

function isNews(
  { reason, message }: { readonly reason: string; readonly message: string },
  { status }: Snapshot,
  comparesMessage: boolean,
): boolean {
  const told = findCondition(status.conditions, 'Succeeded');
  return told?.reason !== reason || (comparesMessage && told.message !== message);
}

function specChangedEvents(specChanged: boolean, { status }: Snapshot): readonly EventNote[] {
  if (!specChanged || findCondition(status.conditions, 'Stalled')?.reason === 'SpecChanged') {
    return [];
  }
  const note =
    'The spec was changed after the run had been started; the run goes by the old one. Create a new Synchronization with the new spec.';
  return [{ type: 'Warning', reason: 'SpecChanged', note }];
}
