import { readFile } from 'node:fs/promises';

/** A TypeScript block of a README. */
export interface Snippet {
  /** The heading above it. */
  readonly heading: string;
  readonly code: string;
}

const part = /^## (.+)$|^```ts\n([^]*?)^```$/gm;

export async function readSnippets(file: string): Promise<Snippet[]> {
  const snippets: Snippet[] = [];
  let heading = '';
  for (const [, title, code] of (await readFile(file, 'utf8')).matchAll(part)) {
    if (title !== undefined) heading = title;
    if (code !== undefined) snippets.push({ heading, code });
  }
  return snippets;
}
