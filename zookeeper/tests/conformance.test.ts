import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const folder = join(import.meta.dirname, '..');

/** Rows of the table: `file`: name of the test. */
const reference = /`([\w./-]+\.ts)`: (.+?) +\|/g;

test('every test that CONFORMANCE.md names exists under that name', async () => {
  const table = await readFile(join(folder, 'CONFORMANCE.md'), 'utf8');
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && line.includes('.ts`'));
  const named = rows.flatMap((row) => [...row.matchAll(reference)]);
  expect(named.length).toBe(rows.length);
  expect(rows.length).toBeGreaterThan(80);
  const missing: string[] = [];
  for (const [, file = '', name = ''] of named) {
    const source = await readFile(join(folder, file), 'utf8').catch(() => '');
    if (!source.includes(`'${name}'`)) missing.push(`${file}: ${name}`);
  }
  expect(missing).toEqual([]);
});
