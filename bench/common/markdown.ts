import type { Spread } from './statistics.ts';

export function number(value: number, digits: number): string {
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** The median, and in parentheses the smallest and the largest. */
export function spread({ median, min, max }: Spread, digits = 0): string {
  return `${number(median, digits)} (${number(min, digits)}–${number(max, digits)})`;
}

export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

export function table(titles: readonly string[], rows: readonly string[]): string[] {
  return [row(titles), row(titles.map(() => '---')), ...rows];
}
