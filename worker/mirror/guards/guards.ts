import type { Guard } from '../../../api/worker-contract.ts';
import { describeDrift, type Drift } from './drift.ts';

/** What a root is on one side. */
export type RootState = 'persistent' | 'ephemeral' | 'missing';

/** Everything the guards look at; counts are of persistent, not excluded znodes below the root. */
export interface GuardInput {
  readonly rootPath: string;
  /** Both sides are the same ensemble, and the absolute paths overlap. */
  readonly overlapsItself: boolean;
  readonly sourceRoot: RootState;
  readonly destinationRoot: RootState;
  /** What others did to the destination since the last write of this mirror; null for nothing. */
  readonly drift: Drift | null;
  readonly sourceZnodes: number;
  readonly destinationZnodes: number;
  /** Of the destination's, how many would be deleted. */
  readonly deletions: number;
}

/** What the user allows. */
export interface GuardPolicy {
  /** `Refuse`: what others changed at the destination is not overwritten. */
  readonly destinationDrift: 'Refuse' | 'Overwrite';
  readonly createRootPath: boolean;
  readonly allowEmptySource: boolean;
  readonly deletionMaxPercent: number;
  readonly deletionMinCount: number;
}

export interface Refusal {
  readonly guard: Guard;
  /** What was found and what can be done about it. */
  readonly message: string;
}

type GuardRule = (input: GuardInput, policy: GuardPolicy) => Refusal | null;

/** In this order; the first that refuses decides. */
const RULES: readonly GuardRule[] = [
  refuseSameEnsemble,
  refuseMissingSourceRoot,
  refuseModifiedDestination,
  refuseMissingDestinationRoot,
  refuseEmptySource,
  refuseMassDeletion,
];

/**
 * Asks every guard whether the run may write. Pure. Before the compare pass all counts are zero,
 * and only the guards that look at the roots can refuse.
 */
export function askGuards(input: GuardInput, policy: GuardPolicy): Refusal | null {
  for (const rule of RULES) {
    const refusal = rule(input, policy);
    if (refusal) return refusal;
  }
  return null;
}

function refuseSameEnsemble({ overlapsItself, rootPath }: GuardInput): Refusal | null {
  if (!overlapsItself) return null;
  return {
    guard: 'SameEnsemble',
    message:
      `Source and destination are the same ZooKeeper ensemble, and ${rootPath} of one is or ` +
      'contains that of the other: name two different clusters.',
  };
}

function refuseMissingSourceRoot({ sourceRoot, rootPath }: GuardInput): Refusal | null {
  if (sourceRoot === 'persistent') return null;
  const found =
    sourceRoot === 'missing'
      ? `The source has no znode ${rootPath}`
      : `${rootPath} is an ephemeral znode at the source, which is never copied`;
  return {
    guard: 'SourceRootMissing',
    message: `${found}: check the root path, and that the source is the cluster you mean.`,
  };
}

function refuseMissingDestinationRoot(input: GuardInput, policy: GuardPolicy): Refusal | null {
  const { destinationRoot, rootPath } = input;
  if (destinationRoot === 'ephemeral') {
    return {
      guard: 'DestinationRootMissing',
      message: `${rootPath} is an ephemeral znode of another client at the destination: nothing can be created below it.`,
    };
  }
  if (destinationRoot === 'persistent' || policy.createRootPath) return null;
  return {
    guard: 'DestinationRootMissing',
    message: `The destination has no znode ${rootPath}, and creating it is not allowed: create it, or allow it (createRoutePath, --create-root-path).`,
  };
}

function refuseModifiedDestination(
  { drift, rootPath }: GuardInput,
  policy: GuardPolicy,
): Refusal | null {
  if (drift === null || policy.destinationDrift === 'Overwrite') return null;
  return {
    guard: 'DestinationModified',
    message:
      `Others changed ${rootPath} at the destination since the last run: ${describeDrift(drift)}. ` +
      'If the destination was promoted, leave it alone and stop this mirror; if those changes may ' +
      'go, allow it (destinationDrift: Overwrite, --destination-drift Overwrite).',
  };
}

function refuseEmptySource(input: GuardInput, policy: GuardPolicy): Refusal | null {
  const { sourceZnodes, destinationZnodes, rootPath } = input;
  if (sourceZnodes > 0 || destinationZnodes === 0 || policy.allowEmptySource) return null;
  return {
    guard: 'EmptySource',
    message:
      `The source has nothing to copy below ${rootPath}, but the destination has ` +
      `${znodes(destinationZnodes)} there: restore the source, or allow it ` +
      '(deletion.allowEmptySource, --allow-empty-source).',
  };
}

function refuseMassDeletion(input: GuardInput, policy: GuardPolicy): Refusal | null {
  const { deletions, destinationZnodes, rootPath } = input;
  const { deletionMinCount, deletionMaxPercent } = policy;
  const percent = destinationZnodes === 0 ? 0 : (100 * deletions) / destinationZnodes;
  if (deletions < deletionMinCount || percent <= deletionMaxPercent) return null;
  return {
    guard: 'MassDeletion',
    message:
      `${znodes(deletions)} of ${destinationZnodes} below ${rootPath} would be deleted at the ` +
      `destination (${percent.toFixed(1)} %); at most ${deletionMaxPercent} % may, from ` +
      `${deletionMinCount} on: check the source, or raise deletion.maxPercent ` +
      '(--deletion-max-percent).',
  };
}

function znodes(count: number): string {
  return count === 1 ? '1 znode' : `${count} znodes`;
}
