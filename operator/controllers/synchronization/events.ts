import { findCondition } from '../../../api/conditions.ts';
import type { EventInput } from '../../kube/event-recorder.ts';
import type { FollowDecision } from './decision.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import { describeContainers, type Lingering } from '../../workers/lingering.ts';
import type { Snapshot } from './snapshot.ts';
import type { ReportedDecision } from './status.ts';

/** What an event says, without the object it is about. */
export type EventNote = Pick<EventInput, 'type' | 'reason' | 'note' | 'cause'>;

/** Reasons of events that are not reasons of a condition. */
export const EVENT_REASONS = {
  jobCreated: 'JobCreated',
  attemptFailed: 'AttemptFailed',
  containerStillRunning: 'ContainerStillRunning',
} as const;

/**
 * The events of a decision: one for each thing that is now otherwise than the status says, so that
 * looking again says nothing again.
 */
export function eventsFor(decision: ReportedDecision, snapshot: Snapshot): readonly EventNote[] {
  switch (decision.action) {
    case 'RecordJob':
      return [{ type: 'Normal', reason: EVENT_REASONS.jobCreated, note: decision.message }];
    case 'Wait':
      return decision.obstructed && isNews(decision, snapshot, true) ? [warning(decision)] : [];
    case 'Follow':
      return followEvents(decision, snapshot);
    case 'Finish': {
      const type = decision.succeeded ? 'Normal' : 'Warning';
      return [
        ...failureEvents(decision.failures),
        { type, reason: decision.reason, note: decision.message },
        ...lingeringEvents(decision.lingering, 'The Job was deleted'),
        ...specChangedEvents(decision.specChanged, snapshot),
      ];
    }
    case 'Settle':
      return specChangedEvents(decision.specChanged, snapshot);
  }
}

function followEvents(decision: FollowDecision, snapshot: Snapshot): readonly EventNote[] {
  const { reason, message, obstructed } = decision;
  // That the worker is about to start was said when its Job was created.
  const isTelling = obstructed || reason === 'Running';
  return [
    ...failureEvents(decision.failures),
    ...(isTelling && isNews(decision, snapshot, obstructed)
      ? [obstructed ? warning(decision) : ({ type: 'Normal', reason, note: message } as const)]
      : []),
    ...(isNews(decision, snapshot, true)
      ? lingeringEvents(decision.inTheWay, 'The pod is deleted, for the next attempt to start')
      : []),
    ...specChangedEvents(decision.specChanged, snapshot),
  ];
}

function warning({
  reason,
  message,
  cause,
}: Pick<FollowDecision, 'reason' | 'message' | 'cause'>): EventNote {
  return { type: 'Warning', reason, note: message, ...(cause === undefined ? {} : { cause }) };
}

function failureEvents(failures: FailedAttempts | undefined): readonly EventNote[] {
  const reason = EVENT_REASONS.attemptFailed;
  return (failures?.untold ?? []).map((note) => ({ type: 'Warning', reason, note }));
}

function lingeringEvents(
  lingering: Lingering | undefined,
  consequence: string,
): readonly EventNote[] {
  if (lingering === undefined) return [];
  const containers = describeContainers(lingering);
  const { name } = lingering.pod.metadata;
  const note = `The worker had ended, and its pod ${name} was kept running by ${containers}. ${consequence}. Keep such containers out of worker pods (spec.worker.labels, spec.worker.annotations), or let them end with the worker.`;
  const reason = EVENT_REASONS.containerStillRunning;
  return [{ type: 'Warning', reason, note, cause: containers }];
}

/**
 * Whether the condition is to say something else than it does. Messages are compared as a whole, as
 * the write of a status does, and never read.
 */
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
