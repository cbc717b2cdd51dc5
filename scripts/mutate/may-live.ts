import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Mutant } from './instrument.ts';

/** A mutant that lives with our consent. Named by text, so that it is found when lines move. */
export interface MayLive {
  readonly file: string;
  /** The line that it begins in, without the space around it. */
  readonly line: string;
  readonly was: string;
  readonly becomes: string;
  readonly why: string;
}

/** @returns an empty list where there is no such file */
export async function readMayLive(path: string): Promise<readonly MayLive[]> {
  const text = await readFile(path, 'utf8');
  return (parse(text) ?? []) as readonly MayLive[];
}

export function isSame(entry: MayLive, mutant: Mutant): boolean {
  return (
    entry.file === mutant.file &&
    entry.line === mutant.lineText &&
    entry.was === inOneLine(mutant.was) &&
    entry.becomes === inOneLine(mutant.becomes)
  );
}

/** As it is written down and printed. */
export function inOneLine(code: string): string {
  return code.replaceAll(/\s+/g, ' ');
}
