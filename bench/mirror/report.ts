import { number, row, spread, table } from '../common/markdown.ts';
import { ratioOf, spreadOf } from '../common/statistics.ts';
import { jobNames, type JobName, type Run } from './contender-process.ts';
import type { Runs } from './measure.ts';
import type { Startup } from './startup.ts';

export interface TreeResult {
  readonly description: string;
  readonly znodes: number;
  readonly runs: Runs;
}

interface Ratio {
  readonly title: string;
  readonly of: JobName;
  readonly to: JobName;
}

/** Each with its target, as docs/benchmarks.md has them. */
const ratios: readonly Ratio[] = [
  { title: 'First copy, to the loop', of: 'worker: first copy', to: 'loop: copy' },
  {
    title: 'Without verify, to the loop',
    of: 'worker: first copy, no verify',
    to: 'loop: copy',
  },
  { title: 'Nothing changed, to the loop', of: 'worker: nothing changed', to: 'loop: walk' },
  {
    title: '1 % updated, to nothing changed',
    of: 'worker: 1 % updated',
    to: 'worker: nothing changed',
  },
  {
    title: '1 % created, deleted, ACL set, to nothing changed',
    of: 'worker: 1 % created, deleted, ACL set',
    to: 'worker: nothing changed',
  },
  { title: 'npm, to first copy', of: 'npm: first copy', to: 'worker: first copy' },
  { title: 'npm, to nothing changed', of: 'npm: nothing changed', to: 'worker: nothing changed' },
];

type Value = (run: Run) => number;

const workMs: Value = (run) => run.workMs;
/** Of the contender and of both servers. */
const allCpuMs: Value = ({ cpuMs, serverMs }) => cpuMs + serverMs;

function ratioCell(runs: Runs, { of, to }: Ratio, value: Value): string {
  const count = Math.min(runs[of].length, runs[to].length);
  if (count === 0) return '';
  const values = (job: JobName): number[] => runs[job].slice(0, count).map(value);
  return `${spread(ratioOf(values(of), values(to)), 2)} ×`;
}

function ratioTable(results: readonly TreeResult[], value: Value): string[] {
  const rows = results.map(({ description, runs }) =>
    row([description, ...ratios.map((ratio) => ratioCell(runs, ratio, value))]),
  );
  return table(['Tree', ...ratios.map(({ title }) => title)], rows);
}

function jobRow({ description, znodes, runs }: TreeResult, job: JobName): string | null {
  const done = runs[job];
  if (done.length === 0) return null;
  const median = (value: Value): number => spreadOf(done.map(value)).median;
  const micros = (ms: number): string => number((ms / znodes) * 1_000, 1);
  return row([
    description,
    job,
    spread(spreadOf(done.map(workMs))),
    number((znodes / median(workMs)) * 1_000, 0),
    micros(median(({ cpuMs }) => cpuMs)),
    micros(median(({ serverMs }) => serverMs)),
    number(Math.max(...done.map(({ maxRssBytes }) => maxRssBytes)) / 1e6, 0),
  ]);
}

const jobTitles = [
  'Tree',
  'Job',
  'Time, ms',
  'Znodes/s',
  'CPU, µs a znode',
  'CPU of both servers, µs a znode',
  'Peak RSS, MB',
];

/** Three tables in Markdown: ratios of times, ratios of CPU, and what they are made of. */
export function reportTrees(results: readonly TreeResult[]): string {
  const jobRows = results.flatMap((result) =>
    jobNames.map((job) => jobRow(result, job)).filter((line) => line !== null),
  );
  return [
    'Times:',
    '',
    ...ratioTable(results, workMs),
    '',
    'CPU of the contender and both servers:',
    '',
    ...ratioTable(results, allCpuMs),
    '',
    ...table(jobTitles, jobRows),
  ].join('\n');
}

export function reportStartup({ worker, emptyNode }: Startup): string {
  return `First request after ${spread(worker)} ms; an empty Node ends after ${spread(emptyNode)} ms.`;
}
