import { describe, expect, test } from '@jest/globals';
import { SERVER_ERROR_NAMES } from '../../api/server-errors.ts';
import { SKIP_REASONS, TERMINATION_MESSAGE_MAX_BYTES } from '../../api/worker-contract.ts';
import { findProgress, readReport } from './worker-report.ts';
import { report, workerResult } from './testing/builders.ts';

describe('a termination message', () => {
  test('is read as the worker wrote it', () => {
    expect(readReport(report())).toEqual({ ok: true, result: workerResult() });
  });

  test.each([...new Set([...SKIP_REASONS, ...SERVER_ERROR_NAMES])])(
    'is read with znodes that were skipped for %s',
    (reason) => {
      const skipped = [{ reason, count: 2, paths: ['/test/a'] }];
      expect(readReport(report({ skipped }))).toMatchObject({ ok: true, result: { skipped } });
    },
  );

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
    { name: 'a guard', changes: { outcome: 'GuardRefused', guard: 'EmptySource' } },
    { name: 'nobody who looked whether the source rests', changes: { settled: null } },
    {
      name: 'a source that does not tell its zxid',
      changes: { source: { time: '2026-03-28T00:02:00Z' } },
    },
    {
      name: 'all that is known of what was not carried',
      changes: {
        notCarried: [
          { what: 'dataVersions', count: 2, paths: ['/test/a'], missing: 7, remedy: 'Ask.' },
        ],
      },
    },
    { name: 'nothing of the source', changes: { source: undefined, sourceHistory: undefined } },
    { name: 'no time of the lists', changes: { aclsVerifiedTime: undefined } },
    {
      name: 'commands at the source',
      changes: {
        pendingCommands: [{ preset: 'Kafka', side: 'source', count: 0, paths: [], remedy: '' }],
      },
    },
  ] as { name: string; changes: Parameters<typeof report>[0] }[])(
    'is read with $name',
    ({ changes }) => {
      const written = JSON.parse(report(changes)) as unknown;
      expect(readReport(report(changes))).toEqual({ ok: true, result: written });
    },
  );

  test('is read with durations in whole milliseconds', () => {
    const durations = { compareMs: 1.4, applyMs: 2.5, verifyMs: 0, totalMs: 6 };
    expect(readReport(report({ durations }))).toMatchObject({
      result: { durations: { compareMs: 1, applyMs: 3, verifyMs: 0, totalMs: 6 } },
    });
  });

  test.each([
    { field: 'version', value: 2, says: 'its version is not 1' },
    { field: 'outcome', value: 'Fine', says: /^outcome is none of Success, BadArguments, / },
    { field: 'message', value: 7, says: 'message is no text' },
    {
      field: 'guard',
      value: 'Nobody',
      says: /^guard is none of SameEnsemble, SourceRootMissing, /,
    },
    { field: 'dryRun', value: 'no', says: 'dryRun is neither true nor false' },
    { field: 'fenced', value: null, says: 'fenced is neither true nor false' },
    { field: 'settled', value: 'no', says: 'settled is neither true nor false' },
    { field: 'source', value: 7, says: 'source is no object' },
    { field: 'source', value: { zxid: 7, time: '2026-03-28T00:02:00Z' }, says: 'zxid is no text' },
    { field: 'sourceHistory', value: 7, says: 'sourceHistory is no object' },
    { field: 'aclsVerifiedTime', value: 'soon', says: 'aclsVerifiedTime is no time' },
    { field: 'counts', value: [], says: 'counts is no object' },
    { field: 'skipped', value: {}, says: 'skipped is no list' },
    { field: 'skipped', value: [7], says: 'skipped is no object' },
    { field: 'notCarried', value: 7, says: 'notCarried is no list' },
    { field: 'notCarried', value: [7], says: 'notCarried is no object' },
    { field: 'notCarried', value: [{ what: 'acls', count: -1 }], says: 'count is no count' },
    { field: 'notCarried', value: [{ what: 'acls', paths: 7 }], says: 'paths is no list' },
    { field: 'notCarried', value: [{ what: 'acls', missing: '1' }], says: 'missing is no count' },
    { field: 'notCarried', value: [{ what: 'acls', remedy: 1 }], says: 'remedy is no text' },
    { field: 'pendingCommands', value: 7, says: 'pendingCommands is no list' },
    { field: 'pendingCommands', value: [7], says: 'pendingCommands is no object' },
    { field: 'bytesWritten', value: 1e300, says: 'bytesWritten is no count' },
    { field: 'durations', value: 7, says: 'durations is no object' },
  ])('is not believed where $field is $value, and says so', ({ field, value, says }) => {
    const read = readReport(report({ [field]: value }));
    const why = read.ok ? 'believed' : read.problem.replace('Its report cannot be read: ', '');
    expect(why).toMatch(typeof says === 'string' ? new RegExp(`^${says}\\.$`) : says);
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

  test.each(['connect', 'compare', 'apply', 'verify'])('is of the phase %s', (phase) => {
    const progress = { phase, done: 1, total: 4, secondsLeft: 3 };
    expect(findProgress(JSON.stringify({ progress }))).toEqual({ progress, time: undefined });
  });

  test.each([
    { name: 'cannot be used', newest: '{"progress":{"phase":"dance","done":1,"total":null}}' },
    { name: 'is another thing', newest: '{"progress":7}' },
    { name: 'is cut off', newest: '{"progress":{"phase":' },
    { name: 'is quoted by somebody', newest: 'He said {"progress":1}' },
    { name: 'has a total that is none', newest: line(9).replace('null', '"many"') },
  ])('is an older one where the newest $name', ({ newest }) => {
    expect(findProgress([line(4), newest].join('\n'))?.progress.done).toBe(4);
  });

  test('with a time that is none keeps the rest', () => {
    expect(findProgress(line(1, { time: 'soon' }))?.time).toBeUndefined();
  });
});
