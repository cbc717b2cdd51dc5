import { findCondition } from '../../../../api/conditions.ts';
import { ScheduleParser } from '../../../schedule/schedule-parser.ts';
import { decide, type Decision } from '../decide.ts';
import type { Snapshot } from '../snapshot.ts';
import { iso, type PlanInput } from './builders.ts';

/** @throws Error where nothing is decided */
export function decideOn(given: Snapshot, now: Date): Decision {
  const decision = decide(given, now, new ScheduleParser());
  if (decision === undefined) throw new Error('nothing was decided');
  return decision;
}

/** The condition Ready that was decided on. */
export function readyOf({ status }: Pick<Decision, 'status'>) {
  return findCondition(status.conditions, 'Ready');
}

/** As the plan controller wrote it at nine. */
export function condition(type: string, status: string, reason: string, message = ''): object {
  return { type, status, reason, message, lastTransitionTime: iso('09:00'), observedGeneration: 1 };
}

/** A plan that ran at nine and was judged then; `changes` go to its status. */
export function ranAtNine(changes: object = {}): PlanInput {
  return {
    metadata: { creationTimestamp: iso('08:30') },
    status: {
      observedGeneration: 1,
      lastScheduleTime: iso('09:00'),
      nextScheduleTime: iso('10:00'),
      conditions: [condition('Ready', 'True', 'Scheduled')],
      ...changes,
    },
  };
}
