import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  NOT_CARRIED,
  SKIP_REASONS,
  TERMINATION_MESSAGE_MAX_BYTES,
} from '../../api/worker-contract.ts';
import type { WorkerResult } from '../../api/worker-contract.ts';
import { PRESETS } from '../../api/presets.ts';
import { presetCommands } from '../mirror/presets.ts';
import { cut, terminationMessage } from './termination-message.ts';

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

  test('shortens paths before it drops them', () => {
    const paths = Array.from({ length: 5 }, (_, index) => `/test/${'long'.repeat(300)}${index}`);
    const json = terminationMessage({
      ...RESULT,
      skipped: [{ reason: 'TooLarge', count: 5, paths }],
    });
    const { skipped } = JSON.parse(json) as WorkerResult;
    expect(skipped[0]?.count).toBe(5);
    expect(skipped[0]?.paths).toHaveLength(5);
    expect(skipped[0]?.paths[0]).toMatch(/^\/test\/longlong.*…$/);
  });
});

describe('cutting a text', () => {
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
