export type OperationName = 'getData' | 'exists' | 'setData' | 'create';

/** What one run does, the same for every contender. */
export interface Workload {
  readonly operation: OperationName;
  /** Operations in all; each contender's own, so that a run of each takes about as long. */
  readonly count: number;
  /** Operations in one request (multi, multiRead); 1 for single operations. */
  readonly batch: number;
  /** Requests sent and not answered. */
  readonly inFlight: number;
  /** Parent of the znodes: one with {@link ZNODE_COUNT} children, or for `create` an empty one. */
  readonly root: string;
}

/** What is read and overwritten, again and again in this order. */
export const ZNODE_COUNT = 10_000;

export const DATA_BYTES = 256;

export const znodeData = Buffer.alloc(DATA_BYTES, 'z');

const DIGITS = 6;

export function znodePath(root: string, index: number): string {
  return `${root}/z${String(index).padStart(DIGITS, '0')}`;
}

/** The path of each operation; those of reads and changes repeat. */
export function workloadPaths({ operation, count, root }: Workload): string[] {
  const distinct = operation === 'create' ? count : Math.min(count, ZNODE_COUNT);
  return Array.from({ length: distinct }, (_, index) => znodePath(root, index));
}

/** The same paths request by request, for {@link Workload.batch} operations in each. */
export function workloadBatches(workload: Workload): string[][] {
  const paths = workloadPaths(workload);
  const { batch } = workload;
  return Array.from({ length: Math.ceil(paths.length / batch) }, (_, index) =>
    paths.slice(index * batch, (index + 1) * batch),
  );
}

export function requestCount({ count, batch }: Workload): number {
  return Math.ceil(count / batch);
}
