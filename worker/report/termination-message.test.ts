import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  NOT_CARRIED,
  SKIP_REASONS,
  TERMINATION_MESSAGE_MAX_BYTES,
  type WorkerResult,
} from '../../api/worker-contract.ts';
import { PRESETS } from '../../api/presets.ts';
import { presetCommands } from '../tree/presets.ts';
import {
  cut,
  isWritableFile,
  terminationMessage,
  writeTerminationMessage,
} from './termination-message.ts';

const RESULT: WorkerResult = {
  version: 1,
  outcome: 'Success',
  message: 'Copied and verified.',
  dryRun: false,
  verified: true,
  fenced: true,
  settled: true,
  source: { zxid: '0x7fffffffffffffff', time: '2026-01-01T00:00:00.000Z' },
  counts: { created: 1_000_000, updated: 1_000_000, deleted: 1_000_000, unchanged: 1_000_000 },
  skipped: [],
  notCarried: [{ what: 'acls' }, { what: 'sequenceCounters' }],
  bytesWritten: 1e15,
  durations: { compareMs: 1e9, applyMs: 1e9, verifyMs: 1e9, totalMs: 1e9 },
};

/** As many as there can be. */
const PENDING = presetCommands(PRESETS, { rootPath: '/', chroot: '' }).flatMap(
  ({ preset, atSource, atDestination }) => [
    ...(atSource === null ? [] : [{ preset, side: 'source', remedy: atSource } as const]),
    { preset, side: 'destination', remedy: atDestination } as const,
  ],
);

const text = fc.string({ unit: 'binary', maxLength: 3_000, size: 'max' });

