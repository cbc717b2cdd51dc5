import type { ContenderName } from './contenders/contender.ts';
import type { OperationName, Workload } from './workload.ts';

type Load = Pick<Workload, 'count' | 'batch' | 'inFlight'>;

export interface Scenario {
  readonly name: string;
  readonly operation: OperationName;
  /** What each contender does; counts are such that a round of each takes about half a second. */
  readonly loads: Readonly<Record<ContenderName, Load>>;
}

const WINDOW = 1_000;

function single(operation: OperationName, counts: Record<ContenderName, number>): Scenario {
  const load = (count: number): Load => ({ count, batch: 1, inFlight: WINDOW });
  const loads = { own: load(counts.own), native: load(counts.native), raw: load(counts.raw) };
  return { name: operation, operation, loads };
}

/** The native client knows no multi: it does the same by single operations. */
function bulk(name: string, operation: OperationName, load: Load, nativeCount: number): Scenario {
  const native = { count: nativeCount, batch: 1, inFlight: WINDOW };
  return { name, operation, loads: { own: load, native, raw: load } };
}

export const scenarios: readonly Scenario[] = [
  single('getData', { own: 80_000, native: 6_000, raw: 80_000 }),
  single('exists', { own: 80_000, native: 6_000, raw: 80_000 }),
  single('setData', { own: 30_000, native: 6_000, raw: 30_000 }),
  single('create', { own: 30_000, native: 6_000, raw: 30_000 }),
  bulk('create by multi', 'create', { count: 60_000, batch: 200, inFlight: 8 }, 6_000),
  bulk('getData by multiRead', 'getData', { count: 300_000, batch: 200, inFlight: 8 }, 6_000),
];
