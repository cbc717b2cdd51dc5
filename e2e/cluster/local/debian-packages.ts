import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { ClusterError } from '../cluster-error.ts';
import type { Progress } from '../progress.ts';
import { mustRun, type RunCommand } from '../run-command.ts';

interface Requirement {
  /** A program to be found on PATH, or an absolute path. */
  readonly program: string;
  /** The Debian package that brings it. */
  readonly package: string;
}

const INSTALL_TIMEOUT_MS = 540_000;

const requirements: readonly Requirement[] = [
  { program: 'etcd', package: 'etcd-server' },
  { program: 'containerd', package: 'containerd' },
  { program: 'ctr', package: 'containerd' },
  { program: 'runc', package: 'runc' },
  { program: '/usr/lib/cni/bridge', package: 'containernetworking-plugins' },
  { program: 'buildah', package: 'buildah' },
  { program: 'iptables', package: 'iptables' },
  { program: 'debootstrap', package: 'debootstrap' },
  { program: 'conntrack', package: 'conntrack' },
  { program: 'ip', package: 'iproute2' },
  { program: 'nsenter', package: 'util-linux' },
  { program: 'openssl', package: 'openssl' },
];

const searchPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function isInstalled({ program }: Requirement): Promise<boolean> {
  const candidates = program.startsWith('/')
    ? [program]
    : searchPath.map((dir) => join(dir, program));
  const found = await Promise.all(candidates.map(exists));
  return found.includes(true);
}

/** Debian packages that the local cluster needs and this machine lacks. */
export async function missingPackages(): Promise<string[]> {
  const installed = await Promise.all(requirements.map(isInstalled));
  const missing = requirements.filter((_, index) => installed[index] !== true);
  return [...new Set(missing.map((requirement) => requirement.package))];
}

/**
 * Installs what is missing where that can be done without asking: as root on Debian.
 *
 * @throws ClusterError with the command to run elsewhere
 */
export async function ensurePackages(run: RunCommand, progress: Progress): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  const isRootOnDebian = process.getuid?.() === 0 && (await exists('/etc/debian_version'));
  if (!isRootOnDebian) {
    throw new ClusterError(
      `The local cluster lacks programs; as root on Debian 12: apt-get install --no-install-recommends ${missing.join(' ')}`,
    );
  }
  const apt = async (...args: string[]): Promise<unknown> =>
    mustRun(run, {
      program: 'apt-get',
      args: ['-q', '-y', ...args],
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      timeoutMs: INSTALL_TIMEOUT_MS,
    });
  await progress.step(`installing Debian packages: ${missing.join(' ')}`, async () => {
    await apt('update');
    await apt('install', '--no-install-recommends', ...missing);
  });
}

/** @throws ClusterError unless this process may make namespaces and interfaces */
export function requireRootOnLinux(): void {
  if (process.platform === 'linux' && process.getuid?.() === 0) return;
  throw new ClusterError(
    'The local cluster needs root on Linux; without it, start a Docker engine and the cluster runs in kind.',
  );
}
