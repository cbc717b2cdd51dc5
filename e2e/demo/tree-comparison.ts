import type { SeenTree } from '../support/referee.ts';

export interface TreeComparison {
  /** One line a path. */
  readonly lines: readonly string[];
  readonly znodes: number;
  readonly differences: number;
}

const NULL_DATA = 'null';

/** Two trees, path by path: `=` both have it alike, `≠` not, `-` and `+` only the first or second has it. */
export function compareTrees(source: SeenTree, destination: SeenTree): TreeComparison {
  const paths = [...new Set([...Object.keys(source), ...Object.keys(destination)])].sort();
  const width = Math.max(0, ...paths.map((path) => path.length));
  const rows = paths.map((path) => ({ path, ...compareZnode(source[path], destination[path]) }));
  return {
    lines: rows.map(({ mark, path, text }) => `${mark} ${path.padEnd(width)}  ${text}`.trimEnd()),
    znodes: paths.length,
    differences: rows.filter(({ mark }) => mark !== '=').length,
  };
}

type Data = string | null | undefined;

function compareZnode(source: Data, destination: Data): { mark: string; text: string } {
  if (source === destination) return { mark: '=', text: show(source) };
  if (destination === undefined) return { mark: '-', text: `${show(source)} (source only)` };
  if (source === undefined) return { mark: '+', text: `${show(destination)} (destination only)` };
  return { mark: '≠', text: `${show(source)} → ${show(destination)}` };
}

function show(data: Data): string {
  if (data === undefined || data === null) return NULL_DATA;
  return Buffer.from(data, 'base64').toString();
}
