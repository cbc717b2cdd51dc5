import type { HistoryReason } from '../../../api/worker-contract.ts';
import type { AclCarrier } from './acl-carrier.ts';
import type { AclChecks } from './acl-checks.ts';
import type { MirrorOptions } from '../mirror-options.ts';
import { walkBoth, type WalkedPart } from '../compare/walk-both.ts';
import type { WalkVisitor } from '../compare/walk.ts';

/**
 * What a pass has chosen to compare on the word of the memo, if that word is good: no list that is
 * read in its turn says otherwise, and the source is still the one that was asked for a proof. Else
 * everything is looked at once more, and nothing is believed.
 *
 * @param chosen is closed if it is not what is returned
 */
export async function provedChecks(
  options: MirrorOptions,
  part: WalkedPart,
  { acls, chosen, unbelieving }: ProofOptions,
): Promise<AclChecks> {
  if (!chosen.believesMemo) return chosen;
  const why = await whatSpeaksAgainst(options, acls, chosen);
  if (why === null) return chosen;
  const { record, logger } = options;
  record.history = { proved: false, reason: why.reason };
  logger.warn('all access control lists are read', why);
  chosen.close();
  const checks = unbelieving();
  acls.follow(checks);
  await walkBoth(options, part, lookingAt(checks));
  return checks;
}

export interface ProofOptions {
  readonly acls: AclCarrier;
  readonly chosen: AclChecks;
  /** Empty ones that believe no memo. */
  readonly unbelieving: () => AclChecks;
}

async function whatSpeaksAgainst(
  { witness, record }: MirrorOptions,
  acls: AclCarrier,
  chosen: AclChecks,
): Promise<{ readonly reason: HistoryReason; readonly path?: string } | null> {
  const path = await acls.firstWrong(chosen);
  if (path !== null) return { reason: 'ListDiffered', path };
  if ((await witness?.holds()) === true) return null;
  record.sawSourceChange();
  return { reason: 'SetBackMeanwhile' };
}

function lookingAt(checks: AclChecks): WalkVisitor {
  return {
    compared: ({ path, verdict, source, destination }) => {
      checks.look(path, verdict.change, { source, destination });
    },
    excluded: () => undefined,
    unlistable: () => undefined,
    unnameable: () => undefined,
    ready: () => null,
  };
}
