import { describe, expect, test } from '@jest/globals';
import { applyDefaults } from '../schema/defaults.ts';
import { check } from '../schema/check.ts';
import { nodeOf } from '../schema/node.ts';
import type { WorkerResult } from '../worker-contract.ts';
import {
  describeDuration,
  progressFromWorker,
  resultFromWorker,
  synchronizationStatus,
} from './synchronization-status.ts';

const refusal: WorkerResult = {
  version: 1,
  outcome: 'Success',
  message: 'everything was copied',
  dryRun: false,
  verified: true,
  fenced: true,
  settled: null,
  counts: { created: 3, updated: 2, deleted: 1, unchanged: 10 },
  skipped: [{ reason: 'Ephemeral', count: 2, paths: ['/test/lock'] }],
  notCarried: [{ what: 'acls' }, { what: 'ttlZnodes', remedy: 'Turn it on.' }],
  pendingCommands: [
    { preset: 'Kafka', side: 'destination', count: 1, paths: ['/test/t'], remedy: 'Delete it.' },
  ],
  bytesWritten: 1280,
  durations: { compareMs: 10.4, applyMs: 20.5, verifyMs: 1.2, totalMs: 72_000.9 },
};

const report: WorkerResult = {
  ...refusal,
  source: { zxid: '0x1a2b', time: '2026-03-28T00:00:00.123Z' },
};

describe('resultFromWorker', () => {
  test('sums the changes up and says the duration in words', () => {
    expect(resultFromWorker(report)).toMatchObject({
      outcome: 'Success',
      changes: 6,
      created: 3,
      unchanged: 10,
      source: { zxid: '0x1a2b' },
      skipped: [{ reason: 'Ephemeral', count: 2, paths: ['/test/lock'] }],
      notCarried: [{ what: 'acls' }, { what: 'ttlZnodes', remedy: 'Turn it on.' }],
      pendingCommands: refusal.pendingCommands,
      duration: '1m12s',
    });
  });

  test('leaves out what is not known', () => {
    const result = resultFromWorker({ ...refusal, guard: 'EmptySource' });
    expect(result).not.toHaveProperty('settled');
    expect(result).not.toHaveProperty('source');
    expect(result.guard).toBe('EmptySource');
  });

  test.each([
    { dryRun: false, verified: true },
    { dryRun: false, verified: false },
    { dryRun: true, verified: false },
    // Never from a worker of ours; were it told, it would not become less of a dry run.
    { dryRun: true, verified: true },
  ])('says of $dryRun and $verified just what was reported', ({ dryRun, verified }) => {
    expect(resultFromWorker({ ...report, dryRun, verified })).toMatchObject({ dryRun, verified });
  });

  test('gives a status that the API server accepts', () => {
    const status = { result: resultFromWorker(report), attempts: 1 };
    const node = nodeOf(synchronizationStatus);
    expect(check(node, applyDefaults(node, status), 'status')).toEqual([]);
  });
});

describe('progressFromWorker', () => {
  const cases = [
    { done: 45, total: 100, percent: 45, summary: 'compare 45%' },
    { done: 120, total: 100, percent: 100, summary: 'compare 100%' },
    { done: 120, total: null, percent: undefined, summary: 'compare 120' },
    { done: 0, total: 0, percent: undefined, summary: 'compare 0' },
  ];

  test.each(cases)('$done of $total is "$summary"', ({ done, total, percent, summary }) => {
    const progress = progressFromWorker({ phase: 'compare', done, total }, '2026-03-28T00:00:00Z');
    expect(progress).toMatchObject({ phase: 'compare', done, summary });
    expect(progress.percent).toBe(percent);
  });
});

test.each([
  { durationMs: 0, words: '0ms' },
  { durationMs: 850.2, words: '850ms' },
  { durationMs: 12_400, words: '12s' },
  { durationMs: 72_000, words: '1m12s' },
  { durationMs: 7_500_000, words: '2h5m' },
])('$durationMs ms are $words', ({ durationMs, words }) => {
  expect(describeDuration(durationMs)).toBe(words);
});
