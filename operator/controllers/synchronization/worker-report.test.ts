import { describe, expect, test } from '@jest/globals';
import { TERMINATION_MESSAGE_MAX_BYTES } from '../../../api/worker-contract.ts';
import { findProgress, readReport } from './worker-report.ts';
import { report, workerResult } from './testing/builders.ts';

describe('a termination message', () => {
  test('is read as the worker wrote it', () => {
    expect(readReport(report())).toEqual({ ok: true, result: workerResult() });
  });

  test('is read with commands that are pending', () => {
    const pendingCommands = [
      { preset: 'Kafka', side: 'destination', count: 2, paths: ['/a'], remedy: 'delete' },
    ] as const;
    expect(readReport(report({ pendingCommands }))).toMatchObject({
      ok: true,
      result: { pendingCommands },
    });
  });

  test.each([
    { name: 'nothing', text: '', says: 'left no report' },
    { name: 'no JSON', text: 'Killed', says: 'not JSON' },
    { name: 'a cut off one', text: report().slice(0, -5), says: 'cut off' },
    { name: 'a list', text: '[]', says: 'the report is no object' },
    { name: 'another version', text: '{"version":2}', says: 'version' },
    { name: 'an unknown outcome', text: '{"version":1,"outcome":"Fine"}', says: 'outcome' },
    {
      name: 'a missing field',
      text: JSON.stringify({ ...workerResult(), verified: undefined }),
      says: 'verified is neither true nor false',
    },
    {
      name: 'a negative count',
      text: report({ counts: { created: -1, updated: 0, deleted: 0, unchanged: 0 } }),
      says: 'created is no count',
    },
    {
      name: 'a zxid that is none',
      text: report({ source: { zxid: '26', time: '2026-03-28T00:02:00Z' } }),
      says: 'source.zxid',
    },
    {
      name: 'a time that is none',
      text: report({ source: { zxid: '0x1a', time: 'now' } }),
      says: 'source.time',
    },
    {
      name: 'commands of nobody',
      text: report({
        pendingCommands: [
          { preset: 'Nobody' as 'Kafka', side: 'source', count: 1, paths: [], remedy: '' },
        ],
      }),
      says: 'preset',
    },
  ])('is not believed: $name', ({ text, says }) => {
    const read = readReport(text);

    expect(read).toMatchObject({ ok: false });
    expect(!read.ok && read.problem).toContain(says);
  });

  test('of full length that is not JSON does no harm', () => {
    expect(readReport('{'.repeat(TERMINATION_MESSAGE_MAX_BYTES)).ok).toBe(false);
  });
});

describe('progress', () => {
  const line = (done: number, more: object = {}) =>
    JSON.stringify({ progress: { phase: 'compare', done, total: null }, ...more });

  test('is the newest in the log, whatever stands around it', () => {
    const log = [
      line(1).slice(5),
      line(2),
      'Warning: x',
      line(3, { time: '2026-01-01T00:00:00Z' }),
      '',
    ].join('\n');

    expect(findProgress(log)).toEqual({
      progress: { phase: 'compare', done: 3, total: null },
      time: '2026-01-01T00:00:00Z',
    });
  });

  test.each([
    { name: 'an empty log', log: '' },
    { name: 'a log without any', log: '{"level":"info","message":"connected"}' },
    { name: 'an unknown phase', log: '{"progress":{"phase":"dance","done":1,"total":null}}' },
    { name: 'no number', log: '{"progress":{"phase":"apply","done":"1","total":null}}' },
    { name: 'no object', log: '{"progress":7}' },
  ])('is none in $name', ({ log }) => {
    expect(findProgress(log)).toBeUndefined();
  });

  test('with a time that is none keeps the rest', () => {
    expect(findProgress(line(1, { time: 'soon' }))?.time).toBeUndefined();
  });
});
