import { ANNOTATIONS } from '../../../api/labels.ts';
import { runNowName } from '../../../api/names.ts';
import { EVENT_REASONS } from './event-note.ts';
import type { Facts } from './facts.ts';
import { pendingToken } from './run-now.ts';
import type { Snapshot } from './snapshot.ts';
import type { Verdict } from './verdict.ts';

/** A quota may be raised, a webhook come back, without an event that would tell us. */
const RETRY_MS = 10_000;

const TRIED_AGAIN = `It is tried again every ${RETRY_MS / 1_000} s.`;

const NOTHING_YET = 'The run-now annotation has started nothing yet.';

/**
 * The verdict about a plan whose run the API server has just refused to create: a due run makes the
 * plan not ready, since it does not do what it is for; a run by hand is only told of, since the
 * schedule does not depend on it. Either is tried again.
 */
export function withRefusal(snapshot: Snapshot, facts: Facts, verdict: Verdict): Verdict {
  const { start, ...rest } = verdict;
  const lookAgainInMs = Math.min(verdict.lookAgainInMs ?? RETRY_MS, RETRY_MS);
  // What the server says may change with each try: how much of a quota is used, an address.
  const cause = 'the API server refuses';
  const news = { type: 'Warning', reason: EVENT_REASONS.failedCreate, cause } as const;
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
  const note = noteSentence(snapshot);
  if (note !== undefined) {
    const waits = facts.runNow.is === 'Asked' ? ` ${NOTHING_YET}` : '';
    const noteNews = { ...news, reason: EVENT_REASONS.failedUpdate, note };
    return {
      ...verdict,
      message: `${verdict.message}${waits} ${note}`,
      news: noteNews,
      lookAgainInMs,
    };
  }
  const token = pendingToken(facts);
  const byHand = token && sentence(snapshot, runNowName(snapshot.object.metadata.name, token));
  if (!byHand) return verdict;
  const message = `${verdict.message} ${NOTHING_YET} ${byHand}`;
  return { ...verdict, message, news: { ...news, note: byHand }, lookAgainInMs };
}

/** Undefined if the plan's UID could be noted, or need not be. */
function noteSentence({ refusedNote }: Snapshot): string | undefined {
  return (
    refusedNote &&
    `The API server refused to let the UID of this plan be noted at it (annotation ${ANNOTATIONS.runNowUid}), without which a backup could bring the run-now annotation back: ${withoutStop(refusedNote)}. ${TRIED_AGAIN}`
  );
}

function withoutStop(answer: string): string {
  return answer.replace(/\.$/, '');
}

/** Undefined if the creation of that name was not refused. */
function sentence({ refusals }: Snapshot, name: string): string | undefined {
  const answer = refusals[name];
  return (
    answer &&
    `The API server refused to create Synchronization ${name}: ${withoutStop(answer)}. ${TRIED_AGAIN}`
  );
}
