import { wholeSeconds, type ConditionStatus } from '../../../api/conditions.ts';
import { parseGoDuration } from '../../../api/duration.ts';
import type { PlanReason } from './verdict.ts';

/** Whether the newest verified copy is as young as it should be. */
export interface RpoVerdict {
  readonly status: ConditionStatus;
  readonly reason: PlanReason;
  readonly message: string;
  /** When it turns false by itself; undefined if it is false already. */
  readonly missedFrom: Date | undefined;
}

/**
 * Judges spec.rpo by the point of the source that the newest verified copy stands for, not by when
 * its run ended. A plan without a copy is given the time of one RPO from its creation.
 *
 * @param rpo a Go duration
 */
export function judgeRpo(
  rpo: string,
  times: {
    readonly lastSnapshotTime: Date | undefined;
    readonly creationTime: Date;
    readonly now: Date;
  },
): RpoVerdict {
  const { lastSnapshotTime, creationTime, now } = times;
  const countedFrom = lastSnapshotTime ?? creationTime;
  const limit = new Date(countedFrom.getTime() + (parseGoDuration(rpo) ?? 0));
  const isMissed = now > limit;
  const missedFrom = isMissed ? undefined : limit;
  if (lastSnapshotTime === undefined) {
    const message = `There is no verified copy yet; spec.rpo is ${rpo}.`;
    return { status: isMissed ? 'False' : 'Unknown', reason: 'NoCopyYet', message, missedFrom };
  }
  const of = wholeSeconds(lastSnapshotTime);
  return isMissed
    ? {
        status: 'False',
        reason: 'RPOExceeded',
        message: `The newest verified copy is of ${of}, longer ago than spec.rpo, ${rpo}.`,
        missedFrom,
      }
    : {
        status: 'True',
        reason: 'WithinRPO',
        message: `The newest verified copy is of ${of}; spec.rpo is ${rpo}.`,
        missedFrom,
      };
}
