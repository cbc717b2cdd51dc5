import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Mutant } from './instrument.ts';

/**
 * Mutants that live with our consent. Named by text, so that they are found when lines move; what is
 * left out stands for all of the file, of the line, or of the piece of code.
 */
export interface MayLive {
  readonly file: string;
  /** The line that it begins in, without the space around it. */
  readonly line?: string;
  readonly was?: string;
  readonly becomes?: string;
  readonly why: string;
}

/** @returns an empty list where there is no such file */
export async function readMayLive(path: string): Promise<readonly MayLive[]> {
  const text = await readFile(path, 'utf8');
  return (parse(text) ?? []) as readonly MayLive[];
}

export function isSame(entry: MayLive, mutant: Mutant): boolean {
  const { line, was, becomes } = entry;
  return (
    entry.file === mutant.file &&
    (line === undefined || line === mutant.lineText) &&
    (was === undefined || was === inOneLine(mutant.was)) &&
    (becomes === undefined || becomes === inOneLine(mutant.becomes))
  );
}

/** As it is written down and printed. */
export function inOneLine(code: string): string {
  return code.replaceAll(/\s+/g, ' ');
}
