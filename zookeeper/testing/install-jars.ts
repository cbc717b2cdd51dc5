import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureJava } from './ensure-java.ts';
import { runCommand } from '../../testing/run-command.ts';

const copyDependencies = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
const INSTALL_TIMEOUT_MS = 540_000;

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function download(pom: string, workDir: string): Promise<void> {
  await mkdir(workDir, { recursive: true });
  await writeFile(join(workDir, 'pom.xml'), pom);
  const args = ['-B', '-q', copyDependencies, '-DoutputDirectory=.', '-DincludeScope=runtime'];
  const result = await runCommand('mvn', args, { cwd: workDir, timeoutMs: INSTALL_TIMEOUT_MS });
  if (result.exitCode !== 0) {
    throw new Error(`Maven could not fetch what a POM depends on:\n${result.output}`);
  }
}

/**
 * Fetches the jars that a POM depends on from Maven Central, once: later calls find them in the
 * cache. A directory appears under its final name only when it is complete, so an interrupted
 * installation is never taken for a whole one, and two processes may install at the same time.
 *
 * @param parent where the directory of this POM is
 * @returns the directory that holds the jars, to be used as `-cp <directory>/*`
 */
export async function installJars(pom: string, parent: string): Promise<string> {
  const digest = createHash('sha256').update(pom).digest('hex').slice(0, 8);
  const target = join(parent, `lib-${digest}`);
  if (await exists(target)) return target;
  await ensureJava({ withMaven: true });
  const workDir = `${target}.incomplete-${randomUUID()}`;
  try {
    await download(pom, workDir);
    await rename(workDir, target);
  } catch (error) {
    await rm(workDir, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  }
  return target;
}
