import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { synchronizeCommandLine } from '../../api/options/command-line.ts';
import { EXIT_CODES } from '../../api/worker-contract.ts';

const rehearsal = fileURLToPath(new URL('rehearse.ts', import.meta.url));

/** A run that does what each does before its first request, and ends because nobody answers. */
const words = [
  ...synchronizeCommandLine({
    sourceServers: ['127.0.0.1:1'],
    destinationServers: ['127.0.0.1:1'],
    rootPath: '/',
    deadlineSeconds: 1,
  }),
  '--log-format=json',
  '--termination-message-path=/dev/null',
];

/**
 * Writes down the code that V8 makes of a bundled program, beside it. V8 compiles a function when it
 * is first called, so the program is run once; what that run never calls is compiled when it is.
 *
 * @throws Error if the run leaves nothing behind
 */
export function precompile(file: string): void {
  const { status, stderr } = spawnSync(
    process.execPath,
    [...process.execArgv, rehearsal, file, ...words],
    { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000, env: {} },
  );
  if (status !== EXIT_CODES.DeadlineExceeded.code) {
    throw new Error(`rehearsal of ${file}: ${status}\n${stderr}`);
  }
}
