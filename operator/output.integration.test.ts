import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const TIMEOUT_MS = 120_000;

/** Runs the operator in a shell, as a person does; its exit code comes last in what is printed. */
async function inShell(
  words: string,
  redirect: string,
): Promise<{ stdout: string; stderr: string }> {
  const line = `exec 3>&1; { ${process.execPath} --import tsx ${MAIN} ${words}; echo $? >&3; } ${redirect}`;
  return await promisify(execFile)('bash', ['-c', line]);
}

test(
  'what the operator prints may be read in part, or be lost on a full disk, which is told in one sentence',
  async () => {
    const [inPart, lost] = await Promise.all([
      inShell("schedule '* * * * *' --count 10000", '| true'),
      inShell("schedule '@daily'", '>/dev/full'),
    ]);
    expect(inPart).toEqual({ stdout: '0\n', stderr: '' });
    expect(lost.stdout).toBe('1\n');
    expect(lost.stderr).toMatch(
      /^Standard output cannot be written \(ENOSPC\): make room [^\n]*\n$/,
    );
  },
  TIMEOUT_MS,
);
