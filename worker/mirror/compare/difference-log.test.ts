import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createDifferenceLog, type Difference } from './difference-log.ts';

const spillDir = mkdtempSync(join(tmpdir(), 'difference-log-test-'));
afterAll(() => {
  rmSync(spillDir, { recursive: true });
});

const ENTRIES = Array.from({ length: 20_000 }, (_, index): Difference => {
  const kind = (['create', 'update', 'delete'] as const)[index % 3] ?? 'create';
  return { kind, path: `/test/${'ü'.repeat(index % 40)}/${index}` };
});

interface Case {
  readonly where: string;
  readonly memoryBytes: number;
}

const CASES: readonly Case[] = [
  { where: 'in memory', memoryBytes: 100_000_000 },
  { where: 'partly on disk', memoryBytes: 300_000 },
  { where: 'on disk', memoryBytes: 0 },
];

describe('a log of differences', () => {
  test.each(CASES)('gives back what was appended, both ways, $where', ({ memoryBytes }) => {
    const log = createDifferenceLog({ memoryBytes, spillDir });
    for (const { kind, path } of ENTRIES) log.append(kind, path);
    expect(log.size).toBe(ENTRIES.length);
    expect([...log.forward()]).toEqual(ENTRIES);
    expect([...log.backward()]).toEqual(ENTRIES.toReversed());
    // Whatever ends the process from here on, nothing stays behind.
    expect(readdirSync(spillDir)).toEqual([]);
    log.close();
    expect([...log.forward()]).toEqual([]);
  });

  test('holds a path that is longer than a segment', () => {
    const log = createDifferenceLog();
    const path = `/${'x'.repeat(1_000_000)}`;
    log.append('create', '/a');
    log.append('update', path);
    expect([...log.backward()].map((each) => each.path.length)).toEqual([1_000_001, 2]);
  });

  test('says which directory it cannot write to, and what to do', () => {
    const missing = join(spillDir, 'missing');
    const log = createDifferenceLog({ memoryBytes: 0, spillDir: missing });
    expect(() => {
      for (const { kind, path } of ENTRIES) log.append(kind, path);
    }).toThrow(/cannot be made in .*missing \(ENOENT\): make room .*TMPDIR.*maxBufferBytes/);
  });
});
