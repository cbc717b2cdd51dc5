import { spawn } from 'node:child_process';

export interface CommandResult {
  exitCode: number;
  /** Standard output and standard error, in the order in which they arrived. */
  output: string;
}

export interface RunCommandOptions {
  cwd?: string;
  timeoutMs: number;
}

/**
 * Runs a program to its end. A program that is not installed gives exit code 127, as in a shell;
 * one that exceeds the deadline is killed and throws.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  { cwd, timeoutMs }: RunCommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(deadline);
      if (error.code === 'ENOENT') resolve({ exitCode: 127, output: `${program}: not found` });
      else reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(deadline);
      const output = Buffer.concat(chunks).toString('utf8');
      if (timedOut) reject(new Error(`${program} did not end within ${timeoutMs} ms:\n${output}`));
      else resolve({ exitCode: code ?? 1, output });
    });
  });
}
