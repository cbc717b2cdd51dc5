import { row, spread, table } from '../common/markdown.ts';
import { ratioOf, spreadOf } from '../common/statistics.ts';
import type { Latencies } from './latencies.ts';
import type { Rates } from './processes.ts';

export interface Round {
  readonly idle: Latencies;
  readonly mirror: Latencies;
  readonly loop: Latencies;
  /** Of the mirror. */
  readonly rates: Rates;
}

const beside = [
  { who: 'idle', title: 'nothing' },
  { who: 'mirror', title: 'a mirror at the default limits' },
  { who: 'loop', title: 'bare loops at its rates' },
] as const;

const figures = ['p50Ms', 'p99Ms'] as const;

/** The latencies, and the ratios of mirror to loop, as Markdown. */
export function report(rounds: readonly Round[]): string {
  const values = (who: 'idle' | 'mirror' | 'loop', figure: 'p50Ms' | 'p99Ms'): number[] =>
    rounds.map((round) => round[who][figure]);
  const latencies = beside.map(({ who, title }) =>
    row([title, ...figures.map((figure) => spread(spreadOf(values(who, figure)), 2))]),
  );
  const ratios = figures.map(
    (figure) => `${spread(ratioOf(values('mirror', figure), values('loop', figure)), 2)} ×`,
  );
  const rate = (pass: keyof Rates): string => spread(spreadOf(rounds.map((r) => r.rates[pass])));
  return [
    ...table(['getData beside', 'p50, ms', 'p99, ms'], latencies),
    row(['**mirror to loops**', ...ratios]),
    '',
    `Znodes/s of the mirror: ${rate('copy')} copied, then ${rate('walk')} read back.`,
  ].join('\n');
}
