import { ZooKeeperError, serverError } from './errors.ts';
import type { FailedMultiResult, MultiOp } from './protocol/multi.ts';

/** One step's failure undid the whole multi. `path` is that step's. */
export class MultiError extends ZooKeeperError {
  override readonly name = 'MultiError';
  /** Position of the step that failed. */
  readonly index: number;
  /** For each step whether it was undone, failed, or was not tried (RuntimeInconsistency). */
  readonly results: readonly FailedMultiResult[];

  constructor(ops: readonly MultiOp[], results: readonly FailedMultiResult[]) {
    const index = culprit(results);
    const result = results[index];
    const serverCode = result?.type === 'error' ? result.serverCode : 0;
    const op = ops[index];
    const details = { operation: 'multi', path: op?.path ?? null };
    const error = serverError(serverCode, details);
    const step = op === undefined ? '' : ` (step ${index}, ${op.type})`;
    super(error.code, `${error.message}${step}`, { ...details, serverCode });
    this.index = index;
    this.results = results;
  }
}

const RUNTIME_INCONSISTENCY = -2;

/** Steps before it carry no error, those after it "runtime inconsistency". */
function culprit(results: readonly FailedMultiResult[]): number {
  const isError = (result: FailedMultiResult): boolean => result.type === 'error';
  const index = results.findIndex(
    (result) => result.type === 'error' && result.serverCode !== RUNTIME_INCONSISTENCY,
  );
  return index === -1 ? results.findIndex(isError) : index;
}
