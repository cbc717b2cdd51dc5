import { describe, expect, test } from '@jest/globals';
import { ClusterError } from './cluster-error.ts';
import { mustRun, runCommand } from './run-command.ts';

const node = process.execPath;

describe('runCommand', () => {
  test('gives back how the program ended and what it printed', async () => {
    const script = 'console.log("out"); console.error("err"); process.exitCode = 3;';

    const result = await runCommand({ program: node, args: ['-e', script] });

    expect(result).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  test('hands over standard input and environment', async () => {
    const script = 'process.stdin.on("data", (d) => console.log(String(d) + process.env.EXTRA));';
    const command = { program: node, args: ['-e', script], input: 'in-', env: { EXTRA: 'x' } };

    expect((await runCommand(command)).stdout).toBe('in-x\n');
  });

  test('gives 127 for a program that does not exist', async () => {
    const result = await runCommand({ program: 'no-such-program-anywhere', args: [] });

    expect(result.exitCode).toBe(127);
  });

  test('ends a program that exceeds its deadline, and says so', async () => {
    const command = { program: node, args: ['-e', 'setInterval(() => {}, 1e6)'], timeoutMs: 300 };

    await expect(runCommand(command)).rejects.toThrow(/did not end within 300 ms/);
  });
});

describe('mustRun', () => {
  test('gives back what the program printed', async () => {
    const run = () => Promise.resolve({ exitCode: 0, stdout: 'fine', stderr: '' });

    await expect(mustRun(run, { program: 'x', args: [] })).resolves.toBe('fine');
  });

  test('throws with the command and its error output', async () => {
    const run = () => Promise.resolve({ exitCode: 2, stdout: '', stderr: 'no space left' });

    const failed = mustRun(run, { program: 'etcd', args: ['--flag'] });

    await expect(failed).rejects.toThrow(ClusterError);
    await expect(failed).rejects.toThrow(/etcd --flag ended with exit code 2:\nno space left/);
  });
});
