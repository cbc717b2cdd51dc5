import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mustRun, type Command, type RunCommand } from '../run-command.ts';

const BUILD_TIMEOUT_MS = 900_000;
const PUSH_TIMEOUT_MS = 300_000;

export interface BuildOptions {
  readonly tag: string;
  readonly dockerfile: string;
  readonly contextDir: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Files that the build may read and that stay out of the image, by the id of the secret. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Builds images without a Docker engine, in a store of its own. */
export interface Buildah {
  exists(tag: string): Promise<boolean>;
  build(options: BuildOptions): Promise<void>;
  /** Writes an image as a file that containerd and Docker load; the file appears when complete. */
  save(tag: string, file: string): Promise<void>;
  /** Size of an image in bytes, as it lies unpacked. */
  sizeOf(tag: string): Promise<number>;
}

function repeat(flag: string, values: readonly string[]): string[] {
  return values.flatMap((value) => [flag, value]);
}

export function buildArguments(options: BuildOptions): string[] {
  const { buildArgs = {}, secrets = {} } = options;
  return [
    ...['bud', '--isolation', 'chroot', '--layers', '--format', 'docker'],
    ...repeat(
      '--build-arg',
      Object.entries(buildArgs).map(([key, value]) => `${key}=${value}`),
    ),
    ...repeat(
      '--secret',
      Object.entries(secrets).map(([id, file]) => `id=${id},src=${file}`),
    ),
    ...['--file', options.dockerfile, '--tag', options.tag, options.contextDir],
  ];
}

/**
 * In a mount namespace of its own, so that a killed build leaves no mount behind, and with a store
 * of its own, so that the images of this machine's user stay alone.
 */
function wrap(storeDir: string, args: readonly string[], timeoutMs?: number): Command {
  const store = ['--root', join(storeDir, 'root'), '--runroot', join(storeDir, 'run')];
  return {
    program: 'unshare',
    args: [
      ...['--mount', '--fork', '--kill-child', '--'],
      ...['buildah', ...store, '--storage-driver', 'overlay', ...args],
    ],
    ...(timeoutMs === undefined ? undefined : { timeoutMs }),
  };
}

export function createBuildah(run: RunCommand, storeDir: string): Buildah {
  const buildah = (args: readonly string[], timeoutMs?: number): Promise<string> =>
    mustRun(run, wrap(storeDir, args, timeoutMs));
  return {
    async exists(tag) {
      await mkdir(storeDir, { recursive: true });
      const { exitCode } = await run(wrap(storeDir, ['inspect', '--type', 'image', tag]));
      return exitCode === 0;
    },
    async build(options) {
      await mkdir(storeDir, { recursive: true });
      // Builds that were killed leave their containers in the store.
      await buildah(['rm', '--all']);
      await buildah(buildArguments(options), BUILD_TIMEOUT_MS);
    },
    async save(tag, file) {
      const incomplete = `${file}.incomplete`;
      await mkdir(dirname(file), { recursive: true });
      await rm(incomplete, { force: true });
      await buildah(['push', tag, `docker-archive:${incomplete}:${tag}`], PUSH_TIMEOUT_MS);
      await rename(incomplete, file);
    },
    async sizeOf(tag) {
      const images = JSON.parse(await buildah(['images', '--json', tag])) as { size: string }[];
      return parseSize(images[0]?.size ?? '');
    },
  };
}

const units: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9 };

/** Bytes from what buildah prints, for example `130 MB`. */
export function parseSize(text: string): number {
  const [number = '0', unit = 'B'] = text.split(' ');
  return Math.round(Number(number) * (units[unit.toUpperCase()] ?? 1));
}
