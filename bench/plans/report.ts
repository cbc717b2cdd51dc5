import { number, row, table } from '../common/markdown.ts';

/** What was seen of one contender. */
export interface Result {
  readonly title: string;
  /** Plans or CronJobs. */
  readonly count: number;
  /** How many were measured, and how far apart. */
  readonly slots: number;
  readonly everyMinutes: number;
  /** Of each child, how long after its slot it was there. */
  readonly skewsMs: readonly number[];
  /** Children that should have been there and were not by the end. */
  readonly missing: number;
  /** Slots that status.misses names; undefined for who keeps no such books. */
  readonly inLedger: number | undefined;
  readonly peakMemoryMb: number;
  readonly cpuSeconds: number;
  readonly apiServerCpuSeconds: number;
}

const titles = [
  ...['Contender', 'Objects', 'Slots, min apart', 'Started', 'Missed', 'In the ledger'],
  ...[
    'Delay p50, s',
    'p99, s',
    'Most, s',
    'Memory, MB',
    'CPU a start, ms',
    'of the API server, ms',
  ],
];

/** The results as a Markdown table. */
export function report(results: readonly Result[]): string {
  return table(titles, results.map(rowOf)).join('\n');
}

function rowOf(result: Result): string {
  const { skewsMs, count, slots, everyMinutes, missing, inLedger } = result;
  const { cpuSeconds, apiServerCpuSeconds } = result;
  const sorted = skewsMs.toSorted((one, other) => one - other);
  const seconds = (share: number): string =>
    number((sorted[Math.ceil(sorted.length * share) - 1] ?? NaN) / 1000, 2);
  return row([
    result.title,
    number(count, 0),
    `${slots}, ${everyMinutes}`,
    number(sorted.length, 0),
    number(missing, 0),
    inLedger === undefined ? '–' : number(inLedger, 0),
    seconds(0.5),
    seconds(0.99),
    seconds(1),
    number(result.peakMemoryMb, 0),
    number((cpuSeconds / sorted.length) * 1000, 1),
    number((apiServerCpuSeconds / sorted.length) * 1000, 1),
  ]);
}
