import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The release cannot be made; the message says of which file, and why. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError';
}

export interface ReleaseFile {
  /** Relative to the folder of the release. */
  readonly path: string;
  readonly text: string;
}

/** What the documented commands apply: a release without one of these is none. */
const REQUIRED = [
  'crds.yaml',
  'monitoring.yaml',
  'operator.yaml',
  'operator-openshift.yaml',
] as const;

const CHECKSUMS = 'SHA256SUMS';

/** Where a manifest says a version of ours: image tags, the label, the heading. */
const VERSIONS = [
  /quay\.io\/astrokube\/[a-z-]+:(\S+)/g,
  /app\.kubernetes\.io\/version: ['"]?([^'"\s]+)/g,
  /Resiliency Operator (v\d\S*)/g,
] as const;

/**
 * All YAML files below a folder, as they are, and their checksums. Throws ReleaseError where a
 * required file is missing or a manifest says another version than the release's.
 *
 * @param version for example `1.0.0`
 */
export async function collectRelease(version: string, folder: string): Promise<ReleaseFile[]> {
  const names = await readdir(folder, { recursive: true });
  const paths = names.filter((name) => name.endsWith('.yaml')).sort();
  const missing = REQUIRED.filter((path) => !paths.includes(path));
  if (missing.length > 0) {
    throw new ReleaseError(`${missing.join(', ')} missing in ${folder}/.`);
  }
  const files = await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(folder, path), 'utf8') })),
  );
  const problems = files.flatMap(({ path, text }) =>
    otherVersions(text, version).map(
      (found) => `${join(folder, path)} says ${found}, package.json says ${version}.`,
    ),
  );
  if (problems.length > 0) throw new ReleaseError(problems.join('\n'));
  return [...files, { path: CHECKSUMS, text: files.map(checksum).join('') }];
}

function otherVersions(text: string, version: string): string[] {
  const found = VERSIONS.flatMap((pattern) => [...text.matchAll(pattern)].map(([, word]) => word));
  const others = found.filter((word) => word?.replace(/^v/, '') !== version);
  return [...new Set(others.map(String))];
}

/** One line as `sha256sum` writes and `sha256sum --check` reads it. */
function checksum({ path, text }: ReleaseFile): string {
  return `${createHash('sha256').update(text).digest('hex')}  ${path}\n`;
}
