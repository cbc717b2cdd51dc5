import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeFileOf } from './program.ts';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const program = join(dist, 'worker.program');

/** In a process of its own: V8 takes code only where its flags are those that the code was made with. */
function isCodeTaken(file: string): boolean {
  const asking = fileURLToPath(new URL('testing/code-taken-process.ts', import.meta.url));
  const answer = execFileSync(process.execPath, ['--import', 'tsx', asking, file], {
    encoding: 'utf8',
    env: {},
  });
  return JSON.parse(answer) as boolean;
}

test('the bundle comes with code that V8 takes', () => {
  expect(isCodeTaken(program)).toBe(true);
});

test('the worker starts without that code, too, and with that of another version', () => {
  const dir = mkdtempSync(join(tmpdir(), 'launcher-'));
  try {
    for (const name of ['worker.js', 'worker.program']) copyFileSync(dist + name, join(dir, name));
    const help = (): string =>
      execFileSync(process.execPath, [join(dir, 'worker.js'), '--help'], { encoding: 'utf8' });
    expect(help()).toContain('Usage: resiliency-worker');
    const code = readFileSync(codeFileOf(program));
    code.writeUInt32LE(code.readUInt32LE(4) ^ 1, 4);
    writeFileSync(join(dir, 'worker.code'), code);
    expect(help()).toContain('Usage: resiliency-worker');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
