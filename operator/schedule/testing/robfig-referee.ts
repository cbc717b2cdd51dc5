import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** When would it run? */
export interface Question {
  readonly schedule: string;
  readonly timeZone: string;
  readonly after: Date;
  /** How many times are asked for. */
  readonly count: number;
}

/** `refused`, or times in seconds since 1970 with `never` in the place of one that does not come. */
export type Answer = string;

const SOURCE = join(import.meta.dirname, 'robfig');
const FILES = ['go.mod', 'go.sum', 'main.go'];

/** Versions come from go.mod and are verified by go.sum: a build never changes either. */
const ENVIRONMENT = ['CGO_ENABLED=0', 'GOFLAGS=-mod=readonly', 'GOWORK=off'];

const BUILD_TIMEOUT_MS = 600_000;

/**
 * Asks robfig/cron v3, the Go module that Kubernetes' CronJob runs by: an implementation that
 * shares nothing with ours. It is built once, with Go, and kept outside the checkout.
 *
 * @param cacheHome where caches are kept, for example $XDG_CACHE_HOME; left out: ~/.cache
 * @returns one answer for each question, in their order
 */
export async function askRobfig(
  questions: readonly Question[],
  cacheHome = join(homedir(), '.cache'),
): Promise<readonly Answer[]> {
  const program = await buildReferee(join(cacheHome, 'resiliency-operator', 'go'));
  const input = questions
    .map(({ timeZone, schedule, after, count }) =>
      [timeZone, schedule, Math.floor(after.getTime() / 1000), count].join('\t'),
    )
    .join('\n');
  const output = await run(program, `${input}\n`);
  return output.trimEnd().split('\n');
}

async function buildReferee(cacheDir: string): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of FILES) hash.update(await readFile(join(SOURCE, file)));
  const target = join(cacheDir, `robfig-referee-${hash.digest('hex').slice(0, 12)}`);
  if (await exists(target)) return target;
  await mkdir(cacheDir, { recursive: true });
  // In its place only when it is whole: an interrupted build is never taken for one.
  const workDir = await mkdtemp(join(cacheDir, 'build-'));
  const built = join(workDir, 'referee');
  try {
    await promisify(execFile)(
      'env',
      [...ENVIRONMENT, 'go', 'build', '-trimpath', '-o', built, '.'],
      {
        cwd: SOURCE,
        timeout: BUILD_TIMEOUT_MS,
      },
    );
    await rename(built, target);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
  return target;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function run(program: string, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString());
      else reject(new Error(`the referee ended with ${code}`));
    });
    child.stdin.end(input);
  });
}
