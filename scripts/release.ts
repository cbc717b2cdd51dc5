/**
 * Writes the files that the documentation tells users to apply, as they are to be published:
 * deploy/resiliency-operator/v<version>/. The version is that of package.json, and the manifests
 * have to name it: nothing is rewritten on the way. What only the owner can complete has to be
 * complete, unless PLACEHOLDERS=1 says that this is a trial.
 *
 * Usage: tsx scripts/release.ts [DIR]   (default: deploy)
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { collectRelease, ReleaseError } from './release/collect-release.ts';
import { OWNERS_FILES, refusePlaceholders } from './release/placeholders.ts';

async function main(target: string): Promise<void> {
  if (process.env['PLACEHOLDERS'] !== '1') await refusePlaceholders(OWNERS_FILES);
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const files = await collectRelease(version, 'manifests');
  const folder = join(target, 'resiliency-operator', `v${version}`);
  await rm(folder, { recursive: true, force: true });
  for (const { path, text } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
    console.log(join(folder, path));
  }
}

try {
  await main(process.argv[2] ?? 'deploy');
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
