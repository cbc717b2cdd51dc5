import { spawn } from 'node:child_process';
import { ClusterError } from './cluster-error.ts';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; default none. */
  readonly input?: string;
  /** The program is killed after this long; default 120,000. */
  readonly timeoutMs?: number;
}

export interface CommandResult {
  /** 127 if there is no such program, as in a shell; 137 if it was killed by a signal. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever that end is. Rejects only when it exceeds its deadline. */
export type RunCommand = (command: Command) => Promise<CommandResult>;

const DEFAULT_TIMEOUT_MS = 120_000;
const KILLED_EXIT_CODE = 137;
const NOT_FOUND_EXIT_CODE = 127;
const ERROR_TAIL_CHARACTERS = 3_000;

/** The real one. */
export const runCommand: RunCommand = (command) =>
  new Promise((resolve, reject) => {
    const timeoutMs = command.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const child = spawn(command.program, command.args, {
      cwd: command.cwd,
      env: { ...process.env, ...command.env },
      stdio: 'pipe',
    });
    let stdout = '';
    let stderr = '';
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    // A program that ends without reading its input closes the pipe under us.
    child.stdin.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(deadline);
      if (error.code !== 'ENOENT') reject(error);
      else
        resolve({ exitCode: NOT_FOUND_EXIT_CODE, stdout, stderr: `${command.program}: not found` });
    });
    child.on('close', (code) => {
      clearTimeout(deadline);
      if (timedOut)
        reject(new ClusterError(`${show(command)} did not end within ${timeoutMs} ms.`));
      else resolve({ exitCode: code ?? KILLED_EXIT_CODE, stdout, stderr });
    });
    child.stdin.end(command.input ?? '');
  });

/**
 * Runs a program that has to succeed.
 *
 * @returns its standard output
 * @throws ClusterError with the end of what it printed
 */
export async function mustRun(run: RunCommand, command: Command): Promise<string> {
  const result = await run(command);
  if (result.exitCode === 0) return result.stdout;
  const printed = `${result.stdout}\n${result.stderr}`.trim().slice(-ERROR_TAIL_CHARACTERS);
  throw new ClusterError(`${show(command)} ended with exit code ${result.exitCode}:\n${printed}`);
}

function show({ program, args }: Command): string {
  return [program, ...args].join(' ');
}
