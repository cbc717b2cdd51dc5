import { contenderNames, type ContenderName } from './contenders/contender.ts';
import { number, row, spread, table } from '../common/markdown.ts';
import type { Run } from './arena.ts';
import { ratioOf, spreadOf } from '../common/statistics.ts';

export interface ScenarioResult {
  readonly name: string;
  /** One entry a round. */
  readonly rounds: Readonly<Record<ContenderName, readonly Run[]>>;
  /** One run on a heap large enough to keep everything. */
  readonly allocation: Readonly<Record<ContenderName, Run>>;
}

const titles: Record<ContenderName, string> = {
  own: 'ours',
  native: 'npm `zookeeper`',
  raw: 'prebuilt frames',
};

const throughput = (run: Run): number => (run.operations / run.wallMs) * 1_000;
const cpuMicros = (run: Run): number => (run.cpuMs / run.operations) * 1_000;
const serverMicros = (run: Run): number => (run.server.totalMs / run.operations) * 1_000;
const bothMicros = (run: Run): number => cpuMicros(run) + serverMicros(run);
const clientCores = ({ cpuMs, wallMs }: Run): number => cpuMs / wallMs;
const serverCores = ({ server, wallMs }: Run): number => server.totalMs / wallMs;

function median(runs: readonly Run[], value: (run: Run) => number): number {
  return spreadOf(runs.map(value)).median;
}

function busiestThread(runs: readonly Run[]): string {
  const share = ({ server, wallMs }: Run): number => server.busiest.cpuMs / wallMs;
  const run = runs.toSorted((one, other) => share(one) - share(other))[Math.floor(runs.length / 2)];
  if (run === undefined) return '';
  return `${run.server.busiest.name} ${number(share(run), 2)}`;
}

function allocated({ heapBytes, bufferBytes, collections, operations }: Run): string {
  if (collections > 0) return 'not seen whole';
  return `${number(heapBytes / operations, 0)} + ${number(bufferBytes / operations, 0)}`;
}

function contenderRow({ name, rounds, allocation }: ScenarioResult, who: ContenderName): string {
  const runs = rounds[who];
  const cells = [
    name,
    titles[who],
    spread(spreadOf(runs.map(throughput))),
    spread(spreadOf(runs.map(cpuMicros)), 1),
    number(median(runs, serverMicros), 1),
    allocated(allocation[who]),
    `${number(median(runs, clientCores), 2)} + ${number(median(runs, serverCores), 2)}`,
    busiestThread(runs),
  ];
  return row(cells);
}

function ratioRow({ name, rounds: { own, native, raw } }: ScenarioResult): string {
  const ratio = (value: (run: Run) => number, runs: readonly Run[], others: readonly Run[]) =>
    ratioOf(runs.map(value), others.map(value));
  const cells = [
    name,
    `${spread(ratio(throughput, own, native), 1)} ×`,
    `1 / ${spread(ratio(cpuMicros, native, own), 0)}`,
    `1 / ${spread(ratio(throughput, raw, own), 2)}`,
    `${spread(ratio(bothMicros, own, raw), 2)} ×`,
    `${spread(ratio(cpuMicros, own, raw), 2)} ×`,
  ];
  return row(cells);
}

const ratioTitles = [
  'Operation',
  'Speed, to npm `zookeeper`',
  'CPU, to it',
  'Speed, to prebuilt frames',
  'CPU of client and server, to them',
  'CPU of the client, to them',
];

const contenderTitles = [
  'Operation',
  'Client',
  'Operations/s',
  'Client CPU, µs',
  'Server CPU, µs',
  'Allocated, heap + buffers, B',
  'Cores busy, client + server',
  'Busiest server thread',
];

/** Two tables in Markdown: ratios, and what they are made of, each an operation. */
export function report(results: readonly ScenarioResult[]): string {
  const contenderRows = results.flatMap((result) =>
    contenderNames.map((who) => contenderRow(result, who)),
  );
  return [
    ...table(ratioTitles, results.map(ratioRow)),
    '',
    ...table(contenderTitles, contenderRows),
  ].join('\n');
}
