import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { DemoFailure } from './demo-failure.ts';
import type { Terminal } from './terminal.ts';

export interface ShellCommand {
  /** As a person would type it. */
  readonly shown: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Standard input; default none. */
  readonly input?: string;
  /** The program is ended after this long; default two minutes. */
  readonly timeoutMs?: number;
}

export interface ShellResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in sight of the person: the command, then what it prints as it prints it. */
export type Shell = (command: ShellCommand) => Promise<ShellResult>;

const DEFAULT_TIMEOUT_MS = 120_000;

export function createShell(terminal: Terminal): Shell {
  return async (command) => {
    terminal.command(command.shown);
    const { program, args, input = '', timeoutMs = DEFAULT_TIMEOUT_MS } = command;
    const deadline = AbortSignal.timeout(timeoutMs);
    const child = spawn(program, args, { stdio: 'pipe', signal: deadline });
    // A program that ends without reading its input closes the pipe under us.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const ended = new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        resolve(code ?? 1);
      });
    });
    try {
      const [exitCode, stdout, stderr] = await Promise.all([
        ended,
        showLines(child.stdout, terminal),
        showLines(child.stderr, terminal),
      ]);
      return { exitCode, stdout, stderr };
    } catch (cause) {
      const why = deadline.aborted
        ? `did not end within ${timeoutMs / 1_000} s`
        : `could not be started: ${String(cause)}`;
      throw new DemoFailure(`${command.shown} ${why}.`, [], { cause });
    }
  };
}

/** Runs a command that has to succeed; gives back its standard output. */
export async function mustRun(shell: Shell, command: ShellCommand): Promise<string> {
  const { exitCode, stdout, stderr } = await shell(command);
  if (exitCode === 0) return stdout;
  const why = stderr.trim().split('\n').at(-1) ?? '';
  throw new DemoFailure(`${command.shown} ended with exit code ${exitCode}: ${why}`);
}

async function showLines(stream: Readable, terminal: Terminal): Promise<string> {
  const lines: string[] = [];
  for await (const text of createInterface({ input: stream })) {
    terminal.output(text);
    lines.push(text);
  }
  return lines.join('\n');
}
