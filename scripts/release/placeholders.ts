import { readFile } from 'node:fs/promises';
import { ReleaseError } from './collect-release.ts';

/** Files that only the owner of the repository can complete: `<OWNER>`, `<SECURITY-CONTACT>`, … */
export const OWNERS_FILES = ['LICENSE', 'SECURITY.md', '.github/CODEOWNERS'] as const;

const PLACEHOLDER = /<[A-Z][A-Z-]*>/g;

/**
 * Refuses to release what the owner has not completed.
 *
 * @throws ReleaseError that names each placeholder and its file
 */
export async function refusePlaceholders(files: readonly string[]): Promise<void> {
  const found: string[] = [];
  for (const file of files) {
    const placeholders = (await readFile(file, 'utf8')).match(PLACEHOLDER) ?? [];
    found.push(...new Set(placeholders.map((placeholder) => `${file} has ${placeholder}.`)));
  }
  if (found.length === 0) return;
  throw new ReleaseError(
    `${found.join('\n')}\nWrite the owner's words there, or run: make release PLACEHOLDERS=1`,
  );
}