describe('the termination message', () => {
  test('is the whole result where it fits', () => {
    expect(JSON.parse(terminationMessage(RESULT))).toEqual(RESULT);
  });

  test('keeps to its limit and keeps the counts, whatever the paths and the message', () => {
    const skipped = SKIP_REASONS.map((reason) =>
      fc.record({
        reason: fc.constant(reason),
        count: fc.nat(),
        paths: fc.array(text, { maxLength: 5 }),
      }),
    );
    const notCarried = NOT_CARRIED.map((what) =>
      fc.record({
        what: fc.constant(what),
        count: fc.nat(),
        paths: fc.array(text, { maxLength: 5 }),
        missing: fc.nat(),
        remedy: fc.constant('What is to be known of this, and what is to be done. '.repeat(8)),
      }),
    );
    const pending = PENDING.map((entry) =>
      fc
        .record({ count: fc.nat(), paths: fc.array(text, { maxLength: 5 }) })
        .map((found) => ({ ...entry, ...found })),
    );
    const parts = [
      text,
      fc.tuple(...skipped),
      fc.tuple(...notCarried),
      fc.tuple(...pending),
    ] as const;
    fc.assert(
      fc.property(...parts, (message, entries, missing, pendingCommands) => {
        const result = {
          ...RESULT,
          message,
          skipped: entries,
          notCarried: missing,
          pendingCommands,
        };
        const json = terminationMessage(result);
        expect(Buffer.byteLength(json)).toBeLessThan(TERMINATION_MESSAGE_MAX_BYTES);
        expect(JSON.parse(json)).toMatchObject({
          outcome: 'Success',
          counts: RESULT.counts,
          notCarried: missing.map(({ what, count }) => ({ what, count })),
          pendingCommands: pendingCommands.map(({ preset, count }) => ({ preset, count })),
        });
      }),
      { numRuns: 50, endOnFailure: true },
    );
  });

  test('is less than its limit, and whole up to there', () => {
    const ofBytes = (bytes: number): WorkerResult => {
      const rest = Buffer.byteLength(JSON.stringify({ ...RESULT, message: '' }));
      return { ...RESULT, message: 'm'.repeat(bytes - rest) };
    };
    const fits = ofBytes(TERMINATION_MESSAGE_MAX_BYTES - 1);
    expect(terminationMessage(fits)).toBe(JSON.stringify(fits));
    const json = terminationMessage(ofBytes(TERMINATION_MESSAGE_MAX_BYTES));
    expect(Buffer.byteLength(json)).toBeLessThan(TERMINATION_MESSAGE_MAX_BYTES);
  });

  const path = (bytes: number): string => '/'.padEnd(bytes, 'p');
  const words = (bytes: number): string => 'w'.repeat(bytes);
  const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

  interface Parts {
    readonly entries: readonly [skipped: number, notCarried: number, pending: number];
    /** Of each entry, as its remedy is. */
    readonly paths: readonly string[];
    readonly remedy: string;
    readonly message: string;
  }

  function resultWith({ paths, entries, remedy, message }: Parts): WorkerResult {
    const [skipped, notCarried, pending] = entries;
    return {
      ...RESULT,
      message,
      skipped: times(skipped, { reason: 'TooLarge', count: 5, paths }),
      notCarried: [
        ...times(notCarried, { what: 'parentAcls', count: 5, paths, remedy } as const),
        { what: 'acls' },
      ],
      pendingCommands: times(pending, {
        ...({ preset: 'Kafka', side: 'source', count: 5, paths, remedy } as const),
      }),
    };
  }

  test.each<{ name: string; given: Parts; left: Partial<Parts> }>([
    {
      name: 'the ends of long paths',
      given: { paths: [path(1_200)], entries: [1, 1, 1], remedy: words(200), message: words(700) },
      left: { paths: [`${path(117)}…`] },
    },
    {
      name: 'then all paths but the first of each kind',
      given: {
        ...{ paths: times(5, path(120)), entries: [2, 2, 2], remedy: words(200) },
        message: words(700),
      },
      left: { paths: [path(120)] },
    },
    {
      name: 'then the end of the message',
      given: {
        paths: times(2, '/a'),
        entries: [1, 1, 1],
        remedy: words(200),
        message: words(4_000),
      },
      left: { paths: ['/a'], message: `${words(597)}…` },
    },
    {
      name: 'then the ends of remedies',
      given: { paths: ['/a'], entries: [1, 2, 2], remedy: words(1_000), message: words(700) },
      left: { message: `${words(597)}…`, remedy: `${words(117)}…` },
    },
    {
      name: 'then all paths',
      given: { paths: [path(120)], entries: [8, 4, 4], remedy: words(200), message: words(700) },
      left: { paths: [], message: `${words(597)}…`, remedy: `${words(117)}…` },
    },
    {
      name: 'and at last the message, and what was skipped',
      given: { paths: ['/a'], entries: [70, 4, 4], remedy: words(200), message: words(700) },
      left: { paths: [], message: '', remedy: `${words(117)}…`, entries: [0, 4, 4] },
    },
  ])('leaves out what is missed least: $name', ({ given, left }) => {
    expect(JSON.parse(terminationMessage(resultWith(given)))).toEqual(
      resultWith({ ...given, ...left }),
    );
  });
});

describe('the file that the kubelet reads', () => {
  test('holds the message, and is told from one that nobody may write to', () => {
    const dir = mkdtempSync(join(tmpdir(), 'termination-'));
    try {
      const file = join(dir, 'log');
      expect(isWritableFile(file)).toBe(false);
      writeTerminationMessage(file, RESULT);
      expect(isWritableFile(file)).toBe(true);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(RESULT);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('cutting a text', () => {
  test.each([
    { whole: 'abcdef', short: 'abcdef' },
    { whole: 'abcdefg', short: 'abc…' },
    { whole: 'a€€', short: 'a…' },
    { whole: '€€€', short: '€…' },
  ])('to six bytes uses all of them: $whole → $short', ({ whole, short }) => {
    expect(cut(whole, 6)).toBe(short);
  });

  test('keeps to the bytes and never ends within a character', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 3, max: 40 }),
        (whole, max) => {
          const short = cut(whole, max);
          expect(Buffer.byteLength(short)).toBeLessThanOrEqual(max);
          expect(Buffer.from(short).toString()).toBe(short);
          expect(whole.startsWith(short.replace(/…$/, ''))).toBe(true);
        },
      ),
    );
  });
});
