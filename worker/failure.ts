import type { ExitName, Guard } from '../api/worker-contract.ts';

/**
 * An end of a run that the contract has a name for. Everything else that is thrown is a crash.
 * The message is for the person who reads the status: what happened, and what to do.
 */
export class WorkerFailure extends Error {
  override readonly name = 'WorkerFailure';
  readonly outcome: ExitName;
  readonly guard: Guard | null;

  constructor(
    outcome: ExitName,
    message: string,
    details: { cause?: unknown; guard?: Guard } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.outcome = outcome;
    this.guard = details.guard ?? null;
  }
}
