import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProgram } from './program.ts';

let dir: string;
let file: string;
let out: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'launcher-'));
  file = join(dir, 'test.program');
  out = join(dir, 'out');
  const source = `require('node:fs').appendFileSync(${JSON.stringify(out)}, 'ran ')`;
  writeFileSync(file, `(function (require) { ${source} })`);
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

test('runs a program, and again with the code that was made of it', () => {
  const first = loadProgram(file, { code: null });
  expect(first.isCodeTaken).toBe(false);
  first.run();
  const again = loadProgram(file, { code: first.code() });
  expect(again.isCodeTaken).toBe(true);
  again.run();
  expect(readFileSync(out, 'utf8')).toBe('ran ran ');
});

test('compiles anew where the code is not for it', () => {
  const program = loadProgram(file, { code: Buffer.from('of another version') });
  expect(program.isCodeTaken).toBe(false);
  program.run();
  expect(readFileSync(out, 'utf8')).toBe('ran ');
});
