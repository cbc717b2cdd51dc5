import { runNowName } from '../../../api/names.ts';
import { EVENT_REASONS } from './event-note.ts';
import { pendingToken, type Facts } from './facts.ts';
import type { Snapshot } from './snapshot.ts';
import type { Verdict } from './verdict.ts';

/** A quota may be raised, a webhook come back, without an event that would tell us. */
const RETRY_MS = 10_000;

/**
 * The verdict about a plan whose run the API server has just refused to create: a due run makes the
 * plan not ready, since it does not do what it is for; a run by hand is only told of, since the
 * schedule does not depend on it. Either is tried again.
 */
export function withRefusal(snapshot: Snapshot, facts: Facts, verdict: Verdict): Verdict {
  const { start, ...rest } = verdict;
  const lookAgainInMs = Math.min(verdict.lookAgainInMs ?? RETRY_MS, RETRY_MS);
  const news = { type: 'Warning', reason: EVENT_REASONS.failedCreate } as const;
  const refused = start && sentence(snapshot, start.name);
  if (refused !== undefined) {
    return {
      ...rest,
      ready: false,
      reason: 'CreateRefused',
      message: refused,
      news,
      lookAgainInMs,
    };
  }
  const token = pendingToken(snapshot, facts);
  const byHand = token && sentence(snapshot, runNowName(snapshot.object.metadata.name, token));
  if (!byHand) return verdict;
  const message = `${verdict.message} The run-now annotation has started nothing yet. ${byHand}`;
  return { ...verdict, message, news: { ...news, note: byHand }, lookAgainInMs };
}

/** Undefined if the creation of that name was not refused. */
function sentence({ refusals }: Snapshot, name: string): string | undefined {
  const answer = refusals[name];
  return (
    answer &&
    `The API server refused to create Synchronization ${name}: ${answer.replace(/\.$/, '')}. It is tried again every ${RETRY_MS / 1_000} s.`
  );
}
