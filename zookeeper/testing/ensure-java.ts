import { access } from 'node:fs/promises';
import { runCommand } from '../../testing/run-command.ts';

/** Debian packages that bring what starting a server needs. */
const debianPackages = {
  java: 'default-jre-headless',
  compiler: 'default-jdk-headless',
  maven: 'maven',
} as const;

const VERSION_TIMEOUT_MS = 60_000;
const INSTALL_TIMEOUT_MS = 540_000;

async function isInstalled(program: string): Promise<boolean> {
  const { exitCode } = await runCommand(program, ['-version'], { timeoutMs: VERSION_TIMEOUT_MS });
  return exitCode === 0;
}

async function isRootOnDebian(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return access('/etc/debian_version').then(
    () => true,
    () => false,
  );
}

async function aptGet(...args: string[]): Promise<void> {
  const result = await runCommand('apt-get', ['-q', '-y', ...args], {
    timeoutMs: INSTALL_TIMEOUT_MS,
  });
  if (result.exitCode !== 0) {
    throw new Error(
      `apt-get ${args.join(' ')} failed (exit code ${result.exitCode}):\n${result.output}`,
    );
  }
}

/**
 * Makes sure that `java`, `mvn` when `withMaven` is set, and `javac` when `withCompiler` is, can be
 * run. Installs them with apt
 * when this process is root on Debian; otherwise throws an error that names what to install.
 */
export async function ensureJava({
  withMaven,
  withCompiler = false,
}: {
  withMaven: boolean;
  withCompiler?: boolean;
}): Promise<void> {
  const missing: string[] = [];
  if (!(await isInstalled('java'))) missing.push(debianPackages.java);
  if (withMaven && !(await isInstalled('mvn'))) missing.push(debianPackages.maven);
  if (withCompiler && !(await isInstalled('javac'))) missing.push(debianPackages.compiler);
  if (missing.length === 0) return;
  const list = missing.join(' ');
  if (!(await isRootOnDebian())) {
    throw new Error(
      `A server on Java is to be run. Missing here for that; on Debian: apt-get install ${list}`,
    );
  }
  process.stderr.write(`installing with apt-get: ${list}\n`);
  await aptGet('update');
  await aptGet('install', '--no-install-recommends', ...missing);
}
