import type { ReasonOf } from '../../../api/reasons.ts';
import type { ReplacedSynchronization } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import type { Child } from './child.ts';
import type { EventNote } from './event-note.ts';
import type { MissState } from './misses.ts';

export type PlanReason = ReasonOf<'SynchronizationPlan'>;

/** A run that is to be started now. */
export interface Start {
  readonly name: string;
  /** Undefined: asked for by hand, not by the schedule. */
  readonly slot: Date | undefined;
  /** The slot as the clocks of the plan's time zone show it. */
  readonly scheduledTimestamp: string | undefined;
  /** Said before it starts. */
  readonly warnings: readonly EventNote[];
}

/** How a plan stands, and what is to be done about it now. */
export interface Standing {
  readonly ready: boolean;
  readonly reason: PlanReason;
  readonly message: string;
  /** Said once, when the plan comes to stand so; `note` is the message unless given. */
  readonly news?: Pick<EventNote, 'type' | 'reason'> & Partial<Pick<EventNote, 'note' | 'cause'>>;
  /** Said each time the verdict is the same: what happens now, not how things are. */
  readonly happened?: EventNote;
  /** The first slot that is not settled; it is in the past while a due run waits. */
  readonly next?: Date | undefined;
  readonly start?: Start;
  /** Runs that make room for the next one: noted in the status, then deleted. */
  readonly stop?: readonly Child[];
  readonly replacing?: readonly ReplacedSynchronization[];
  readonly lookAgainInMs?: number | undefined;
}

/** That, and what was missed until now. */
export interface Verdict extends Standing {
  readonly missState: MissState;
}
