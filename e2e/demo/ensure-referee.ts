/**
 * The trees are judged by the C client of the ZooKeeper project, which npm compiles on install. An
 * install without a compiler leaves it out, silently: it is an optional dependency.
 */
import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { DemoFailure } from './demo-failure.ts';
import { mustRun, type Shell } from './shell.ts';
import type { Terminal } from './terminal.ts';

const PACKAGE = 'zookeeper';
const COMPILER = ['g++', 'make', 'python3'] as const;
const INSTALL_TIMEOUT_MS = 600_000;

/** Makes sure that `connectReferee` will work; installs what it takes where that needs no asking. */
export async function ensureReferee(shell: Shell, terminal: Terminal): Promise<void> {
  if (isLoadable()) return;
  const version = await pinnedVersion();
  const install = ['install', '--no-save', '--no-audit', '--no-fund', `${PACKAGE}@${version}`];
  if (!(await isRootOnDebian())) {
    throw new DemoFailure(
      `The npm package ${PACKAGE}, which compares the trees, is not compiled.`,
      [`Install a C++ compiler, make and python3, then run: npm ${install.join(' ')}`],
    );
  }
  terminal.say(`The npm package ${PACKAGE}, which compares the trees, has to be compiled first.`);
  for (const args of [['update'], ['install', '--no-install-recommends', ...COMPILER]]) {
    await mustRun(shell, {
      shown: ['apt-get -q -y', ...args].join(' '),
      ...{ program: 'apt-get', args: ['-q', '-y', ...args], timeoutMs: INSTALL_TIMEOUT_MS },
    });
  }
  await mustRun(shell, {
    shown: `npm ${install.join(' ')}`,
    ...{ program: 'npm', args: install, timeoutMs: INSTALL_TIMEOUT_MS },
  });
  if (!isLoadable()) {
    throw new DemoFailure(`The npm package ${PACKAGE} does not load, though it was installed.`, [
      `See why: node -e "require('${PACKAGE}')"`,
    ]);
  }
}

function isLoadable(): boolean {
  try {
    createRequire(import.meta.url)(PACKAGE);
    return true;
  } catch {
    return false;
  }
}

async function pinnedVersion(): Promise<string> {
  const { optionalDependencies = {} } = JSON.parse(await readFile('package.json', 'utf8')) as {
    optionalDependencies?: Record<string, string>;
  };
  return optionalDependencies[PACKAGE] ?? 'latest';
}

async function isRootOnDebian(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return access('/etc/debian_version').then(
    () => true,
    () => false,
  );
}
