import { createHash } from 'node:crypto';
import { access, readFile, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ClusterError } from './cluster-error.ts';
import type { Progress } from './progress.ts';
import { mustRun, type RunCommand } from './run-command.ts';
import { withWorkDir } from './work-dir.ts';

export interface GoProgram {
  readonly name: string;
  /** Holds go.mod, main.go and, where there are dependencies, go.sum. */
  readonly sourceDir: string;
  /** For `-ldflags`, besides those that leave debug information out. */
  readonly linkerFlags?: string;
  /** Said while it builds, for example how long it takes. */
  readonly note?: string;
}

export interface GoBuild {
  readonly run: RunCommand;
  readonly progress: Progress;
  readonly cacheDir: string;
}

const BUILD_TIMEOUT_MS = 3_600_000;
const sourceFiles = ['go.mod', 'go.sum', 'main.go'];

/**
 * Versions come from go.mod and are verified by go.sum: a build never changes either. The program
 * is static, so that it runs in an image without a file of its own.
 */
const buildEnvironment = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' };

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function digestOf({ sourceDir, linkerFlags = '' }: GoProgram): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${linkerFlags}`);
  for (const file of sourceFiles) {
    const content = await readFile(join(sourceDir, file)).catch(() => Buffer.alloc(0));
    hash.update(`\0${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}

async function requireGo(run: RunCommand): Promise<void> {
  const { exitCode } = await run({ program: 'go', args: ['version'] });
  if (exitCode === 0) return;
  throw new ClusterError(
    'Building the cluster needs Go 1.26 or newer on PATH; install it from https://go.dev/dl.',
  );
}

/**
 * Builds a program once; later calls find it in the cache. It gets its final place only when it is
 * complete, so that an interrupted build is never taken for a whole one.
 *
 * @returns the path of the program
 */
export async function buildGoProgram(program: GoProgram, build: GoBuild): Promise<string> {
  const targetDir = join(build.cacheDir, 'go', `${program.name}-${await digestOf(program)}`);
  const target = join(targetDir, program.name);
  if (await exists(target)) return target;
  await requireGo(build.run);
  const flags = ['-s', '-w', program.linkerFlags].filter(Boolean).join(' ');
  const note = program.note === undefined ? '' : `; ${program.note}`;
  const what = `building ${program.name} from ${basename(program.sourceDir)}/go.mod${note}`;
  await build.progress.step(what, () =>
    withWorkDir(targetDir, async (workDir) => {
      await mustRun(build.run, {
        program: 'go',
        args: ['build', '-trimpath', '-ldflags', flags, '-o', join(workDir, program.name), '.'],
        cwd: program.sourceDir,
        env: buildEnvironment,
        timeoutMs: BUILD_TIMEOUT_MS,
      });
      await rename(workDir, targetDir).catch(async (error: unknown) => {
        // Another process may have built the same meanwhile.
        if (!(await exists(target))) throw error;
      });
    }),
  );
  return target;
}
