import { ascending } from '../../../common/ascending.ts';
import { ANNOTATIONS } from '../../../api/labels.ts';
import { runNowHash, runNowHashOf, runNowName } from '../../../api/names.ts';
import { MAX_RUN_NOW_TOKENS } from '../../../api/v1alpha1/synchronization-plan-status.ts';
import type { Child } from './child.ts';
import type { Snapshot } from './snapshot.ts';

/** What the run-now annotation asks for, and whether the UID of its plan is to be noted beside it. */
export type RunNow = { readonly needsNote: boolean } & (
  | { readonly is: 'Nothing' }
  /** A run that it has not had. */
  | { readonly is: 'Asked'; readonly token: string }
  /** A run that it has had, before it had another one. */
  | { readonly is: 'Used' }
  /** A run that another plan was asked for: a backup tool, or somebody's copy, brought it here. */
  | { readonly is: 'Foreign'; readonly uid: string }
);

/** What has become of tokens so far. */
export interface RunNowFacts {
  readonly lastRunNowToken: string | undefined;
  /** Hashes of the last tokens that had their run or will never have one, newest first. */
  readonly runNowTokens: readonly string[];
  /** What the annotation asks for now. */
  readonly runNow: RunNow;
}

/**
 * Reads what the run-now annotation asks for. Annotations survive a backup, and a status does not: a
 * token that was honoured before a disaster comes back as if it were fresh. So the UID of the plan is
 * noted as soon as a token is seen, and a token that is there under another UID starts nothing. It
 * is remembered first and the UID noted after that, or a process that dies in between would honour it.
 */
export function runNowFacts(snapshot: Snapshot): RunNowFacts {
  const token = tokenOf(snapshot);
  const before = honouredBefore(snapshot, token);
  const runNow = readRunNow(snapshot, token, before);
  const isSettledNow = runNow.is === 'Foreign';
  const hashes = [...(isSettledNow ? [runNowHash(token)] : []), ...before.hashes];
  return {
    lastRunNowToken: isSettledNow ? token : before.lastToken,
    runNowTokens: hashes.slice(0, MAX_RUN_NOW_TOKENS),
    runNow,
  };
}

function tokenOf({ object }: Snapshot): string {
  return object.metadata.annotations[ANNOTATIONS.runNow] ?? '';
}

interface Honoured {
  readonly lastToken: string | undefined;
  /** Newest first. */
  readonly hashes: readonly string[];
}

/** As the status says it, and the children that were made by hand. */
function honouredBefore({ object, status, children }: Snapshot, token: string): Honoured {
  const { name } = object.metadata;
  const own = children.filter((child) => child.isOwn);
  const isMade = token !== '' && own.some((child) => child.name === runNowName(name, token));
  const lastToken = isMade ? token : status.lastRunNowToken;
  const last = lastToken === undefined ? [] : [runNowHash(lastToken)];
  const hashes = [...hashesOf(own, name), ...last, ...(status.runNowTokens ?? [])];
  return { lastToken, hashes: [...new Set(hashes)] };
}

function readRunNow({ object }: Snapshot, token: string, { lastToken, hashes }: Honoured): RunNow {
  const { uid, annotations } = object.metadata;
  const notedUid = annotations[ANNOTATIONS.runNowUid];
  const isForeign = notedUid !== undefined && notedUid !== uid;
  if (token === '') return { is: 'Nothing', needsNote: isForeign };
  const needsNote = notedUid !== uid;
  if (token === lastToken) return { is: 'Nothing', needsNote };
  if (hashes.includes(runNowHash(token))) return { is: 'Used', needsNote };
  return isForeign
    ? { is: 'Foreign', uid: notedUid, needsNote: false }
    : { is: 'Asked', token, needsNote };
}

/** The token that asks for a run which may start. */
export function pendingToken({ runNow }: Pick<RunNowFacts, 'runNow'>): string | undefined {
  return runNow.is === 'Asked' && !runNow.needsNote ? runNow.token : undefined;
}

/** Of those that were made by hand, newest first. */
function hashesOf(own: readonly Child[], plan: string): readonly string[] {
  return own
    .map(({ name, object }) => {
      const { creationTimestamp: created = '' } = object.metadata;
      return { hash: runNowHashOf(plan, name), created };
    })
    .sort((one, other) => ascending(other.created, one.created))
    .flatMap(({ hash }) => (hash === undefined ? [] : [hash]));
}
