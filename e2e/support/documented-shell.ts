/**
 * A shell in which the commands of the product documentation run word for word: `oc` and `kubectl`
 * are there, both being the cluster's kubectl; the files it names lie in the current folder; what it
 * fetches from its web site comes from a release made of this checkout.
 */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ClusterInfo } from '../cluster/index.ts';

export interface DocumentedShell {
  /** Runs one command line; gives back what it printed. Rejects if it fails or hangs. */
  run(commandLine: string): Promise<string>;
  remove(): Promise<void>;
}

const WEB_SITE = 'https://astronetes.io/';

/** Longer than any documented command has a reason to take. */
const HANGS_AFTER_MS = 90_000;

const RELEASE_TIMEOUT_MS = 60_000;

/** The license key that `new-license-key.yaml` brings. */
export const NEW_LICENSE = 'THE-NEW-LICENSE-KEY';

export async function openDocumentedShell(cluster: ClusterInfo): Promise<DocumentedShell> {
  const folder = await mkdtemp(join(tmpdir(), 'documented-'));
  await writePrograms(join(folder, 'bin'), cluster);
  await writeSecrets(folder);
  await promisify(execFile)('npx', ['tsx', 'scripts/release.ts', join(folder, 'deploy')], {
    timeout: RELEASE_TIMEOUT_MS,
    env: { ...process.env, PLACEHOLDERS: '1' },
  });
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` };
  return {
    run: async (commandLine) => {
      const local = commandLine.replaceAll(WEB_SITE, '');
      const options = { cwd: folder, env, timeout: HANGS_AFTER_MS };
      const { stdout } = await promisify(execFile)('sh', ['-c', `exec ${local}`], options);
      return stdout;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function writePrograms(bin: string, cluster: ClusterInfo): Promise<void> {
  await mkdir(bin);
  const { kubectlPath, kubeconfigPath } = cluster;
  // Not a link: the program may go by the name it is called by. On PATH it would find this script.
  const path = kubectlPath.includes('/')
    ? kubectlPath
    : `$(PATH=\${PATH#*:} command -v ${kubectlPath})`;
  for (const program of ['oc', 'kubectl']) {
    const file = join(bin, program);
    await writeFile(file, `#!/bin/sh\nexec "${path}" --kubeconfig "${kubeconfigPath}" "$@"\n`);
    await chmod(file, 0o755);
  }
}

async function writeSecrets(folder: string): Promise<void> {
  await copyFile('manifests/pull-secret.example.yaml', join(folder, 'pull-secret.yaml'));
  const license = await readFile('manifests/license-key.example.yaml', 'utf8');
  await writeFile(join(folder, 'license-key.yaml'), license);
  const renewed = license.replace(/^( *license: ).*$/m, `$1${NEW_LICENSE}`);
  await writeFile(join(folder, 'new-license-key.yaml'), renewed);
}
