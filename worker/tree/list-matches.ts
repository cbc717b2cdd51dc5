import { compileGlobs } from './globs.ts';
import { NamePattern } from './name-pattern.ts';
import { childPath } from './paths.ts';
import type { TreeReader } from './tree.ts';
import { readAll } from './read-all.ts';

/** What a glob without `**` matches in a tree. */
export interface ListedMatches {
  readonly paths: readonly string[];
  /** Znodes whose children may not be listed, so that nobody knows of matches there. */
  readonly forbidden: readonly string[];
}

const LISTS_AT_ONCE = 64;

/** Finds out by lists of children alone: no znode is read. */
export async function listMatches(
  reader: TreeReader,
  glob: string,
  mayList: (path: string) => boolean,
): Promise<ListedMatches> {
  const names = glob.split('/').slice(1);
  const forbidden: string[] = [];
  let paths = ['/'];
  for (const [index, name] of names.entries()) {
    const isLast = index === names.length - 1;
    if (NamePattern.isLiteral(name) && !isLast) {
      paths = paths.map((path) => childPath(path, name));
      continue;
    }
    const matches = compileGlobs([`/${name}`], 'itself') ?? (() => false);
    const listed = await listAll(reader, paths.filter(mayList));
    forbidden.push(...listed.forbidden);
    paths = listed.children
      .filter((child) => matches(`/${child.name}`))
      .map((child) => childPath(child.parent, child.name));
  }
  return { paths: paths.sort(), forbidden };
}

interface Child {
  readonly parent: string;
  readonly name: string;
}

async function listAll(
  reader: TreeReader,
  parents: readonly string[],
): Promise<{ children: Child[]; forbidden: string[] }> {
  const children: Child[] = [];
  const forbidden: string[] = [];
  for (let at = 0; at < parents.length; at += LISTS_AT_ONCE) {
    const some = parents.slice(at, at + LISTS_AT_ONCE);
    const batch = some.map((path) => ({ kind: 'children', path }) as const);
    const results = await readAll(reader, batch);
    for (const [index, parent] of some.entries()) {
      const result = results[index];
      if (result?.kind === 'forbidden') forbidden.push(parent);
      if (result?.kind !== 'children') continue;
      children.push(...result.names.map((name) => ({ parent, name })));
    }
  }
  return { children, forbidden };
}
