import { join } from 'node:path';
import { buildGoProgram } from '../go-program.ts';
import type { ProviderOptions } from '../provider-options.ts';

/** The kind on PATH, else one built from its pinned module. @returns a name or a path */
export async function findKind({ run, progress, cacheDir }: ProviderOptions): Promise<string> {
  const { exitCode } = await run({ program: 'kind', args: ['version'] });
  if (exitCode === 0) return 'kind';
  const program = { name: 'kind', sourceDir: join(import.meta.dirname, 'cli') };
  return buildGoProgram(program, { run, progress, cacheDir });
}
